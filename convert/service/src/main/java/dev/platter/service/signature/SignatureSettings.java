package dev.platter.service.signature;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/**
 * Verification as a configuration has it: {@code certificate_directory} ({@link
 * CertificateDirectory}), or a key manager, or both; {@code authorities_directory} and {@code
 * intermediates_directory} of certificates that vouch for those, or none; {@code required}; and for
 * signing what is converted {@code signing_key} (a PEM file without a password), {@code
 * signing_certificate_uuid}, {@code signing_key_type} (RSA-PSS) and {@code signing_hash_method}
 * (SHA-256).
 */
public final class SignatureSettings {
  private final Map<String, String> settings;

  private SignatureSettings(Map<String, String> settings) {
    this.settings = settings;
  }

  /**
   * The plugin that these settings describe.
   *
   * @param keyManager where certificates are that the directory has not; nothing: nowhere
   * @throws IllegalArgumentException if one is missing or cannot be
   * @throws UncheckedIOException if a file cannot be read
   */
  public static SignatureVerification parse(
      Map<String, String> settings, Optional<CertificateSource> keyManager) {
    SignatureSettings parsed = new SignatureSettings(settings);
    try {
      return new SignatureVerification(
          parsed.certificates(keyManager),
          parsed.trust(),
          settings.containsKey("signing_key") ? Optional.of(parsed.signer()) : Optional.empty(),
          Boolean.parseBoolean(settings.getOrDefault("required", "false")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private CertificateSource certificates(Optional<CertificateSource> keyManager) {
    if (keyManager.isPresent() && !settings.containsKey("certificate_directory")) {
      return keyManager.get();
    }
    CertificateSource directory = new CertificateDirectory(path("certificate_directory"));
    return keyManager.map(directory::orElse).orElse(directory);
  }

  private String text(String key) {
    String value = settings.get(key);
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(key + " is missing");
    }
    return value.strip();
  }

  private Path path(String key) {
    return Path.of(text(key));
  }

  private CertificateTrust trust() throws IOException {
    return settings.containsKey("authorities_directory")
        ? CertificateTrust.of(
            certificates("authorities_directory"), certificates("intermediates_directory"))
        : CertificateTrust.ANY;
  }

  private Set<X509Certificate> certificates(String key) throws IOException {
    Set<X509Certificate> found = new HashSet<>();
    if (settings.containsKey(key)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(path(key), "*.{der,pem,crt}")) {
        for (Path file : files) {
          found.add(CertificateDirectory.read(file));
        }
      }
    }
    return found;
  }

  private ImageSigner signer() throws IOException {
    String type = settings.getOrDefault("signing_key_type", "RSA-PSS");
    return new ImageSigner(
        readKey(path("signing_key")),
        KeyType.named(type)
            .orElseThrow(() -> new IllegalArgumentException("signing_key_type: " + type)),
        settings.getOrDefault("signing_hash_method", "SHA-256"),
        text("signing_certificate_uuid"));
  }

  private static PrivateKey readKey(Path file) throws IOException {
    try (Reader reader = Files.newBufferedReader(file);
        PEMParser parser = new PEMParser(reader)) {
      JcaPEMKeyConverter converter = new JcaPEMKeyConverter().setProvider(KeyType.PROVIDER);
      for (Object found = parser.readObject(); found != null; found = parser.readObject()) {
        if (found instanceof PEMKeyPair pair) {
          return converter.getPrivateKey(pair.getPrivateKeyInfo());
        }
        if (found instanceof PrivateKeyInfo key) {
          return converter.getPrivateKey(key);
        }
      }
      throw new IllegalArgumentException(file + ": there is no private key in it");
    }
  }
}
