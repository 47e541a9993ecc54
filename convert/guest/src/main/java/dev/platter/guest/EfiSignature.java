package dev.platter.guest;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.Text;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;

/**
 * The certificates that a program's signature bears ("Windows Authenticode Portable Executable
 * Signature Format", 2008): they stand at its end, in a table that its head points to.
 */
final class EfiSignature {
  private static final int HEAD = 4096;
  private static final int PE_POINTER = 0x3C;
  private static final int OPTIONAL_HEADER = 24;
  private static final int WIDE = 0x20B;
  private static final int DIRECTORIES = 96;
  private static final int WIDE_DIRECTORIES = 112;
  private static final int CERTIFICATES = 4;
  private static final int PKCS7 = 2;
  private static final int MAX_LENGTH = 1 << 17;
  private static final int MAX_SIGNATURES = 8;

  /** Of a name as RFC 2253 writes it. */
  private static final Pattern COMMON_NAME = Pattern.compile("(?:^|,)CN=((?:\\\\.|[^,\\\\])*)");

  private EfiSignature() {}

  /** Whose it is and who vouches for that; of several, all; empty: it is not signed. */
  static String signer(Source program) throws IOException {
    Bytes head = program.readUpTo(0, HEAD);
    if (!head.has(0, "MZ") || head.length() < PE_POINTER + 4) {
      return "";
    }
    long optional = head.u32(PE_POINTER) + OPTIONAL_HEADER;
    if (optional + WIDE_DIRECTORIES + 8 * (CERTIFICATES + 1) > head.length()) {
      return "";
    }
    long directories = optional + (head.u16(optional) == WIDE ? WIDE_DIRECTORIES : DIRECTORIES);
    if (head.u32(directories - 4) <= CERTIFICATES) {
      return "";
    }
    long at = head.u32(directories + 8 * CERTIFICATES);
    long end = at + Math.min(head.u32(directories + 8 * CERTIFICATES + 4), MAX_LENGTH);
    List<String> signers = new ArrayList<>();
    for (int i = 0; i < MAX_SIGNATURES && at > 0 && at + 8 < end; i++) {
      Bytes entry = program.read(at, 8);
      long length = entry.u32(0);
      entry.require(length > 8 && at + length <= end, "a signature of " + length + " bytes");
      if (entry.u16(6) == PKCS7) {
        addSigner(program.read(at + 8, length - 8).array(), signers);
      }
      at += (length + 7) / 8 * 8;
    }
    return String.join("; ", signers);
  }

  /** The certificate that has issued none of the others is the signer's own. */
  private static void addSigner(byte[] signature, List<String> signers) {
    List<X509Certificate> all = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Certificate each : factory.generateCertificates(new ByteArrayInputStream(signature))) {
        if (each instanceof X509Certificate certificate) {
          all.add(certificate);
        }
      }
    } catch (CertificateException e) {
      return; // damaged, which is as good as none
    }
    for (X509Certificate one : all) {
      boolean hasIssued =
          all.stream()
              .anyMatch(other ->
                  other != one
                      && other.getIssuerX500Principal().equals(one.getSubjectX500Principal()));
      String text =
          name(one.getSubjectX500Principal()) + ", by " + name(one.getIssuerX500Principal());
      if (!hasIssued && !signers.contains(text)) {
        signers.add(text);
      }
    }
  }

  /** The common name, or else all of it. */
  private static String name(X500Principal principal) {
    String all = principal.getName();
    Matcher matcher = COMMON_NAME.matcher(all);
    String name = matcher.find() ? matcher.group(1).replaceAll("\\\\(.)", "$1") : all;
    return Text.clean(name);
  }
}
