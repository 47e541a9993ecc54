package dev.platter.qcow2.write;

import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.Qcow2Header;
import java.lang.foreign.MemorySegment;

/** One L2 table in the making. */
public final class L2Table {
  private final Geometry geometry;
  private final MemorySegment bytes;

  L2Table(Geometry geometry) {
    this.geometry = geometry;
    this.bytes = MemorySegment.ofArray(new byte[geometry.clusterSize()]);
  }

  /** The table as it stands, not a copy. */
  MemorySegment bytes() {
    return bytes;
  }

  /**
   * Sets one entry.
   *
   * @param index the entry's place in this table
   * @param bitmap the subclusters' status, 0 where entries have none
   */
  void set(int index, long entry, long bitmap) {
    long at = (long) index * geometry.l2EntrySize();
    bytes.set(Qcow2Header.LONG, at, entry);
    if (geometry.extendedL2()) {
      bytes.set(Qcow2Header.LONG, at + Long.BYTES, bitmap);
    }
  }

  /**
   * The status of subclusters: one bit each for those that hold data, and those that read as zeros.
   */
  public static long bitmap(int data, int zero) {
    return Integer.toUnsignedLong(zero) << Entries.SUBCLUSTERS | Integer.toUnsignedLong(data);
  }

  /**
   * Says that a cluster for which no space is set aside reads as zeros, wholly or in some of its
   * subclusters.
   */
  void setZero(int index, int zero) {
    if (geometry.extendedL2()) {
      set(index, 0, bitmap(0, zero));
    } else {
      set(index, Entries.ZERO, 0);
    }
  }
}
