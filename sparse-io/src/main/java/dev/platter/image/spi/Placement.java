package dev.platter.image.spi;

import dev.platter.cipher.DiskCipher;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.lang.foreign.MemorySegment;

/**
 * Where a writer wants bytes to go. Whoever asked carries it out; placements of one writer never
 * overlap.
 */
public sealed interface Placement {
  WritableStorage storage();

  long hostOffset();

  long length();

  /** Write these bytes. */
  record Write(WritableStorage storage, long hostOffset, MemorySegment bytes) implements Placement {
    @Override
    public long length() {
      return bytes.byteSize();
    }
  }

  /** Copy from another storage. */
  record Copy(
      WritableStorage storage, long hostOffset, Storage source, long sourceOffset, long length)
      implements Placement {}

  /**
   * What another placement brings there, encrypted: whole sectors of the cipher. Zeros become
   * encrypted zeros.
   *
   * @param cipher stays its image's
   * @param cipherOffset where the first byte lies in what the cipher counts its sectors in, bytes
   */
  record Encrypted(Placement plain, DiskCipher cipher, long cipherOffset) implements Placement {
    @Override
    public WritableStorage storage() {
      return plain.storage();
    }

    @Override
    public long hostOffset() {
      return plain.hostOffset();
    }

    @Override
    public long length() {
      return plain.length();
    }
  }

  /** Make the range read as zeros. */
  record Zero(WritableStorage storage, long hostOffset, long length) implements Placement {}
}
