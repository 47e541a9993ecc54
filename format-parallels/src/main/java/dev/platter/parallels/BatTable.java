package dev.platter.parallels;

import dev.platter.storage.Table;
import java.io.IOException;
import java.nio.ByteOrder;

/** The BAT of an image in the file: for each cluster of the disk its place. */
class BatTable {
  /** The entry of a cluster that is not in the file. */
  static final int FREE = 0;

  /** How many clusters that follow each other are one answer, at most. */
  private static final int MOST_CONSECUTIVE = 1 << 15;

  private final Table table;
  private final long step;

  BatTable(ParallelsHead head) {
    this.table =
        head.storage().table(ParallelsHeader.LENGTH, head.header().batEntries() * Integer.BYTES);
    this.step = head.header().entryStep();
  }

  int entryAt(long cluster) throws IOException {
    return table.intAt(cluster * Integer.BYTES, ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * The first cluster after a run of clusters that are free as {@code cluster} is; a long run may
   * go on there.
   *
   * @param end where to stop looking
   */
  long endOfFree(long cluster, long end) throws IOException {
    return table.endOfEqualInts(cluster * Integer.BYTES, end * Integer.BYTES) / Integer.BYTES;
  }

  /** The first cluster after a run of clusters that follow each other in the file too. */
  long endOfConsecutive(long cluster, int entry, long end) throws IOException {
    long last = Math.min(end, cluster + MOST_CONSECUTIVE);
    long at = cluster + 1;
    long expected = Integer.toUnsignedLong(entry) + step;
    while (at < last && Integer.toUnsignedLong(entryAt(at)) == expected) {
      at++;
      expected += step;
    }
    return at;
  }
}
