package dev.platter.raw;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The beginning of a block of LZ4 ("LZ4 Block Format Description"), of which the rest may be
 * missing: a library's decoder takes whole blocks only, and these have 8 MiB.
 */
final class Lz4Head {
  private static final int MIN_MATCH = 4;

  private final MemorySegment packed;
  private final byte[] content;
  private long in;
  private int out;

  private Lz4Head(MemorySegment packed, long from, int length) {
    this.packed = packed;
    this.in = from;
    this.content = new byte[length];
  }

  /** At most {@code length} bytes; fewer where the block ends, or is damaged. */
  static MemorySegment unpack(MemorySegment packed, long from, int length) {
    Lz4Head head = new Lz4Head(packed, from, length);
    boolean more = true;
    while (more && head.out < length) {
      more = head.sequence();
    }
    return MemorySegment.ofArray(head.content).asSlice(0, head.out);
  }

  /** Bytes as they are, then bytes that were there before; whether more may follow. */
  private boolean sequence() {
    int token = next();
    long literals = length(token >> 4);
    while (literals-- > 0 && out < content.length && in < packed.byteSize()) {
      content[out++] = (byte) next();
    }
    int distance = next() | next() << 8;
    if (in >= packed.byteSize() || distance == 0 || distance > out) {
      return false;
    }
    long match = length(token & 15) + MIN_MATCH;
    while (match-- > 0 && out < content.length) {
      content[out] = content[out - distance];
      out++;
    }
    return true;
  }

  private long length(int field) {
    long length = field;
    for (int more = 255; field == 15 && more == 255; length += more) {
      more = next();
    }
    return length;
  }

  /** Zero behind the end. */
  private int next() {
    return in < packed.byteSize() ? packed.get(ValueLayout.JAVA_BYTE, in++) & 0xFF : 0;
  }
}
