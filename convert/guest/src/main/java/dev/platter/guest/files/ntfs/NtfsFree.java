package dev.platter.guest.files.ntfs;

import dev.platter.guest.files.Bits;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FreeSink;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.ntfs.NtfsRecord.Attribute;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Optional;

/**
 * The free clusters of NTFS, as its {@code $Bitmap} has them. NTFS keeps no number of them: each
 * cluster that any record of the file table names must be in use there. The volume must be marked
 * clean, its log empty, and no system asleep on it.
 */
public final class NtfsFree {
  private static final int LOG_FILE = 2;
  private static final int VOLUME = 3;
  private static final int BITMAP = 6;
  private static final int VOLUME_INFORMATION = 0x70;
  private static final int MODIFIED_BY_CHECK = 0x8000;
  private static final long MAX_MAP = 64 << 20;
  private static final int NO_CLIENT = 0xFFFF;
  private static final int LOG_IS_CLEAN = 2;
  private static final int PAGE = 4096;
  private static final int CHUNK = 1 << 18;
  private static final String HIBERNATION_FILE = "hiberfil.sys";

  private final Source volume;
  private final NtfsBootSector boot;
  private final NtfsFileSystem files;

  private NtfsFree(Source volume, NtfsBootSector boot) throws IOException {
    this.volume = volume;
    this.boot = boot;
    this.files = NtfsFileSystem.open(volume, boot);
  }

  /**
   * Tells the free clusters of a volume that holds one of these.
   *
   * @throws IOException if it is in use or contradicts itself
   */
  public static void find(Source volume, FreeSink sink) throws IOException {
    NtfsBootSector boot = NtfsBootSector.parse(volume.read(0, 512));
    new NtfsFree(volume, boot).run(sink);
  }

  private void run(FreeSink sink) throws IOException {
    if (boot.size() > volume.size()) {
      throw wrong("it is larger than its volume");
    }
    requireClean();
    requireEmptyLog();
    requireAwake();
    long clusters = boot.size() / boot.clusterSize();
    Bits map = Bits.read(files.data(BITMAP), clusters, MAX_MAP);
    requireAllUsed(map);
    // The backup of the boot sector lies behind the last cluster, or in it.
    map.clearRuns((first, count) -> {
      long end = Math.min(first + count, clusters - 1);
      if (end > first) {
        sink.free(first * boot.clusterSize(), (end - first) * boot.clusterSize());
      }
    });
  }

  private IOException wrong(String what) {
    return Fault.on(volume.name()).corrupt(what);
  }

  private void requireClean() throws IOException {
    for (Attribute attribute : files.record(VOLUME).attributes()) {
      if (attribute.type() == VOLUME_INFORMATION) {
        int flags = attribute.value().u16(10);
        if ((flags & ~MODIFIED_BY_CHECK) != 0) {
          throw wrong("its state is 0x" + Integer.toHexString(flags) + ": not unmounted");
        }
        return;
      }
    }
    throw wrong("it has no state");
  }

  /**
   * "Log file" of NTFS: two restart pages, of which the newer one tells whether anybody uses it.
   */
  private void requireEmptyLog() throws IOException {
    Source log = files.data(LOG_FILE);
    Bytes head = log.readUpTo(0, PAGE);
    if (head.length() == 0 || isFilled(head)) {
      return; // as when it was made
    }
    if (!head.has(0, "RSTR")) {
      throw wrong("its log is damaged");
    }
    requireNoClient(head);
    Bytes second = log.readUpTo(head.u32(16), PAGE);
    if (second.has(0, "RSTR")) {
      requireNoClient(second);
    }
  }

  private void requireNoClient(Bytes page) throws IOException {
    Bytes area = page.from(page.u16(24));
    if (area.u16(12) != NO_CLIENT && (area.u16(14) & LOG_IS_CLEAN) == 0) {
      throw wrong("its log waits to be replayed");
    }
  }

  private static boolean isFilled(Bytes page) throws IOException {
    for (byte b : page.array()) {
      if (b != -1) {
        return false;
      }
    }
    return true;
  }

  /** Windows that sleeps, or starts fast, has the volume in its memory. */
  private void requireAwake() throws IOException {
    Optional<Node> image = files.root().child(HIBERNATION_FILE);
    if (image.isPresent() && image.get().kind() == Node.Kind.FILE) {
      Bytes head = image.get().content().readUpTo(0, 4);
      if (head.length() == 4 && head.i32(0) != 0) {
        throw wrong("Windows sleeps on it");
      }
    }
  }

  /** Goes through the whole file table: what any file has must be in use. */
  private void requireAllUsed(Bits map) throws IOException {
    Source table = files.table();
    int size = boot.recordSize();
    int perChunk = Math.max(CHUNK / size, 1);
    for (long at = 0; at + size <= table.size(); at += (long) perChunk * size) {
      Bytes chunk = table.readUpTo(at, perChunk * size);
      for (int i = 0; (i + 1) * size <= chunk.length(); i++) {
        volume.step();
        Bytes record = chunk.slice((long) i * size, size);
        if (record.has(0, "BAAD")) {
          throw wrong("a record of its file table is damaged");
        }
        if (record.has(0, "FILE") && NtfsRecord.isInUse(record)) {
          requireUsed(NtfsRecord.parse(record), map);
        }
      }
    }
  }

  private void requireUsed(NtfsRecord record, Bits map) throws IOException {
    for (Attribute attribute : record.attributes()) {
      if (!attribute.resident()) {
        NtfsRuns.eachRun(
            attribute,
            (cluster, length) -> {
              if (!map.areSet(cluster, length)) {
                throw wrong("clusters of a file are free: " + length + " at " + cluster);
              }
            });
      }
    }
  }
}
