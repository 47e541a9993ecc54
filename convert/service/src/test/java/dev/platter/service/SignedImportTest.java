package dev.platter.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.service.ImportException.Reason;
import dev.platter.service.plugin.ImageConversion;
import dev.platter.service.signature.CertificateSource;
import dev.platter.service.signature.CertificateTrust;
import dev.platter.service.signature.ImageSignature;
import dev.platter.service.signature.ImageSigner;
import dev.platter.service.signature.KeyType;
import dev.platter.service.signature.SignatureVerification;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imports of signed images: as they are, and converted. */
class SignedImportTest {
  private static final KeyPair USER = rsa();
  private static final KeyPair DEPLOYER = rsa();
  private static final Map<String, X509Certificate> CERTIFICATES =
      Map.of("user", certificate(USER), "deployer", certificate(DEPLOYER));
  private static final CertificateSource SOURCE =
      (uuid, requester) -> Optional.ofNullable(CERTIFICATES.get(uuid));

  @TempDir Path directory;
  private Imports imports;
  private byte[] image;
  private ImportJob job;
  private final MemoryStore store = new MemoryStore("store", false);
  private final MemoryStore ordered = new MemoryStore("ordered", true);

  private static KeyPair rsa() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate certificate(KeyPair keys) {
    X500Principal name = new X500Principal("CN=test");
    Instant now = Instant.now();
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(
              new JcaX509v3CertificateBuilder(
                      name,
                      BigInteger.ONE,
                      Date.from(now.minusSeconds(60)),
                      Date.from(now.plusSeconds(3600)),
                      name,
                      keys.getPublic())
                  .build(new JcaContentSignerBuilder("SHA256withRSA").build(keys.getPrivate())));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ImageSigner signer(KeyPair keys, String uuid) {
    return new ImageSigner(keys.getPrivate(), KeyType.RSA_PSS, "SHA-256", uuid);
  }

  private static Map<String, String> signed(ImageSigner signer, byte[] bytes) throws IOException {
    MemoryStorage storage = new MemoryStorage("image");
    storage.write(0, MemorySegment.ofArray(bytes));
    return signer.sign(storage).toProperties();
  }

  private SignatureVerification verification(Optional<ImageSigner> signer) {
    return new SignatureVerification(SOURCE, CertificateTrust.ANY, signer, false);
  }

  @BeforeEach
  void setUp() throws IOException {
    imports = new Imports(directory);
    image = SampleImages.of("qcow2", "");
    job =
        Imports.staged("qcow2", store, ordered).withProperties(signed(signer(USER, "user"), image));
  }

  @Test
  void storesAsItIsWhatIsSigned() throws IOException {
    imports.with(verification(Optional.empty()));
    ImportResult result = imports.direct(image, job);
    assertEquals(job.properties(), result.properties());
    imports.direct(image, Imports.staged("qcow2", new MemoryStore("unsigned", false)));
  }

  @Test
  void refusesWhatWasChangedAfterSigning() throws IOException {
    imports.with(verification(Optional.empty()));
    byte[] other = image.clone();
    other[other.length - 1] ^= 1;
    ImportException e = assertThrows(ImportException.class, () -> imports.direct(other, job));
    assertEquals(Reason.SIGNATURE, e.reason());
    assertEquals(List.of(), imports.leftovers());
  }

  @Test
  void refusesToConvertWithoutAKey() throws IOException {
    imports.with(verification(Optional.empty()), ImageConversion.to("raw"));
    ImportException e = assertThrows(ImportException.class, () -> imports.direct(image, job));
    assertEquals(Reason.SIGNATURE, e.reason());
    assertEquals(Map.of(), store.images());
    assertEquals(List.of(), imports.leftovers());
  }

  /** Whichever store comes first. */
  @Test
  void signsAnewWhatIsConverted() throws IOException {
    imports.with(
        verification(Optional.of(signer(DEPLOYER, "deployer"))), ImageConversion.to("raw"));
    for (ImportJob each :
        List.of(job, Imports.staged("qcow2", ordered, store).withProperties(job.properties()))) {
      store.images().clear();
      ordered.images().clear();
      ImportResult result = imports.direct(image, each);
      assertEquals("deployer", result.properties().get(ImageSignature.CERTIFICATE_UUID));
      byte[] stored = store.images().values().iterator().next();
      assertArrayEquals(SampleImages.disk(), stored);
      assertArrayEquals(stored, ordered.images().values().iterator().next());
      imports.direct(
          stored,
          Imports.staged("raw", new MemoryStore("again", false))
              .withProperties(result.properties()));
    }
  }
}
