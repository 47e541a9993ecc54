package dev.platter.guest.files.exfat;

import dev.platter.guest.files.Bits;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FreeSink;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The free clusters of exFAT, as its allocation bitmap has them ("exFAT file system specification",
 * 7.1.5). It keeps no number of them: each cluster of any file, directory or table must be in use
 * there, and of one thing only. The volume must be unmounted, its boot sectors and sets of entries
 * have right checksums, and nothing be on it that might have clusters in a way that is not known.
 */
public final class ExfatFree {
  private static final long MAX_MAP = 64 << 20;
  private static final int BOOT_SECTORS = 11;

  private final Source volume;
  private final ExfatBootSector boot;
  private final ExfatFileSystem files;
  private final Deque<ExfatEntry> directories = new ArrayDeque<>();
  private Bits map;
  private byte[] taken;

  private ExfatFree(Source volume, ExfatBootSector boot) {
    this.volume = volume;
    this.boot = boot;
    this.files = new ExfatFileSystem(volume, boot);
  }

  /**
   * Tells the free clusters of a volume that holds one of these.
   *
   * @throws IOException if it is in use or contradicts itself
   */
  public static void find(Source volume, FreeSink sink) throws IOException {
    Bytes head = volume.read(0, ExfatBootSector.LENGTH);
    head.require(ExfatBootSector.isOne(head), "no boot sector of exfat");
    new ExfatFree(volume, ExfatBootSector.parse(head)).run(sink);
  }

  private void run(FreeSink sink) throws IOException {
    long end = boot.offsetOf(boot.clusters() + ExfatBootSector.FIRST_CLUSTER);
    require(boot.size() <= volume.size(), "it is larger than its volume");
    require(
        end <= boot.size() && boot.heapOffset() >= boot.fatOffset() + boot.fatLength(),
        "its clusters do not lie behind their table and within the volume");
    require(boot.tables() == 1, "it has two tables of clusters");
    require((boot.flags() & ExfatBootSector.DIRTY) == 0, "it was not unmounted");
    require((boot.flags() & ExfatBootSector.MEDIA_FAILED) == 0, "it has bad clusters");
    requireSameSum();
    readMap();
    walk();
    map.clearRuns((first, count) ->
        sink.free(
            boot.offsetOf(first + ExfatBootSector.FIRST_CLUSTER), count * boot.clusterSize()));
  }

  private void require(boolean condition, String what) throws IOException {
    if (!condition) {
      throw Fault.on(volume.name()).corrupt(what);
    }
  }

  /**
   * The checksum of the first eleven sectors fills the twelfth; flags and fullness are not in it.
   */
  private void requireSameSum() throws IOException {
    byte[] sectors = volume.read(0, (long) BOOT_SECTORS * boot.sectorSize()).array();
    int sum = 0;
    for (int i = 0; i < sectors.length; i++) {
      if (i != 106 && i != 107 && i != 112) {
        sum = Integer.rotateRight(sum, 1) + (sectors[i] & 0xFF);
      }
    }
    Bytes told = volume.read((long) BOOT_SECTORS * boot.sectorSize(), boot.sectorSize());
    for (int at = 0; at < boot.sectorSize(); at += Integer.BYTES) {
      require(told.i32(at) == sum, "the checksum of its boot sectors is wrong");
    }
  }

  private void readMap() throws IOException {
    files.visit(
        files.rootEntry(),
        (at, type, set) -> {
          if (type == ExfatEntry.BITMAP) {
            require(map == null && set.u8(1) == 0, "it has several maps of clusters");
            Source stored = files.chain("allocation bitmap", ExfatAllocation.ofTable(set));
            map = Bits.read(stored, boot.clusters(), MAX_MAP);
          }
        });
    require(map != null, "it has no map of clusters");
    taken = new byte[(int) ((boot.clusters() + 7) / 8)];
  }

  /** Goes through all that has clusters. */
  private void walk() throws IOException {
    directories.push(files.rootEntry());
    take("root directory", files.rootEntry().allocation());
    boolean isRoot = true;
    while (!directories.isEmpty()) {
      boolean inRoot = isRoot;
      isRoot = false;
      files.visit(
          directories.pop(),
          (at, type, set) -> {
            volume.budget().renew();
            if (type == ExfatEntry.FILE) {
              takeFile(set);
            } else if (inRoot && (type == ExfatEntry.BITMAP || type == ExfatEntry.UP_CASE)) {
              take("table", ExfatAllocation.ofTable(set));
            } else {
              boolean isPlain =
                  inRoot && (type == ExfatEntry.LABEL || type == ExfatEntry.VOLUME_GUID);
              require(isPlain, "an entry of type 0x" + Integer.toHexString(type));
            }
          });
    }
  }

  private void takeFile(Bytes set) throws IOException {
    int sum = 0;
    for (int i = 0; i < set.length(); i++) {
      if (i != 2 && i != 3) {
        sum = ((sum & 1) << 15 | sum >> 1) + set.u8(i) & 0xFFFF;
      }
    }
    require(sum == set.u16(2), "the checksum of a directory entry is wrong");
    ExfatEntry entry = ExfatEntry.parse(set);
    take(entry.name(), entry.allocation());
    for (int at = 2 * ExfatEntry.LENGTH; at < set.length(); at += ExfatEntry.LENGTH) {
      if (set.u8(at) != ExfatEntry.NAME) { // what a vendor keeps with a file
        take(entry.name(), ExfatAllocation.ofOther(set.slice(at, ExfatEntry.LENGTH)));
      }
    }
    if (entry.isDirectory()) {
      directories.push(entry);
    }
  }

  private void take(String name, ExfatAllocation allocation) throws IOException {
    ExfatChain chain = files.chain(name, allocation);
    chain.eachRun((first, count) -> {
      long bit = first - ExfatBootSector.FIRST_CLUSTER;
      require(map.areSet(bit, count), "clusters of a file are free: " + count + " at " + first);
      for (long i = bit; i < bit + count; i++) {
        int mark = 1 << (i & 7);
        require((taken[(int) (i >>> 3)] & mark) == 0, "cluster " + (i + 2) + " is used twice");
        taken[(int) (i >>> 3)] |= (byte) mark;
      }
    });
  }
}
