package dev.platter.cipher;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.engines.CAST5Engine;
import org.bouncycastle.crypto.engines.SerpentEngine;
import org.bouncycastle.crypto.engines.TwofishEngine;
import org.bouncycastle.crypto.params.KeyParameter;

/** A block cipher, by the name that LUKS headers have for it. */
public enum Algorithm {
  AES("aes", 16, List.of(16, 24, 32)),
  SERPENT("serpent", 16, List.of(16, 24, 32)),
  TWOFISH("twofish", 16, List.of(16, 24, 32)),
  CAST5("cast5", 8, List.of(16));

  private final String luksName;
  private final int blockSize;
  private final List<Integer> keySizes;

  Algorithm(String luksName, int blockSize, List<Integer> keySizes) {
    this.luksName = luksName;
    this.blockSize = blockSize;
    this.keySizes = keySizes;
  }

  /** The cipher of that name, in any case. */
  public static Optional<Algorithm> named(String name) {
    return Arrays.stream(values())
        .filter(algorithm -> algorithm.luksName.equalsIgnoreCase(name))
        .findFirst();
  }

  /** How headers call it. */
  public String luksName() {
    return luksName;
  }

  /** The block, bytes. */
  int blockSize() {
    return blockSize;
  }

  /** The sizes of its keys, bytes. */
  public List<Integer> keySizes() {
    return keySizes;
  }

  /**
   * The cipher with a key, for one thread.
   *
   * @param key stays the caller's
   */
  Blocks keyed(byte[] key) {
    return switch (this) {
      case AES -> new JdkAes(key);
      case SERPENT -> new Foreign(SerpentEngine::new, key);
      case TWOFISH -> new Foreign(TwofishEngine::new, key);
      case CAST5 -> new Foreign(CAST5Engine::new, key);
    };
  }

  /** Whole blocks, each by itself, many at once. */
  interface Blocks {
    /** Encrypts the first {@code length} bytes of {@code in} to {@code out}, another array. */
    void encrypt(byte[] in, byte[] out, int length);

    /** Decrypts likewise. */
    void decrypt(byte[] in, byte[] out, int length);
  }

  /** The JDK's, whose compiled code takes many blocks at a time. */
  private static final class JdkAes implements Blocks {
    private static final int BLOCK = 16;
    private static final VarHandle LONG =
        MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final Cipher encryption;

    /**
     * In CBC, which the JDK decrypts several blocks at a time, in half of the time of ECB; what it
     * chains them to is taken off again.
     */
    private final Cipher decryption;

    /** The last block that was decrypted. */
    private final byte[] before = new byte[BLOCK];

    JdkAes(byte[] key) {
      try {
        SecretKeySpec spec = new SecretKeySpec(key, "AES");
        encryption = Cipher.getInstance("AES/ECB/NoPadding");
        encryption.init(Cipher.ENCRYPT_MODE, spec);
        decryption = Cipher.getInstance("AES/CBC/NoPadding");
        decryption.init(Cipher.DECRYPT_MODE, spec, new IvParameterSpec(new byte[16]));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void encrypt(byte[] in, byte[] out, int length) {
      update(encryption, in, out, length);
    }

    @Override
    public void decrypt(byte[] in, byte[] out, int length) {
      update(decryption, in, out, length);
      for (int at = 0; at < BLOCK; at += 8) {
        LONG.set(out, at, (long) LONG.get(out, at) ^ (long) LONG.get(before, at));
      }
      for (int at = BLOCK; at < length; at += 8) {
        LONG.set(out, at, (long) LONG.get(out, at) ^ (long) LONG.get(in, at - BLOCK));
      }
      System.arraycopy(in, length - BLOCK, before, 0, BLOCK);
    }

    private static void update(Cipher cipher, byte[] in, byte[] out, int length) {
      try {
        if (cipher.update(in, 0, length, out, 0) != length) {
          throw new IllegalStateException("not whole blocks: " + length);
        }
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** One of Bouncy Castle's. */
  private static final class Foreign implements Blocks {
    private final BlockCipher encryption;
    private final BlockCipher decryption;

    Foreign(java.util.function.Supplier<BlockCipher> engine, byte[] key) {
      KeyParameter parameter = new KeyParameter(key);
      encryption = engine.get();
      encryption.init(true, parameter);
      decryption = engine.get();
      decryption.init(false, parameter);
    }

    @Override
    public void encrypt(byte[] in, byte[] out, int length) {
      run(encryption, in, out, length);
    }

    @Override
    public void decrypt(byte[] in, byte[] out, int length) {
      run(decryption, in, out, length);
    }

    private static void run(BlockCipher cipher, byte[] in, byte[] out, int length) {
      int size = cipher.getBlockSize();
      for (int at = 0; at < length; at += size) {
        cipher.processBlock(in, at, out, at);
      }
    }
  }
}
