package dev.platter.qcow2.check;

import dev.platter.image.CorruptImageException;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.SnapshotEntry;
import dev.platter.qcow2.format.SnapshotTable;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An L1 table that snapshots name, for a check.
 *
 * @param bytes its length
 * @param times how many snapshots name just this table
 */
record SnapshotL1(long offset, long bytes, long times) {
  private record Place(long offset, long bytes) {}

  /**
   * The tables of all snapshots, each once; tells of those that cannot be.
   *
   * @throws CorruptImageException if they claim more bytes than the file has: tables that overlap
   *     in great numbers could make a check take forever
   */
  static Collection<SnapshotL1> distinct(
      SnapshotTable table, ImageHead head, long fileSize, Findings findings)
      throws CorruptImageException {
    int clusterSize = head.header().clusterSize();
    Map<Place, SnapshotL1> tables = new LinkedHashMap<>();
    long claimed = 0;
    for (SnapshotEntry snapshot : table.entries()) {
      long bytes = Integer.toUnsignedLong(snapshot.l1Size()) * Long.BYTES;
      String who = "ERROR snapshot " + snapshot.id() + " (" + snapshot.name() + ") ";
      if ((snapshot.l1TableOffset() & clusterSize - 1) != 0) {
        findings.corruption(
            1,
            who
                + "l1_offset="
                + ImageHead.hex(snapshot.l1TableOffset())
                + ": L1 table is not cluster aligned; snapshot table entry corrupted");
      } else if (bytes > ImageHead.MAX_L1_BYTES) {
        findings.corruption(
            1,
            who
                + "l1_size="
                + ImageHead.hex(Integer.toUnsignedLong(snapshot.l1Size()))
                + ": L1 table is too large; snapshot table entry corrupted");
      } else {
        Place place = new Place(snapshot.l1TableOffset(), bytes);
        SnapshotL1 known = tables.get(place);
        claimed += known == null ? bytes : 0;
        tables.put(place, new SnapshotL1(place.offset, bytes, known == null ? 1 : known.times + 1));
      }
    }
    if (claimed > Math.max(fileSize, ImageHead.MAX_L1_BYTES)) {
      throw head.corrupt(
          "the L1 tables of the snapshots have " + claimed + " bytes, the file has " + fileSize);
    }
    return tables.values();
  }
}
