package dev.platter.cipher;

import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * From a passphrase to a key, slowly. The numbers are what a header says, so {@link #checkLimits}
 * comes before the work.
 */
public sealed interface KeyDerivation {
  /** The key, of {@code length} bytes; the caller closes it. */
  Secret derive(Secret passphrase, int length);

  /**
   * Sees what a key of that length takes.
   *
   * @throws LimitException if that is more time or memory than anybody should ask for
   */
  void checkLimits(int length) throws LimitException;

  /** How long it takes, in iterations of PBKDF2. */
  long cost(int length);

  /** What a header asks for is too much. */
  final class LimitException extends Exception {
    private static final long serialVersionUID = 1;

    LimitException(String message) {
      super(message);
    }
  }

  /** PBKDF2 with HMAC (RFC 8018, section 5.2). */
  record Pbkdf2(Hash hash, byte[] salt, long iterations) implements KeyDerivation {
    /** A minute of an ordinary core; programs that make headers spend two seconds. */
    private static final long MOST = 100_000_000;

    @Override
    public void checkLimits(int length) throws LimitException {
      long most = MOST / Math.ceilDiv(length, hash.length());
      if (iterations < 1 || iterations > most) {
        throw new LimitException(
            "PBKDF2 with " + iterations + " iterations, expected 1 to " + most);
      }
    }

    @Override
    public long cost(int length) {
      return iterations * Math.ceilDiv(length, hash.length());
    }

    @Override
    public Secret derive(Secret passphrase, int length) {
      byte[] phrase = passphrase.toArray();
      Hmac hmac = new Hmac(hash, phrase);
      Arrays.fill(phrase, (byte) 0);
      byte[] key = new byte[length];
      int size = hash.length();
      byte[] round = new byte[size];
      byte[] sum = new byte[size];
      byte[] first = Arrays.copyOf(salt, salt.length + 4);
      for (int block = 1, at = 0; at < length; block++, at += size) {
        first[salt.length] = (byte) (block >>> 24);
        first[salt.length + 1] = (byte) (block >>> 16);
        first[salt.length + 2] = (byte) (block >>> 8);
        first[salt.length + 3] = (byte) block;
        hmac.of(first, round);
        System.arraycopy(round, 0, sum, 0, size);
        iterate(hmac, round, sum, iterations - 1);
        System.arraycopy(sum, 0, key, at, Math.min(size, length - at));
      }
      Arrays.fill(round, (byte) 0);
      Arrays.fill(sum, (byte) 0);
      return Secret.taking(key);
    }

    private static void iterate(Hmac hmac, byte[] round, byte[] sum, long times) {
      // In short turns, so that the compiled code takes over early.
      for (long left = times; left > 0; left -= 1024) {
        turn(hmac, round, sum, (int) Math.min(1024, left));
      }
    }

    private static void turn(Hmac hmac, byte[] round, byte[] sum, int times) {
      for (int i = 0; i < times; i++) {
        hmac.of(round, round);
        for (int j = 0; j < sum.length; j++) {
          sum[j] ^= round[j];
        }
      }
    }
  }

  /** Argon2i or Argon2id, version 1.3 (RFC 9106). */
  record Argon2(boolean mixed, byte[] salt, long passes, long memoryKib, long lanes)
      implements KeyDerivation {
    private static final long MOST_PASSES = 1000;
    private static final long MOST_LANES = 64;

    /** What this Java may use of its heap for it. */
    private static long mostKib() {
      return Math.min(4L << 20, Runtime.getRuntime().maxMemory() / 1024 / 10 * 8);
    }

    @Override
    public long cost(int length) {
      return passes * memoryKib; // a KiB takes about as long as an iteration
    }

    @Override
    public void checkLimits(int length) throws LimitException {
      boolean few = passes >= 1 && passes <= MOST_PASSES && lanes >= 1 && lanes <= MOST_LANES;
      if (!few || memoryKib < 8 * lanes || passes * memoryKib > 64L << 20) {
        throw new LimitException(
            "Argon2 with "
                + passes
                + " passes over "
                + memoryKib
                + " KiB in "
                + lanes
                + " lanes is out of bounds");
      }
      if (memoryKib > mostKib()) {
        throw new LimitException(
            "Argon2 needs "
                + memoryKib / 1024
                + " MiB of memory, and this process may use "
                + mostKib() / 1024);
      }
    }

    @Override
    public Secret derive(Secret passphrase, int length) {
      Argon2Parameters parameters =
          new Argon2Parameters.Builder(
                  mixed ? Argon2Parameters.ARGON2_id : Argon2Parameters.ARGON2_i)
              .withVersion(Argon2Parameters.ARGON2_VERSION_13)
              .withIterations((int) passes)
              .withMemoryAsKB((int) memoryKib)
              .withParallelism((int) lanes)
              .withSalt(salt)
              .build();
      Argon2BytesGenerator generator = new Argon2BytesGenerator();
      generator.init(parameters);
      byte[] phrase = passphrase.toArray();
      byte[] key = new byte[length];
      generator.generateBytes(phrase, key);
      Arrays.fill(phrase, (byte) 0);
      return Secret.taking(key);
    }
  }

  /**
   * HMAC (RFC 2104) that digests its key once and starts from there each time, which is twice as
   * fast as the JDK's.
   */
  final class Hmac {
    private final MessageDigest inner;
    private final MessageDigest outer;
    private final byte[] between;

    Hmac(Hash hash, byte[] key) {
      byte[] block = new byte[hash.blockLength()];
      byte[] fitting = key.length > block.length ? hash.newDigest().digest(key) : key;
      System.arraycopy(fitting, 0, block, 0, fitting.length);
      inner = padded(hash, block, 0x36);
      outer = padded(hash, block, 0x5c);
      between = new byte[hash.length()];
      Arrays.fill(block, (byte) 0);
    }

    private static MessageDigest padded(Hash hash, byte[] block, int pad) {
      byte[] bytes = block.clone();
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] ^= (byte) pad;
      }
      MessageDigest digest = hash.newDigest();
      digest.update(bytes);
      Arrays.fill(bytes, (byte) 0);
      return digest;
    }

    /** The code of a message; {@code code} may be the message. */
    void of(byte[] message, byte[] code) {
      try {
        MessageDigest first = (MessageDigest) inner.clone();
        first.update(message);
        first.digest(between, 0, between.length);
        MessageDigest second = (MessageDigest) outer.clone();
        second.update(between);
        second.digest(code, 0, between.length);
      } catch (CloneNotSupportedException | DigestException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
