package dev.platter.vhdx;

import static dev.platter.vhdx.Guid.INT;
import static dev.platter.vhdx.Guid.LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Where the regions of the file are (2.2.3). */
record RegionTable(List<Region> regions) {
  static final int LENGTH = 64 << 10;
  static final long[] OFFSETS = {192 << 10, 256 << 10};
  static final int MAX_ENTRIES = 2047;

  /** "regi". */
  static final int SIGNATURE = 0x6967_6572;

  private static final int FIRST_ENTRY = 16;
  private static final int ENTRY_LENGTH = 32;

  RegionTable {
    regions = List.copyOf(regions);
  }

  /**
   * One region.
   *
   * @param required whether a reader that does not know it must not read the file
   */
  record Region(UUID id, long offset, long length, boolean required) {
    long end() {
      return offset + length;
    }

    boolean meets(long from, long to) {
      return offset < to && end() > from;
    }
  }

  static boolean isSound(MemorySegment bytes) {
    return bytes.get(INT, 0) == SIGNATURE
        && Integer.compareUnsigned(bytes.get(INT, 8), MAX_ENTRIES) <= 0
        && Crc.isRight(bytes);
  }

  static RegionTable parse(MemorySegment bytes) {
    List<Region> regions = new ArrayList<>();
    for (int i = 0; i < bytes.get(INT, 8); i++) {
      long at = FIRST_ENTRY + (long) i * ENTRY_LENGTH;
      regions.add(
          new Region(
              Guid.read(bytes, at),
              bytes.get(LONG, at + 16),
              Integer.toUnsignedLong(bytes.get(INT, at + 24)),
              (bytes.get(INT, at + 28) & 1) != 0));
    }
    return new RegionTable(regions);
  }

  void writeTo(MemorySegment bytes) {
    bytes.fill((byte) 0);
    bytes.set(INT, 0, SIGNATURE);
    bytes.set(INT, 8, regions.size());
    for (int i = 0; i < regions.size(); i++) {
      long at = FIRST_ENTRY + (long) i * ENTRY_LENGTH;
      Region region = regions.get(i);
      Guid.write(bytes, at, region.id());
      bytes.set(LONG, at + 16, region.offset());
      bytes.set(INT, at + 24, (int) region.length());
      bytes.set(INT, at + 28, region.required() ? 1 : 0);
    }
    Crc.seal(bytes);
  }
}
