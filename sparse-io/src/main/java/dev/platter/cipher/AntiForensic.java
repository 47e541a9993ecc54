package dev.platter.cipher;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The anti-forensic splitter: a key is blown up to many stripes, all of which are needed to get it
 * back, so that it is gone when any of them is ("LUKS1 On-Disk Format Specification" 1.2.3, section
 * 2.4).
 */
public final class AntiForensic {
  private AntiForensic() {}

  /** Splits a key into {@code stripes} times its length. */
  public static byte[] split(Secret key, int stripes, Hash hash, SecureRandom random) {
    int length = key.length();
    byte[] all = new byte[Math.multiplyExact(length, stripes)];
    random.nextBytes(all);
    byte[] mixed = mix(all, length, stripes, hash);
    byte[] plain = key.toArray();
    int last = all.length - length;
    for (int i = 0; i < length; i++) {
      all[last + i] = (byte) (plain[i] ^ mixed[i]);
    }
    Arrays.fill(plain, (byte) 0);
    Arrays.fill(mixed, (byte) 0);
    return all;
  }

  /** The key that was split; {@code all} stays the caller's. */
  public static Secret merge(byte[] all, int stripes, Hash hash) {
    int length = all.length / stripes;
    byte[] mixed = mix(all, length, stripes, hash);
    int last = all.length - length;
    for (int i = 0; i < length; i++) {
      mixed[i] ^= all[last + i];
    }
    return Secret.taking(mixed);
  }

  /** All stripes but the last one, mixed. */
  private static byte[] mix(byte[] all, int length, int stripes, Hash hash) {
    MessageDigest digest = hash.newDigest();
    byte[] hashed = new byte[hash.length()];
    byte[] mixed = new byte[length];
    for (int stripe = 0; stripe < stripes - 1; stripe++) {
      for (int i = 0; i < length; i++) {
        mixed[i] ^= all[stripe * length + i];
      }
      diffuse(mixed, digest, hashed);
    }
    return mixed;
  }

  /** Each piece of a hash's length becomes the hash of its number and itself. */
  private static void diffuse(byte[] bytes, MessageDigest digest, byte[] hashed) {
    int number = 0;
    for (int at = 0; at < bytes.length; at += hashed.length) {
      int count = Math.min(hashed.length, bytes.length - at);
      digest.update((byte) (number >>> 24));
      digest.update((byte) (number >>> 16));
      digest.update((byte) (number >>> 8));
      digest.update((byte) number);
      digest.update(bytes, at, count);
      try {
        digest.digest(hashed, 0, hashed.length);
      } catch (DigestException e) {
        throw new IllegalStateException(e);
      }
      System.arraycopy(hashed, 0, bytes, at, count);
      number++;
    }
  }
}
