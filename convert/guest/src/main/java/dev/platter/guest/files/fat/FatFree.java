package dev.platter.guest.files.fat;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FreeSink;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Arrays;

/**
 * The free clusters of FAT12, FAT16 and FAT32 ("FAT32 File System Specification", 4): those that
 * the table has a zero for. All copies of the table must be the same, the volume unmounted, and the
 * number that FAT32 keeps of them right.
 */
public final class FatFree {
  private static final int PIECE = 3 << 16; // whole entries of 12 bits, too
  private static final int CLEAN_16 = 0x8000;
  private static final int NO_ERRORS_16 = 0x4000;
  private static final int CLEAN_32 = 0x08000000;
  private static final int NO_ERRORS_32 = 0x04000000;
  private static final int DIRTY = 3; // in the boot sector, as Windows has it
  private static final long UNKNOWN = 0xFFFFFFFFL;

  private final Source volume;
  private final FatBootSector boot;
  private final FatTable table;
  private final Bytes head;
  private long first = -1;
  private long free;

  private FatFree(Source volume, FatBootSector boot, Bytes head) {
    this.volume = volume;
    this.boot = boot;
    this.table = new FatTable(volume, boot);
    this.head = head;
  }

  /**
   * Tells the free clusters of a volume that holds one of these.
   *
   * @throws IOException if it is in use or contradicts itself
   */
  public static void find(Source volume, FreeSink sink) throws IOException {
    Bytes head = volume.read(0, FatBootSector.LENGTH);
    FatBootSector boot =
        FatBootSector.parse(head)
            .orElseThrow(() -> Fault.on(volume.name()).corrupt("no boot sector of FAT"));
    new FatFree(volume, boot, head).run(sink);
  }

  private void run(FreeSink sink) throws IOException {
    head.require(boot.size() <= volume.size(), "it is larger than its volume");
    long entries = boot.clusters() + FatTable.FIRST_CLUSTER;
    head.require(
        entries * boot.bits() <= boot.fatLength() * 8,
        entries + " entries do not fit the table, which has " + boot.fatLength() + " bytes");
    requireClean();
    requireSameCopies();
    for (long cluster = FatTable.FIRST_CLUSTER; cluster < entries; ) {
      cluster = take(cluster, entries, sink);
    }
    end(entries, sink);
    requireCount();
  }

  private void requireClean() throws IOException {
    int flags = head.u8(boot.bits() == 32 ? 65 : 37);
    head.require((flags & DIRTY) == 0, "it was not unmounted, or has errors");
    long state = table.next(1);
    if (boot.bits() == 16) {
      head.require((state & CLEAN_16) != 0, "it was not unmounted");
      head.require((state & NO_ERRORS_16) != 0, "it has errors");
    } else if (boot.bits() == 32) {
      head.require((state & CLEAN_32) != 0, "it was not unmounted");
      head.require((state & NO_ERRORS_32) != 0, "it has errors");
      head.require((head.u16(40) & 0x80) == 0, "only one of its tables is kept");
    }
    head.require((table.next(0) & 0xFF) == head.u8(21), "the table begins with another sign");
  }

  private void requireSameCopies() throws IOException {
    int copies = head.u8(16);
    for (int copy = 1; copy < copies; copy++) {
      for (long at = 0; at < boot.fatLength(); at += PIECE) {
        long length = Math.min(boot.fatLength() - at, PIECE);
        byte[] one = volume.read(boot.fatOffset() + at, length).array();
        byte[] other = volume.read(boot.fatOffset() + copy * boot.fatLength() + at, length).array();
        head.require(Arrays.equals(one, other), "its tables differ");
      }
    }
  }

  /** Looks at the entries of one piece of the table; answers the first one behind it. */
  private long take(long from, long end, FreeSink sink) throws IOException {
    int bits = boot.bits();
    long start = from * bits / 8;
    long piece = start - start % PIECE;
    int length = (int) Math.min(PIECE, boot.fatLength() - piece);
    Bytes bytes = volume.read(boot.fatOffset() + piece, length);
    long last = Math.min(end, (piece + length) * 8 / bits);
    long base = piece * 8 / bits;
    for (long cluster = from; cluster < last; cluster++) {
      long at = (cluster - base) * bits / 8;
      long entry =
          switch (bits) {
            case 12 -> bytes.u16(at) >> (cluster % 2 == 0 ? 0 : 4) & 0xFFF;
            case 16 -> bytes.u16(at);
            default -> bytes.u32(at) & 0xFFFFFFF;
          };
      if (entry != 0) {
        end(cluster, sink);
      } else if (first < 0) {
        first = cluster;
      }
    }
    return last;
  }

  /** Ends a run of free clusters, if there is one. */
  private void end(long cluster, FreeSink sink) throws IOException {
    if (first >= 0) {
      free += cluster - first;
      sink.free(table.offsetOf(first), (cluster - first) * boot.clusterSize());
      first = -1;
    }
  }

  private void requireCount() throws IOException {
    int sector = head.u16(48);
    if (boot.bits() != 32 || sector == 0 || sector == 0xFFFF) {
      return;
    }
    Bytes info = volume.read((long) sector * head.u16(11), 512);
    if (info.has(0, "RRaA") && info.has(484, "rrAa") && info.u32(488) != UNKNOWN) {
      info.require(
          info.u32(488) == free, info.u32(488) + " free clusters are told, there are " + free);
    }
  }
}
