package dev.platter.toy;

import dev.platter.image.Fault;
import dev.platter.image.Limits;
import dev.platter.image.Sizes;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The header: eight bytes of magic, then the size of the disk in bytes.
 *
 * @param size of the guest disk, bytes
 */
record ToyHeader(long size) {
  static final int LENGTH = 4096;
  static final int BLOCK = 64 << 10;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long MAGIC = 0x31594f5454414c50L; // "PLATTOY1"
  private static final long MAGIC_AT = 0;
  private static final long SIZE_AT = 8;
  private static final long MAX_BLOCKS = Integer.MAX_VALUE - 1;

  static boolean isIn(MemorySegment head) {
    return head.byteSize() >= LENGTH && head.get(LONG, MAGIC_AT) == MAGIC;
  }

  static ToyHeader parse(MemorySegment bytes) {
    return new ToyHeader(bytes.get(LONG, SIZE_AT));
  }

  void writeTo(MemorySegment bytes) {
    bytes.set(LONG, MAGIC_AT, MAGIC);
    bytes.set(LONG, SIZE_AT, size);
  }

  /** Reads and checks it: whatever it says afterwards may be used as it is. */
  static ToyHeader read(Storage storage, Limits limits) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[LENGTH]);
    if (storage.read(0, bytes) < LENGTH || !isIn(bytes)) {
      throw Fault.in("toy", storage.name()).at(0).corrupt("no header of a toy disk at 0x0");
    }
    ToyHeader header = parse(bytes);
    if (!isPossible(header.size) || header.size > limits.maxVirtualSize()) {
      throw Fault.in("toy", storage.name()).corrupt("a disk of " + header.size + " bytes");
    }
    if (LENGTH + header.tableBytes() > storage.size()) {
      throw Fault.in("toy", storage.name()).corrupt("the file ends within the table of blocks");
    }
    return header;
  }

  static boolean isPossible(long size) {
    return size >= 0 && Sizes.ceilDiv(size, BLOCK) <= MAX_BLOCKS;
  }

  long blocks() {
    return Sizes.ceilDiv(size, BLOCK);
  }

  long tableBytes() {
    return blocks() * Integer.BYTES;
  }

  /** Where a block lies in the file, by the word that the table has for it. */
  long hostOffset(int word) {
    return Sizes.roundUp(LENGTH + tableBytes(), BLOCK) + (Integer.toUnsignedLong(word) - 1) * BLOCK;
  }
}
