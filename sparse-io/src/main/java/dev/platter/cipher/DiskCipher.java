package dev.platter.cipher;

import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/**
 * The cipher of a disk with its key. Any thread may ask for a {@link SectorCipher} of its own.
 * Closing it overwrites the key; sector ciphers that were handed out go on working.
 */
public final class DiskCipher implements AutoCloseable {
  private static final int OLD_KEY_BYTES = 16;
  private static final int OLD_SECTOR = 512;

  private final CipherSpec spec;
  private final Secret key;
  private final int sectorSize;

  /**
   * @param key is owned by the cipher from now on
   * @param sectorSize the unit that is encrypted by itself, bytes: a power of two from 512 on
   */
  public DiskCipher(CipherSpec spec, Secret key, int sectorSize) {
    if (key.length() != spec.keyBytes() || sectorSize < 512 || sectorSize % 512 != 0) {
      throw new IllegalArgumentException(spec + " with sectors of " + sectorSize);
    }
    this.spec = spec;
    this.key = key;
    this.sectorSize = sectorSize;
  }

  /** A cipher as a header names it, with sectors of 512 bytes. */
  public static DiskCipher of(String cipher, String modeWords, Secret key)
      throws NoSuchAlgorithmException {
    return new DiskCipher(CipherSpec.parse(cipher, modeWords, key.length()), key, 512);
  }

  /**
   * The old encryption of QEMU's formats: the key is the beginning of the passphrase itself, filled
   * up with zeros.
   *
   * @param passphrase stays the caller's
   */
  public static DiskCipher ofQemu(Secret passphrase) {
    byte[] phrase = passphrase.toArray();
    Secret key = Secret.taking(Arrays.copyOf(phrase, OLD_KEY_BYTES));
    Arrays.fill(phrase, (byte) 0);
    CipherSpec spec =
        new CipherSpec(
            Algorithm.AES,
            CipherSpec.Mode.CBC,
            IvGenerator.PLAIN64,
            Optional.empty(),
            OLD_KEY_BYTES);
    return new DiskCipher(spec, key, OLD_SECTOR);
  }

  /** What it does. */
  public CipherSpec spec() {
    return spec;
  }

  /** The unit that is encrypted by itself, bytes. */
  public int sectorSize() {
    return sectorSize;
  }

  /** The same for one thread. */
  public SectorCipher newSectorCipher() {
    return new SectorCipher(spec, key, sectorSize);
  }

  @Override
  public void close() {
    key.close();
  }
}
