package dev.platter.service.signature;

import dev.platter.service.Requester;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.Optional;

/** Where certificates are: a directory, a key manager. Used by many threads at once. */
public interface CertificateSource {
  /**
   * The certificate of that identifier, which is a user's word.
   *
   * @param requester who asks for an import, and may see some certificates only
   * @return empty: there is none, or none for this user
   * @throws IOException if it cannot be found out
   */
  Optional<X509Certificate> certificate(String uuid, Requester requester) throws IOException;

  /** Looks here, and then elsewhere. */
  default CertificateSource orElse(CertificateSource other) {
    return (uuid, requester) -> {
      Optional<X509Certificate> found = certificate(uuid, requester);
      return found.isPresent() ? found : other.certificate(uuid, requester);
    };
  }
}
