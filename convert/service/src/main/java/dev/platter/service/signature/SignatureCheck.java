package dev.platter.service.signature;

import static dev.platter.service.signature.ImageSignature.invalid;

import dev.platter.service.ImportException;
import dev.platter.service.ImportPlugin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.RSAKey;

/** Verifies one signature over bytes that pass by. */
final class SignatureCheck implements ImportPlugin.UploadWatch {
  private final ImageSignature signature;
  private final Signature engine;

  /**
   * @param key from a certificate that is trusted
   */
  SignatureCheck(ImageSignature signature, PublicKey key) throws ImportException {
    this.signature = signature;
    if (!signature.keyType().fits(key)) {
      throw invalid(
          "Invalid public key type for signature key type: "
              + signature.keyType()
              + ", the certificate's key is "
              + key.getAlgorithm());
    }
    try {
      int bits = key instanceof RSAKey rsa ? rsa.getModulus().bitLength() : 0;
      engine = signature.keyType().engine(signature.hashMethod(), bits);
      engine.initVerify(key);
    } catch (GeneralSecurityException e) {
      throw invalid(e.getMessage());
    }
  }

  @Override
  public void passed(ByteBuffer bytes) throws IOException {
    try {
      engine.update(bytes);
    } catch (SignatureException e) {
      throw invalid(e.getMessage());
    }
  }

  @Override
  public void finished() throws ImportException {
    try {
      if (!engine.verify(signature.signature())) {
        throw invalid("the signature does not fit the image");
      }
    } catch (SignatureException e) {
      throw invalid(e.getMessage());
    }
  }
}
