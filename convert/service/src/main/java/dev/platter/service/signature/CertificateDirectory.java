package dev.platter.service.signature;

import dev.platter.service.Requester;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Certificates in files: {@code UUID.der}, {@code UUID.pem} or {@code UUID.crt}, X.509 in DER or
 * PEM, for everybody.
 */
public record CertificateDirectory(Path directory) implements CertificateSource {
  private static final Pattern UUID = Pattern.compile("[0-9a-fA-F-]{1,64}");
  private static final List<String> ENDINGS = List.of(".der", ".pem", ".crt");

  @Override
  public Optional<X509Certificate> certificate(String uuid, Requester requester)
      throws IOException {
    if (!UUID.matcher(uuid).matches()) {
      return Optional.empty();
    }
    for (String ending : ENDINGS) {
      Path file = directory.resolve(uuid + ending);
      if (Files.isRegularFile(file)) {
        return Optional.of(read(file));
      }
    }
    return Optional.empty();
  }

  /** Reads one certificate. */
  public static X509Certificate read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return parse(in, file.toString());
    }
  }

  /**
   * Reads one certificate, in DER or PEM.
   *
   * @param name of what it is read from
   */
  public static X509Certificate parse(InputStream input, String name) throws IOException {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509", KeyType.PROVIDER);
      if (factory.generateCertificate(input) instanceof X509Certificate certificate) {
        return certificate;
      }
      throw new IOException(name + ": there is no certificate in it");
    } catch (CertificateException e) {
      throw new IOException(name + ": no X.509 certificate: " + e.getMessage(), e);
    }
  }
}
