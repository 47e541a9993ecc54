package dev.platter.server.tls;

import dev.platter.server.live.Live;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/**
 * A certificate, those of the authorities between it and one that callers know, and its key, in PEM
 * files.
 *
 * @param certificates the file of certificates, the service's own first, each signed by the next
 * @param key the file of the key: PKCS #8, PKCS #1 or SEC 1, without a passphrase
 */
record KeyFiles(Path certificates, Path key) implements Live.Source<KeyStore> {
  private static final System.Logger LOG = System.getLogger(KeyFiles.class.getName());
  private static final long LARGEST = 1 << 20;

  /** Of key stores that are never written. */
  static final String PASSWORD = "memory";

  @Override
  public List<Path> files() {
    return List.of(certificates, key);
  }

  @Override
  public KeyStore read() throws IOException {
    List<X509Certificate> chain = chain();
    PrivateKey mine = privateKey();
    try {
      for (int i = 1; i < chain.size(); i++) {
        requireSigned(chain.get(i - 1), chain.get(i));
      }
      if (!belongTogether(mine, chain.getFirst())) {
        throw new IOException(key + ": is not the key of the certificate in " + certificates);
      }
      if (chain.getFirst().getNotAfter().toInstant().isBefore(Instant.now())) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0}: the certificate has expired, callers will refuse it",
            certificates);
      }
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      keys.setKeyEntry(
          "service", mine, PASSWORD.toCharArray(), chain.toArray(new X509Certificate[0]));
      return keys;
    } catch (GeneralSecurityException e) {
      throw new IOException(certificates + ": cannot be used: " + e.getMessage(), e);
    }
  }

  private void requireSigned(X509Certificate signed, X509Certificate signer) throws IOException {
    try {
      signed.verify(signer.getPublicKey());
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "%s: the certificate of %s is not signed by the next one, that of %s"
              .formatted(
                  certificates, signed.getSubjectX500Principal(), signer.getSubjectX500Principal()),
          e);
    }
  }

  private List<X509Certificate> chain() throws IOException {
    List<X509Certificate> chain = new ArrayList<>();
    JcaX509CertificateConverter converter = new JcaX509CertificateConverter();
    try {
      for (Object object : objects(certificates)) {
        if (object instanceof X509CertificateHolder holder) {
          chain.add(converter.getCertificate(holder));
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(certificates + ": is no file of certificates: " + e.getMessage(), e);
    }
    if (chain.isEmpty()) {
      throw new IOException(certificates + ": holds no certificate");
    }
    return chain;
  }

  private PrivateKey privateKey() throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(key, PosixFileAttributeView.class);
    if (view != null
        && view.readAttributes().permissions().contains(PosixFilePermission.OTHERS_READ)) {
      throw new IOException(key + ": everybody may read it");
    }
    JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
    for (Object object : objects(key)) {
      switch (object) {
        case PEMKeyPair pair -> {
          return converter.getPrivateKey(pair.getPrivateKeyInfo());
        }
        case PrivateKeyInfo info -> {
          return converter.getPrivateKey(info);
        }
        case PEMEncryptedKeyPair _, PKCS8EncryptedPrivateKeyInfo _ ->
            throw new IOException(key + ": has a passphrase, which nobody could type");
        default -> {
          // Parameters of curves, certificates.
        }
      }
    }
    throw new IOException(key + ": holds no private key");
  }

  private static List<Object> objects(Path file) throws IOException {
    if (Files.size(file) > LARGEST) {
      throw new IOException(file + ": is larger than 1 MiB");
    }
    List<Object> objects = new ArrayList<>();
    try (PEMParser parser =
        new PEMParser(Files.newBufferedReader(file, StandardCharsets.ISO_8859_1))) {
      for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
        objects.add(object);
      }
    } catch (IOException | RuntimeException e) {
      throw new IOException(file + ": is no PEM file: " + e.getMessage(), e);
    }
    return objects;
  }

  private static boolean belongTogether(PrivateKey key, X509Certificate certificate)
      throws GeneralSecurityException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC", "ECDSA" -> "SHA256withECDSA";
          case "RSASSA-PSS", "Ed25519", "Ed448", "EdDSA" -> key.getAlgorithm();
          default ->
              throw new GeneralSecurityException(key.getAlgorithm() + " is no key of TLS servers");
        };
    if (!certificate.getPublicKey().getAlgorithm().equals(key.getAlgorithm())) {
      return false;
    }
    byte[] text = {1, 2, 3};
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(key);
    signature.update(text);
    byte[] signed = signature.sign();
    signature.initVerify(certificate.getPublicKey());
    signature.update(text);
    return signature.verify(signed);
  }
}
