package dev.platter.image;

import dev.platter.cipher.DiskCipher;
import java.io.IOException;

/**
 * How a disk's bytes are encrypted where an image stores them: each sector by itself, with its
 * number. Compressed blocks are not.
 *
 * @param cipher for its image to close
 * @param numbering what the sectors are counted on
 * @param start where the first one lies in what the cipher counts, bytes
 */
public record DiskEncryption(DiskCipher cipher, Numbering numbering, long start) {
  /** What sectors are counted on. */
  public enum Numbering {
    /** The guest's disk. */
    DISK,
    /** The file that holds them. */
    FILE
  }

  /** Counted from the beginning of the disk, or of the file. */
  public DiskEncryption(DiskCipher cipher, Numbering numbering) {
    this(cipher, numbering, 0);
  }

  /** Where the cipher counts a byte of the disk that lies there, bytes. */
  public long cipherOffset(long guestOffset, long hostOffset) {
    return start + (numbering == Numbering.DISK ? guestOffset : hostOffset);
  }

  /** The disk that a map of encrypted runs amounts to; data of the map are what is encrypted. */
  public BlockMap over(BlockMap stored) {
    return new Decrypted(stored, this);
  }

  private record Decrypted(BlockMap stored, DiskEncryption encryption) implements BlockMap {
    @Override
    public long size() {
      return stored.size();
    }

    @Override
    public int blockSize() {
      return stored.blockSize();
    }

    @Override
    public Extent extentAt(long offset, long limit) throws IOException {
      Extent extent = stored.extentAt(offset, limit);
      return extent instanceof Extent.Data data ? encryption.ciphered(data) : extent;
    }
  }

  private Extent.Ciphered ciphered(Extent.Data data) {
    return new Extent.Ciphered(
        data.offset(),
        data.length(),
        cipher,
        cipherOffset(data.offset(), data.hostOffset()),
        data.storage(),
        data.hostOffset());
  }
}
