package dev.platter.service.signature;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.DSAKey;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** The kinds of keys that images are signed with, by cursive's names. */
public enum KeyType {
  /** RSA with PSS padding, the mask of the same hash, and a salt as long as there is room for. */
  RSA_PSS("RSA-PSS", null),
  DSA("DSA", null),
  ECC_SECT571K1("ECC_SECT571K1", SECObjectIdentifiers.sect571k1),
  ECC_SECT409K1("ECC_SECT409K1", SECObjectIdentifiers.sect409k1),
  ECC_SECT571R1("ECC_SECT571R1", SECObjectIdentifiers.sect571r1),
  ECC_SECT409R1("ECC_SECT409R1", SECObjectIdentifiers.sect409r1),
  ECC_SECP521R1("ECC_SECP521R1", SECObjectIdentifiers.secp521r1),
  ECC_SECP384R1("ECC_SECP384R1", SECObjectIdentifiers.secp384r1);

  /** Not among the JVM's own: it is used here and nowhere else. */
  static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();

  private final String word;
  private final ASN1ObjectIdentifier curve;

  KeyType(String word, ASN1ObjectIdentifier curve) {
    this.word = word;
    this.curve = curve;
  }

  /** The kind of that name. */
  public static Optional<KeyType> named(String word) {
    for (KeyType type : values()) {
      if (type.word.equals(word)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** Whether a key is of this kind. */
  boolean fits(PublicKey key) {
    return switch (this) {
      case RSA_PSS -> key instanceof RSAKey;
      case DSA -> key instanceof DSAKey;
      default ->
          key instanceof ECKey
              && curve.equals(
                  SubjectPublicKeyInfo.getInstance(key.getEncoded())
                      .getAlgorithm()
                      .getParameters());
    };
  }

  /**
   * What makes and verifies such signatures.
   *
   * @param hashMethod SHA-224, ...
   * @param modulusBits of an RSA key
   */
  Signature engine(String hashMethod, int modulusBits) throws GeneralSecurityException {
    String hash = hashMethod.replace("-", "");
    if (this != RSA_PSS) {
      return Signature.getInstance(hash + "with" + (this == DSA ? "DSA" : "ECDSA"), PROVIDER);
    }
    int hashLength = Integer.parseInt(hash.substring("SHA".length())) / 8;
    int encodedLength = Math.ceilDiv(modulusBits - 1, 8);
    int salt = encodedLength - hashLength - 2;
    if (salt < 0) {
      throw new GeneralSecurityException("the key is too short for " + hashMethod);
    }
    Signature signature = Signature.getInstance(hash + "withRSAandMGF1", PROVIDER);
    signature.setParameter(
        new PSSParameterSpec(hashMethod, "MGF1", new MGF1ParameterSpec(hashMethod), salt, 1));
    return signature;
  }

  @Override
  public String toString() {
    return word;
  }
}
