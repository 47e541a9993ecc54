package dev.platter.guest.files.exfat;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The boot sector ("exFAT file system specification", 3.1). Offsets and lengths are bytes.
 *
 * @param fatOffset where the table lies that is in use
 * @param heapOffset where cluster 2 lies
 * @param tables how many tables there are: two of TexFAT, else one
 * @param flags {@link #DIRTY} and others
 */
record ExfatBootSector(
    int sectorSize,
    int clusterSize,
    long clusters,
    long size,
    long fatOffset,
    long fatLength,
    long heapOffset,
    long root,
    int tables,
    int flags,
    String serial) {
  static final int LENGTH = 512;
  static final int FIRST_CLUSTER = 2;

  /** The second table and the second map of clusters are those in use. */
  static final int SECOND_IS_ACTIVE = 1;

  static final int DIRTY = 2;
  static final int MEDIA_FAILED = 4;

  private static final int SMALLEST_SECTOR_LOG = 9;
  private static final int LARGEST_SECTOR_LOG = 12;
  private static final int LARGEST_CLUSTER_LOG = 25;
  private static final long MAX_SECTORS = 1L << 51;
  private static final long MAX_CLUSTERS = 0xFFFFFFF5L;

  static boolean isOne(Bytes head) throws CorruptImageException {
    return head.has(3, "EXFAT   ");
  }

  static ExfatBootSector parse(Bytes bytes) throws CorruptImageException {
    int sectorLog = bytes.u8(108);
    int clusterLog = sectorLog + bytes.u8(109);
    bytes.require(
        sectorLog >= SMALLEST_SECTOR_LOG
            && sectorLog <= LARGEST_SECTOR_LOG
            && clusterLog <= LARGEST_CLUSTER_LOG,
        "sectors of 2^" + sectorLog + " bytes, clusters of 2^" + clusterLog);
    long sectors = bytes.i64(72);
    bytes.require(sectors > 0 && sectors <= MAX_SECTORS, sectors + " sectors");
    int tables = bytes.u8(110);
    bytes.require(tables == 1 || tables == 2, tables + " tables of clusters");
    long clusters = bytes.u32(92);
    bytes.require(clusters <= MAX_CLUSTERS, clusters + " clusters");
    int flags = bytes.u16(106);
    long fatLength = bytes.u32(84) << sectorLog;
    bytes.require(
        fatLength / Integer.BYTES >= clusters + FIRST_CLUSTER,
        "a table of " + fatLength + " bytes for " + clusters + " clusters");
    boolean second = tables == 2 && (flags & SECOND_IS_ACTIVE) != 0;
    String serial = HexFormat.of().toHexDigits(bytes.i32(100)).toUpperCase(Locale.ROOT);
    return new ExfatBootSector(
        1 << sectorLog,
        1 << clusterLog,
        clusters,
        sectors << sectorLog,
        (bytes.u32(80) << sectorLog) + (second ? fatLength : 0),
        fatLength,
        bytes.u32(88) << sectorLog,
        bytes.u32(96),
        tables,
        flags,
        serial.substring(0, 4) + "-" + serial.substring(4));
  }

  /** Whether there is a cluster of that number. */
  boolean has(long cluster) {
    return cluster >= FIRST_CLUSTER && cluster < clusters + FIRST_CLUSTER;
  }

  /** Where a cluster lies. */
  long offsetOf(long cluster) {
    return heapOffset + (cluster - FIRST_CLUSTER) * clusterSize;
  }
}
