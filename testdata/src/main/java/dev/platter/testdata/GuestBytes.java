package dev.platter.testdata;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What a guest reads of a layer that may be damaged, sector by sector: bytes, nothing of its own,
 * or an error. Only the front of a large disk.
 */
final class GuestBytes {
  private static final int SECTOR = 512;
  private static final int MOST = 4 << 20;

  private static final byte READ = 1;
  private static final byte ABSENT = 2;
  private static final byte FAILED = 3;

  private final long size;
  private final byte[] bytes;
  private final byte[] kinds;

  private GuestBytes(long size) {
    this.size = size;
    this.bytes = new byte[(int) Math.min(size, MOST)];
    this.kinds = new byte[Math.ceilDiv(bytes.length, SECTOR)];
  }

  /**
   * @param overParent whether what is absent shows a parent, and differs from zeros
   */
  static GuestBytes of(BlockMap map, boolean overParent) {
    GuestBytes seen = new GuestBytes(map.size());
    try (GuestReader reader = new GuestReader()) {
      int end = seen.bytes.length;
      for (int at = 0; at < end; ) {
        int next = Math.min(end, at + SECTOR);
        byte kind = FAILED;
        try {
          Extent extent = map.extentAt(at, end);
          boolean absent = overParent && extent instanceof Extent.Absent;
          seen.read(reader, extent, at);
          next = (int) extent.end();
          kind = absent ? ABSENT : READ;
        } catch (IOException e) {
          kind = seen.readSector(reader, map, at, next) ? READ : FAILED;
        }
        Arrays.fill(seen.kinds, at / SECTOR, Math.ceilDiv(next, SECTOR), kind);
        at = next;
      }
    }
    return seen;
  }

  private void read(GuestReader reader, Extent extent, int at) throws IOException {
    reader.read(extent, MemorySegment.ofArray(bytes).asSlice(at, extent.length()));
  }

  private boolean readSector(GuestReader reader, BlockMap map, int at, int end) {
    try {
      read(reader, map.extentAt(at, end), at);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether nothing at all can be read. */
  boolean isLost() {
    for (byte kind : kinds) {
      if (kind != FAILED) {
        return false;
      }
    }
    return true;
  }

  /** The first thing that could be read here and reads otherwise there; empty: there is none. */
  String lostIn(GuestBytes after) {
    if (after.size != size) {
      return "the disk has " + after.size + " bytes, had " + size;
    }
    for (int i = 0; i < kinds.length; i++) {
      int from = i * SECTOR;
      int to = Math.min(bytes.length, from + SECTOR);
      if (kinds[i] != FAILED
          && (kinds[i] != after.kinds[i]
              || !Arrays.equals(bytes, from, to, after.bytes, from, to))) {
        return "guest offset 0x"
            + Integer.toHexString(from)
            + (after.kinds[i] == FAILED ? " cannot be read any more" : " reads otherwise");
      }
    }
    return "";
  }
}
