package dev.platter.wrap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** How numbers are read from the beginning of a file. */
final class Magic {
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The first of 16 magic numbers of skippable frames, which zstd and lz4 share. */
  static final int SKIPPABLE = 0x184d_2a50;

  private Magic() {}

  /** The magic number of the first frame that is not to be skipped; 0 if it is not in sight. */
  static int behindSkippable(MemorySegment head) {
    long at = 0;
    while (at + 2 * Integer.BYTES <= head.byteSize() && isSkippable(head.get(INT, at))) {
      at += 2 * Integer.BYTES + (head.get(INT, at + Integer.BYTES) & 0xffff_ffffL);
    }
    return at + Integer.BYTES <= head.byteSize() ? head.get(INT, at) : 0;
  }

  /** Whether a number begins a skippable frame. */
  static boolean isSkippable(int magic) {
    return (magic & -16) == SKIPPABLE;
  }
}
