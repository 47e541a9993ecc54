package dev.platter.qcow2.format;

import dev.platter.image.CorruptImageException;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The directory of internal snapshots ("Snapshots").
 *
 * @param length bytes that the table takes in the file
 */
public record SnapshotTable(List<SnapshotEntry> entries, long length) {
  /** As QEMU: 65536 entries of a kilobyte, and a full id and name now and then. */
  public static final long MAX_LENGTH = 64L << 20;

  public SnapshotTable {
    entries = List.copyOf(entries);
  }

  /**
   * Reads the table entry by entry; memory grows only with what the file really holds.
   *
   * @throws CorruptImageException if it does not lie inside the file, or an entry cannot be true
   */
  public static SnapshotTable read(Storage storage, ImageHead head) throws IOException {
    try (LenientReader reader = new LenientReader(storage)) {
      return read(reader, head, false);
    }
  }

  /** Reads the table for a check: what lies past the end of the file is zero. */
  public static SnapshotTable readLenient(LenientReader reader, ImageHead head) throws IOException {
    return read(reader, head, true);
  }

  private static SnapshotTable read(LenientReader reader, ImageHead head, boolean lenient)
      throws IOException {
    head.requireSnapshotTable();
    Qcow2Header header = head.header();
    List<SnapshotEntry> entries = new ArrayList<>();
    long at = header.snapshotsOffset();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment fixed = arena.allocate(SnapshotEntry.FIXED_LENGTH, 8);
      MemorySegment buffer = arena.allocate(SnapshotEntry.MAX_LENGTH, 8);
      for (int i = 0; i < header.nbSnapshots(); i++) {
        reader.read(at, fixed);
        long length = checkedLength(head, i, at, fixed);
        // The padding of the last entry need not be there.
        if (!lenient && at > reader.fileSize() - (length - 7)) {
          throw pastEnd(head, i, at, at + length, reader.fileSize());
        }
        reader.read(at, buffer.asSlice(0, length));
        entries.add(SnapshotEntry.parse(buffer.asSlice(0, length)));
        at += length;
        if (at - header.snapshotsOffset() > MAX_LENGTH) {
          throw head.corrupt("Snapshot table is too big: more than " + MAX_LENGTH + " bytes");
        }
      }
    }
    return new SnapshotTable(entries, at - header.snapshotsOffset());
  }

  private static long checkedLength(ImageHead head, int index, long at, MemorySegment fixed)
      throws CorruptImageException {
    long extra = Integer.toUnsignedLong(fixed.get(Qcow2Header.INT, 36));
    if (extra > SnapshotEntry.MAX_EXTRA_DATA) {
      throw head.corrupt(
          "Too much extra metadata in snapshot table entry "
              + index
              + " at "
              + ImageHead.hex(at)
              + ": "
              + extra
              + " > "
              + SnapshotEntry.MAX_EXTRA_DATA);
    }
    return SnapshotEntry.storedLength(fixed);
  }

  private static CorruptImageException pastEnd(
      ImageHead head, int index, long at, long end, long fileSize) {
    return head.corrupt(
        "snapshot table entry "
            + index
            + " at "
            + ImageHead.hex(at)
            + " ends past the end of the file ("
            + ImageHead.hex(end)
            + " > "
            + ImageHead.hex(fileSize)
            + ")");
  }
}
