package dev.platter.service.signature;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.RSAKey;
import java.util.Objects;

/**
 * Signs images with the deployer's key.
 *
 * @param key the private key
 * @param keyType what it is
 * @param hashMethod SHA-224, SHA-256, SHA-384 or SHA-512
 * @param certificateUuid the identifier by which others find the certificate of its public key
 */
public record ImageSigner(
    PrivateKey key, KeyType keyType, String hashMethod, String certificateUuid) {
  private static final int BUFFER = 1 << 20;

  public ImageSigner {
    Objects.requireNonNull(key);
    Objects.requireNonNull(keyType);
    Objects.requireNonNull(hashMethod);
    Objects.requireNonNull(certificateUuid);
  }

  /** Signs all bytes of a storage. */
  public ImageSignature sign(Storage content) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int bits = key instanceof RSAKey rsa ? rsa.getModulus().bitLength() : 0;
      Signature engine = keyType.engine(hashMethod, bits);
      engine.initSign(key);
      MemorySegment buffer = arena.allocate(BUFFER, 4096);
      long size = content.size();
      for (long at = 0; at < size; at += BUFFER) {
        MemorySegment part = buffer.asSlice(0, Math.min(BUFFER, size - at));
        content.readFully(at, part);
        engine.update(part.asByteBuffer());
      }
      return new ImageSignature(engine.sign(), hashMethod, keyType, certificateUuid);
    } catch (GeneralSecurityException e) {
      throw new IOException("the image cannot be signed: " + e.getMessage(), e);
    }
  }
}
