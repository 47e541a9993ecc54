package dev.platter.service.signature;

import static dev.platter.service.signature.ImageSignature.invalid;

import dev.platter.service.ImportException;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which certificates may have signed an image: those that are valid today, and, where the deployer
 * names authorities, that one of them vouches for (RFC 5280: dates, CA flag, keyCertSign, path
 * length). Revocation is not looked up.
 *
 * @param authorities roots; empty: any certificate that the source has is trusted, as Glance does
 * @param intermediates certificates that may lie in between
 * @param clock what time it is
 */
public record CertificateTrust(
    Set<X509Certificate> authorities, Set<X509Certificate> intermediates, InstantSource clock) {
  private static final int DIGITAL_SIGNATURE = 0;

  /** Whatever the source has, as long as it is valid. */
  public static final CertificateTrust ANY =
      new CertificateTrust(Set.of(), Set.of(), InstantSource.system());

  public CertificateTrust {
    authorities = Set.copyOf(authorities);
    intermediates = Set.copyOf(intermediates);
  }

  /** Certificates that these roots vouch for, directly or through the intermediates. */
  public static CertificateTrust of(
      Collection<X509Certificate> authorities, Collection<X509Certificate> intermediates) {
    return new CertificateTrust(
        Set.copyOf(authorities), Set.copyOf(intermediates), InstantSource.system());
  }

  void judge(X509Certificate certificate) throws ImportException {
    Date now = Date.from(clock.instant());
    try {
      certificate.checkValidity(now);
    } catch (CertificateExpiredException e) {
      throw invalid("the certificate expired on " + certificate.getNotAfter().toInstant());
    } catch (CertificateNotYetValidException e) {
      throw invalid(
          "the certificate is not valid before " + certificate.getNotBefore().toInstant());
    }
    boolean[] usage = certificate.getKeyUsage();
    if (usage != null && !usage[DIGITAL_SIGNATURE]) {
      throw invalid("the certificate is not for digital signatures");
    }
    if (!authorities.isEmpty()) {
      findPath(certificate, now);
    }
  }

  private void findPath(X509Certificate certificate, Date now) throws ImportException {
    Set<TrustAnchor> anchors = new HashSet<>();
    for (X509Certificate authority : authorities) {
      anchors.add(new TrustAnchor(authority, null));
    }
    X509CertSelector selector = new X509CertSelector();
    selector.setCertificate(certificate);
    List<X509Certificate> known = new ArrayList<>(intermediates);
    known.add(certificate);
    try {
      PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, selector);
      parameters.setRevocationEnabled(false);
      parameters.setDate(now);
      parameters.addCertStore(
          CertStore.getInstance(
              "Collection", new CollectionCertStoreParameters(known), KeyType.PROVIDER));
      CertPathBuilder.getInstance("PKIX", KeyType.PROVIDER).build(parameters);
    } catch (GeneralSecurityException e) {
      throw invalid(
          "no authority vouches for the certificate of "
              + certificate.getSubjectX500Principal()
              + ": "
              + e.getMessage());
    }
  }
}
