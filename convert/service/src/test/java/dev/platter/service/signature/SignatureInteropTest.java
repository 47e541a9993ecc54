package dev.platter.service.signature;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.service.ImportException;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.ImportJob;
import dev.platter.service.ImportMethod;
import dev.platter.service.ImportPlugin;
import dev.platter.service.store.FileStore;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Signatures and certificates that openssl made. */
@Tag("interop")
class SignatureInteropTest {
  private static final String UUID = "0d3b1e5a-1111-4222-8333-444455556666";
  private static final byte[] IMAGE = new byte[100_000];

  static {
    new Random(3).nextBytes(IMAGE);
  }

  @TempDir Path directory;
  private ExternalTool openssl;

  @BeforeEach
  void setUp() throws IOException {
    openssl = ExternalTool.named("openssl");
    Files.write(directory.resolve("image"), IMAGE);
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  private void openssl(Object... arguments) {
    openssl.run(arguments).mustExit(0);
  }

  /** A key and a certificate of its own under {@link #UUID}. */
  private void key(String kind) {
    switch (kind) {
      case "RSA" -> openssl("genrsa", "-out", file("key"), "2048");
      case "DSA" -> {
        openssl("dsaparam", "-out", file("params"), "2048");
        openssl("gendsa", "-out", file("key"), file("params"));
      }
      default -> openssl("ecparam", "-name", kind, "-genkey", "-noout", "-out", file("key"));
    }
    certify("/CN=signer", UUID + ".pem");
  }

  private void certify(String subject, String name, Object... more) {
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "req",
                "-x509",
                "-new",
                "-key",
                file("key"),
                "-sha256",
                "-subj",
                subject,
                "-out",
                file(name)));
    arguments.addAll(List.of(more));
    openssl(arguments.toArray());
  }

  private Map<String, String> sign(String keyType, String hash, Object... more) throws IOException {
    List<Object> arguments =
        new ArrayList<>(
            List.of("dgst", "-" + hash.replace("-", "").toLowerCase(java.util.Locale.ROOT)));
    arguments.addAll(List.of("-sign", file("key"), "-out", file("signature")));
    arguments.addAll(List.of(more));
    arguments.add(file("image"));
    openssl(arguments.toArray());
    return Map.of(
        ImageSignature.SIGNATURE,
        Base64.getMimeEncoder().encodeToString(Files.readAllBytes(file("signature"))),
        ImageSignature.HASH_METHOD,
        hash,
        ImageSignature.KEY_TYPE,
        keyType,
        ImageSignature.CERTIFICATE_UUID,
        UUID);
  }

  private static final Object[] PSS = {"-sigopt", "rsa_padding_mode:pss"};

  private void verify(CertificateTrust trust, Map<String, String> properties, byte[] image)
      throws IOException {
    SignatureVerification verification =
        new SignatureVerification(
            new CertificateDirectory(directory), trust, Optional.empty(), true);
    ImportJob job =
        ImportJob.of(
                "image",
                new ImportMethod.GlanceDirect(),
                "raw",
                "bare",
                FileStore.in("store", "", directory))
            .withProperties(properties);
    ImportPlugin.UploadWatch watch = verification.watch(job).orElseThrow();
    for (int at = 0; at < image.length; at += 999) {
      watch.passed(ByteBuffer.wrap(image, at, Math.min(999, image.length - at)));
    }
    watch.finished();
  }

  private void assertRefused(String part, CertificateTrust trust, Map<String, String> properties) {
    ImportException e = assertThrows(ImportException.class, () -> verify(trust, properties, IMAGE));
    assertEquals(Reason.SIGNATURE, e.reason());
    assertTrue(e.getMessage().contains(part), e::getMessage);
  }

  private static Map<String, String> with(Map<String, String> map, String key, String value) {
    Map<String, String> changed = new HashMap<>(map);
    changed.put(key, value);
    return changed;
  }

  @ParameterizedTest
  @CsvSource({
    "RSA, RSA-PSS",
    "DSA, DSA",
    "sect571k1, ECC_SECT571K1",
    "sect409k1, ECC_SECT409K1",
    "sect571r1, ECC_SECT571R1",
    "sect409r1, ECC_SECT409R1",
    "secp521r1, ECC_SECP521R1",
    "secp384r1, ECC_SECP384R1"
  })
  void acceptsWhatOpensslSigns(String kind, String keyType) throws IOException {
    key(kind);
    List<String> hashes =
        kind.equals("RSA")
            ? List.of("SHA-224", "SHA-256", "SHA-384", "SHA-512")
            : List.of("SHA-256", "SHA-512");
    for (String hash : hashes) {
      Map<String, String> properties =
          sign(keyType, hash, kind.equals("RSA") ? PSS : new Object[0]);
      verify(CertificateTrust.ANY, properties, IMAGE);
      byte[] changed = IMAGE.clone();
      changed[50_000] ^= 1;
      assertThrows(ImportException.class, () -> verify(CertificateTrust.ANY, properties, changed));
      assertRefused("", CertificateTrust.ANY, with(properties, ImageSignature.SIGNATURE, "AAAA"));
    }
  }

  @Test
  void takesTheLongestSaltOnlyAndTheRightKey() throws IOException {
    key("RSA");
    Map<String, String> shortSalt =
        sign("RSA-PSS", "SHA-256", PSS[0], PSS[1], "-sigopt", "rsa_pss_saltlen:digest");
    assertRefused("does not fit", CertificateTrust.ANY, shortSalt);
    Map<String, String> good = sign("RSA-PSS", "SHA-256", PSS);
    assertRefused(
        "key type", CertificateTrust.ANY, with(good, ImageSignature.KEY_TYPE, "ECC_SECP384R1"));
    assertRefused("key type", CertificateTrust.ANY, with(good, ImageSignature.KEY_TYPE, "RSA"));
    assertRefused("hash", CertificateTrust.ANY, with(good, ImageSignature.HASH_METHOD, "MD5"));
    assertRefused("base64", CertificateTrust.ANY, with(good, ImageSignature.SIGNATURE, "A"));
    for (String unknown : List.of("11111111-0000-0000-0000-000000000000", "../image", "")) {
      assertRefused(
          "certificate",
          CertificateTrust.ANY,
          with(good, ImageSignature.CERTIFICATE_UUID, unknown));
    }
    assertEquals(
        Optional.empty(),
        ImageSignature.of(Map.of(ImageSignature.SIGNATURE, "AAAA")),
        "all four or none");
    key("secp521r1");
    Map<String, String> curve = sign("ECC_SECP384R1", "SHA-256");
    assertRefused("key type", CertificateTrust.ANY, curve);
  }

  @Test
  void looksAtDatesAndUses() throws IOException {
    key("RSA");
    Map<String, String> good = sign("RSA-PSS", "SHA-256", PSS);
    CertificateTrust later =
        new CertificateTrust(
            Set.of(), Set.of(), InstantSource.fixed(Instant.now().plusSeconds(90 * 86_400)));
    assertRefused("expired", later, good);
    CertificateTrust before =
        new CertificateTrust(Set.of(), Set.of(), InstantSource.fixed(Instant.EPOCH));
    assertRefused("not valid before", before, good);
    certify("/CN=signer", UUID + ".pem", "-addext", "keyUsage=keyEncipherment");
    assertRefused("digital signatures", CertificateTrust.ANY, good);
  }

  @Test
  void followsTheChainToAnAuthority() throws IOException {
    openssl("genrsa", "-out", file("key"), "2048");
    certify("/CN=root", "root.pem");
    Files.copy(file("key"), file("root.key"));
    issue("middle", "root", "basicConstraints=critical,CA:true\nkeyUsage=keyCertSign");
    issue("false", "root", "basicConstraints=CA:false");
    X509Certificate root = CertificateDirectory.read(file("root.pem"));
    for (String issuer : List.of("middle", "false")) {
      issue("leaf", issuer, "keyUsage=digitalSignature");
      Files.copy(
          file("leaf.pem"), file(UUID + ".pem"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      Files.copy(file("leaf.key"), file("key"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      Map<String, String> good = sign("RSA-PSS", "SHA-256", PSS);
      Set<X509Certificate> between = Set.of(CertificateDirectory.read(file(issuer + ".pem")));
      CertificateTrust trust = CertificateTrust.of(Set.of(root), between);
      if (issuer.equals("middle")) {
        verify(trust, good, IMAGE);
        assertRefused("vouches", CertificateTrust.of(Set.of(root), Set.of()), good);
      } else {
        assertRefused("vouches", trust, good);
      }
    }
  }

  private void issue(String name, String issuer, String extensions) throws IOException {
    Files.writeString(file("extensions"), extensions + "\n");
    openssl("genrsa", "-out", file(name + ".key"), "2048");
    openssl(
        "req", "-new", "-key", file(name + ".key"), "-subj", "/CN=" + name, "-out", file("csr"));
    openssl(
        "x509",
        "-req",
        "-in",
        file("csr"),
        "-CA",
        file(issuer + ".pem"),
        "-CAkey",
        file(issuer + ".key"),
        "-CAcreateserial",
        "-days",
        "30",
        "-extfile",
        file("extensions"),
        "-out",
        file(name + ".pem"));
  }

  /** What we sign, openssl accepts. */
  @Test
  void signsAnew() throws IOException {
    key("RSA");
    SignatureVerification verification =
        SignatureSettings.parse(
            Map.of(
                "certificate_directory",
                directory.toString(),
                "signing_key",
                file("key").toString(),
                "signing_certificate_uuid",
                UUID,
                "signing_hash_method",
                "SHA-384"),
            Optional.empty());
    MemoryStorage image = new MemoryStorage("image");
    image.write(0, MemorySegment.ofArray(IMAGE));
    ImageSigner signer = verification.signer().orElseThrow();
    ImageSignature signature = signer.sign(image);
    Files.write(file("signature"), signature.signature());
    openssl("rsa", "-in", file("key"), "-pubout", "-out", file("public"));
    openssl(
        "dgst",
        "-sha384",
        "-verify",
        file("public"),
        "-signature",
        file("signature"),
        "-sigopt",
        "rsa_padding_mode:pss",
        file("image"));
    verify(CertificateTrust.ANY, signature.toProperties(), IMAGE);
    assertArrayEquals(
        signature.signature(),
        ImageSignature.of(signature.toProperties()).orElseThrow().signature());
  }
}
