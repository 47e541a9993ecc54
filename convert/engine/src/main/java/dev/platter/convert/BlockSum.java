package dev.platter.convert;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.OptionalLong;

/**
 * The second step of {@link BlockDigest}: makes one digest of those of all blocks, in order. It
 * takes bytes, zeros that it does not look at, and digests of whole blocks that others made. For
 * one thread at a time.
 */
final class BlockSum {
  static final int BLOCK_BYTES = 1 << 20;

  private final MessageDigest whole = DiskDigest.algorithm("sha256");
  private final MessageDigest block = DiskDigest.algorithm("sha256");
  private final byte[] zeros = new byte[BLOCK_BYTES];
  private final byte[] ofZeros = DiskDigest.algorithm("sha256").digest(zeros);

  /** What would go into {@code whole}, while the size that comes first is not known; else null. */
  private final ByteArrayOutputStream early;

  private long at;

  /** Whether bytes of a block came, and not all. */
  private boolean isOpen;

  /**
   * @param size of the disk, where it is known
   */
  BlockSum(OptionalLong size) {
    early = size.isPresent() ? null : new ByteArrayOutputStream();
    size.ifPresent(this::addSize);
  }

  private void addSize(long size) {
    whole.update(ByteBuffer.allocate(Long.BYTES).putLong(0, size));
  }

  private void add(byte[] digest) {
    if (early == null) {
      whole.update(digest);
    } else {
      early.writeBytes(digest);
    }
  }

  /** A whole block follows, or what the disk has of its last one. */
  void addBlock(byte[] digest, long length) {
    add(digest);
    at += length;
  }

  /** Bytes follow. */
  void add(MemorySegment bytes) {
    for (long done = 0; done < bytes.byteSize(); ) {
      long count = Math.min(BLOCK_BYTES - at % BLOCK_BYTES, bytes.byteSize() - done);
      block.update(bytes.asSlice(done, count).asByteBuffer());
      passed(count);
      done += count;
    }
  }

  /** All from here up to {@code end} is zero. */
  void addZeros(long end) {
    while (at < end) {
      long count = Math.min(BLOCK_BYTES - at % BLOCK_BYTES, end - at);
      if (count == BLOCK_BYTES) {
        addBlock(ofZeros, BLOCK_BYTES);
      } else {
        block.update(zeros, 0, (int) count);
        passed(count);
      }
    }
  }

  private void passed(long count) {
    at += count;
    isOpen = at % BLOCK_BYTES != 0;
    if (!isOpen) {
      add(block.digest());
    }
  }

  /** The digest of a disk that ends here. */
  byte[] end() {
    if (isOpen) {
      add(block.digest());
    }
    if (early != null) {
      addSize(at);
      whole.update(early.toByteArray());
    }
    return whole.digest();
  }
}
