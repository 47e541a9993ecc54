package dev.platter.service.signature;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.Optional;

/** Where certificates are: a directory, a key manager. Used by many threads at once. */
public interface CertificateSource {
  /**
   * The certificate of that identifier, which is a user's word.
   *
   * @return empty: there is none
   */
  Optional<X509Certificate> certificate(String uuid) throws IOException;
}
