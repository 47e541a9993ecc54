package dev.platter.guest.files.fat;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;

/** The table that tells for each cluster of a volume which one follows it. */
record FatTable(Source volume, FatBootSector boot) {
  static final int FIRST_CLUSTER = 2;

  /** What the table says of a cluster that there is. */
  long next(long cluster) throws IOException {
    Bytes bytes = volume.readUpTo(boot.fatOffset() + cluster * boot.bits() / 8, 4);
    return switch (boot.bits()) {
      case 12 -> cluster % 2 == 0 ? bytes.u16(0) & 0xFFF : bytes.u16(0) >> 4;
      case 16 -> bytes.u16(0);
      default -> bytes.u32(0) & 0xFFFFFFF;
    };
  }

  /** Whether there is a cluster of that number. */
  boolean has(long cluster) {
    return cluster >= FIRST_CLUSTER && cluster < boot.clusters() + FIRST_CLUSTER;
  }

  /** Where a cluster lies in the volume. */
  long offsetOf(long cluster) {
    return boot.dataOffset() + (cluster - FIRST_CLUSTER) * boot.clusterSize();
  }
}
