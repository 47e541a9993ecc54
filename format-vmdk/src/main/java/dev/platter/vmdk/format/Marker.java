package dev.platter.vmdk.format;

import java.lang.foreign.MemorySegment;

/**
 * What stands before each part of a stream-optimized file ("Markers"). Before a grain: its guest
 * sector and the bytes of its stream, which follows at once. Before metadata: the sectors of it,
 * size zero, and the type; it begins a sector of its own.
 *
 * @param value a grain's guest sector, or the sectors of metadata that follow
 * @param size bytes of a grain's stream; 0: metadata
 * @param type what the metadata is; without meaning before a grain
 */
public record Marker(long value, int size, int type) {
  public static final int END_OF_STREAM = 0;
  public static final int GRAIN_TABLE = 1;
  public static final int GRAIN_DIRECTORY = 2;
  public static final int FOOTER = 3;

  /** The bytes of a grain marker; the stream follows. */
  public static final int GRAIN_LENGTH = 12;

  /** Before metadata. */
  public static Marker metadata(int type, long sectors) {
    return new Marker(sectors, 0, type);
  }

  /** Takes a marker from its first 16 bytes. */
  public static Marker parse(MemorySegment bytes) {
    return new Marker(
        bytes.get(SparseHeader.LONG, 0),
        bytes.get(SparseHeader.INT, 8),
        bytes.get(SparseHeader.INT, 12));
  }

  /** Writes a grain marker, {@link #GRAIN_LENGTH} bytes. */
  public static void writeGrain(long sector, int size, MemorySegment target) {
    writeSector(sector, target);
    target.set(SparseHeader.INT, 8, size);
  }

  /** Says in a grain marker which guest sector the grain begins with. */
  public static void writeSector(long sector, MemorySegment target) {
    target.set(SparseHeader.LONG, 0, sector);
  }

  /** Writes a metadata marker, one sector of it. */
  public void writeTo(MemorySegment sector) {
    sector.asSlice(0, SparseHeader.SECTOR).fill((byte) 0);
    sector.set(SparseHeader.LONG, 0, value);
    sector.set(SparseHeader.INT, 8, size);
    sector.set(SparseHeader.INT, 12, type);
  }
}
