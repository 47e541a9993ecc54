package dev.platter.vhd;

/**
 * Cylinders, heads and sectors, as the footer holds them ("Disk Geometry" and the appendix
 * "Calculating CHS Values").
 */
record DiskGeometry(int cylinders, int heads, int sectorsPerTrack) {
  /** The largest geometry; a disk that has it is as large as the footer's current size says. */
  static final DiskGeometry MAX = new DiskGeometry(65535, 16, 255);

  private static final int MAX_HEADS = 16;
  private static final int MAX_CYLINDERS = 1024;

  /** The sectors that it addresses. */
  long sectors() {
    return (long) cylinders * heads * sectorsPerTrack;
  }

  /** Whether there is none for a larger disk. */
  boolean isMax() {
    return sectors() >= MAX.sectors();
  }

  /** The geometry of a disk of that many sectors; it addresses as many or somewhat fewer. */
  static DiskGeometry of(long totalSectors) {
    long sectors = Math.min(totalSectors, MAX.sectors());
    if (sectors >= 65535L * MAX_HEADS * 63) {
      return with(sectors, MAX_HEADS, 255);
    }
    long tracks = sectors / 17;
    int heads = Math.clamp((tracks + MAX_CYLINDERS - 1) / MAX_CYLINDERS, 4, Integer.MAX_VALUE);
    if (heads <= MAX_HEADS && tracks < (long) heads * MAX_CYLINDERS) {
      return with(sectors, heads, 17);
    }
    tracks = sectors / 31;
    return with(sectors, MAX_HEADS, tracks < MAX_HEADS * MAX_CYLINDERS ? 31 : 63);
  }

  /**
   * The geometry of the smallest disk that holds {@code sectors} and has a geometry of exactly its
   * own size; {@link #MAX} where there is none.
   */
  static DiskGeometry holding(long sectors) {
    long wanted = Math.min(sectors, MAX.sectors());
    DiskGeometry geometry = of(wanted);
    for (long more = 1; geometry.sectors() < wanted; more++) {
      geometry = of(wanted + more);
    }
    return geometry;
  }

  private static DiskGeometry with(long sectors, int heads, int sectorsPerTrack) {
    return new DiskGeometry((int) (sectors / sectorsPerTrack / heads), heads, sectorsPerTrack);
  }
}
