package dev.platter.benchmarks.race;

/**
 * What a disk holds.
 *
 * @param name the name in rows and of files
 * @param size the guest disk's size in bytes
 * @param content where its bytes come from
 * @param bytes how many bytes of that there are, about
 */
record DataSet(String name, long size, Content content, long bytes) {
  private static final long MIB = 1 << 20;
  private static final long GIB = 1 << 30;

  /** Where bytes come from. */
  enum Content {
    /** A partition with an ext4 file system that holds files of this machine's own system. */
    FILES,
    /** The disk {@link #SYSTEM}, at equal distances. */
    COPIES,
    /** Random bytes, which nothing compresses; the second half of the disk is a hole. */
    NOISE,
    /** Holes, to which a tenth of the disk is mapped in small pieces; qcow2 only. */
    TABLES,
    NOTHING
  }

  static final DataSet SMALL = files("small", 2 * GIB, 128 * MIB);
  static final DataSet SYSTEM = files("system", 10 * GIB, 512 * MIB);
  static final DataSet LARGE = files("large", 10 * GIB, 4352 * MIB);
  static final DataSet SPARSE = new DataSet("sparse64G", 64 * GIB, Content.COPIES, GIB);
  static final DataSet NOISE = new DataSet("noise", GIB, Content.NOISE, 512 * MIB);

  static final DataSet TABLES = new DataSet("tables1T", 1024 * GIB, Content.TABLES, 0);

  static DataSet files(String name, long size, long bytes) {
    return new DataSet(name, size, Content.FILES, bytes);
  }

  static DataSet empty(long gibibytes) {
    String name = gibibytes < 1024 ? "empty" + gibibytes + "G" : "empty" + gibibytes / 1024 + "T";
    return new DataSet(name, gibibytes * GIB, Content.NOTHING, 0);
  }

  /** So many system disks, one after the other. */
  static DataSet copies(int number) {
    String name = "system-times-" + number;
    return new DataSet(name, number * SYSTEM.size, Content.COPIES, number * SYSTEM.bytes);
  }
}
