package dev.platter.vhdx;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;

/**
 * What the metadata says of the disk (2.6.2), and what follows from it for the block allocation
 * table (2.5).
 */
record DiskLayout(
    long size, int blockSize, int logicalSectorSize, boolean hasParent, boolean leaveAllocated) {
  static final long MAX_SIZE = 64L << 40;
  static final int MIN_BLOCK_SIZE = 1 << 20;
  static final int MAX_BLOCK_SIZE = 256 << 20;

  private static final long SECTORS_PER_CHUNK = 1 << 23;

  /**
   * @throws CorruptImageException if the numbers cannot be those of a disk
   */
  void check() throws CorruptImageException {
    if (blockSize < MIN_BLOCK_SIZE
        || blockSize > MAX_BLOCK_SIZE
        || Integer.bitCount(blockSize) != 1) {
      throw Fault.UNPLACED
          .actual(Integer.toUnsignedString(blockSize))
          .expected("a power of two from 1 MiB to 256 MiB")
          .corrupt("block size");
    }
    if (logicalSectorSize != 512 && logicalSectorSize != 4096) {
      throw Fault.UNPLACED
          .actual(Integer.toUnsignedString(logicalSectorSize))
          .expected("512 or 4096")
          .corrupt("logical sector size");
    }
    if (size < 0 || size > MAX_SIZE || size % logicalSectorSize != 0) {
      throw Fault.UNPLACED
          .actual(Long.toUnsignedString(size) + " bytes")
          .corrupt("the disk's size is impossible:");
    }
  }

  /** The same disk with another size. */
  DiskLayout resized(long newSize) {
    return new DiskLayout(newSize, blockSize, logicalSectorSize, hasParent, leaveAllocated);
  }

  /** Payload blocks of the disk. */
  long blocks() {
    return Math.ceilDiv(size, blockSize);
  }

  /** Payload blocks that share a sector bitmap block. */
  long chunkRatio() {
    return SECTORS_PER_CHUNK * logicalSectorSize / blockSize;
  }

  /** The entries of the table. */
  long entries() {
    long blocks = blocks();
    if (blocks == 0) {
      return 0;
    }
    return hasParent
        ? Math.ceilDiv(blocks, chunkRatio()) * (chunkRatio() + 1)
        : blocks + (blocks - 1) / chunkRatio();
  }

  /** The table's entry of a payload block. */
  long entryOf(long block) {
    return block + block / chunkRatio();
  }

  /** The table's entry of the sector bitmap block that tells of a payload block. */
  long bitmapEntryOf(long block) {
    return block / chunkRatio() * (chunkRatio() + 1) + chunkRatio();
  }

  int sectorsPerBlock() {
    return blockSize / logicalSectorSize;
  }

  /** Where in its sector bitmap block the bits of a payload block begin, bytes. */
  long bitsOffset(long block) {
    return block % chunkRatio() * (sectorsPerBlock() / Byte.SIZE);
  }
}
