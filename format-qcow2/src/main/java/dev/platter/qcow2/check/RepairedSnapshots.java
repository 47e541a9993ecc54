package dev.platter.qcow2.check;

import dev.platter.image.CorruptImageException;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.LenientReader;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.SnapshotEntry;
import dev.platter.qcow2.format.SnapshotTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The directory of snapshots as a repair leaves it: entries that there cannot be are taken out,
 * those that lack something are completed, as qemu-img does it.
 *
 * @param table its length is what the table takes in the file before the repair
 * @param faults what a check does not tell
 * @param replacement what takes the place of the table, if it must be written anew
 */
public record RepairedSnapshots(
    SnapshotTable table, List<String> faults, Optional<MemorySegment> replacement) {
  private static final int EXTRA_SIZE_AT = 36;

  /** The directory as it is. */
  public static RepairedSnapshots none(LenientReader reader, ImageHead head) throws IOException {
    return new RepairedSnapshots(
        SnapshotTable.readLenient(reader, head), List.of(), Optional.empty());
  }

  /**
   * Reads and repairs the directory.
   *
   * @throws CorruptImageException if it begins where none can
   */
  static RepairedSnapshots read(LenientReader reader, ImageHead head) throws IOException {
    Repairing repairing = new Repairing(reader, head);
    repairing.run();
    if (!repairing.changed) {
      return none(reader, head);
    }
    MemorySegment bytes = MemorySegment.ofArray(repairing.bytes.toByteArray()).asReadOnly();
    return new RepairedSnapshots(
        new SnapshotTable(repairing.entries, repairing.length()),
        repairing.faults,
        Optional.of(bytes));
  }

  /** One pass over the entries. */
  private static final class Repairing {
    private final LenientReader reader;
    private final ImageHead head;
    private final Qcow2Header header;
    private final List<String> faults = new ArrayList<>();
    private final List<SnapshotEntry> entries = new ArrayList<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean changed;
    private long end;

    Repairing(LenientReader reader, ImageHead head) {
      this.reader = reader;
      this.head = head;
      this.header = head.header();
    }

    /** Bytes of the table as it was, as far as it lies in the file. */
    long length() {
      return end == 0 ? 0 : Math.min(end, reader.fileSize()) - header.snapshotsOffset();
    }

    void run() throws IOException {
      long count = Integer.toUnsignedLong(header.nbSnapshots());
      try {
        head.requireOffset("Snapshot table", header.snapshotsOffset());
      } catch (CorruptImageException e) {
        if (count > 0) {
          throw e;
        }
        fault(e.getMessage());
        return;
      }
      if (count > ImageHead.MAX_SNAPSHOTS) {
        discard(count - ImageHead.MAX_SNAPSHOTS, "more than " + ImageHead.MAX_SNAPSHOTS);
        count = ImageHead.MAX_SNAPSHOTS;
      }
      long at = header.snapshotsOffset();
      for (long i = 0; i < count; i++) {
        MemorySegment fixed = read(at, SnapshotEntry.FIXED_LENGTH);
        long next = at + SnapshotEntry.storedLength(fixed);
        if (at >= reader.fileSize()) {
          discard(count - i, "behind the end of the file");
          return;
        }
        if (next - header.snapshotsOffset() > SnapshotTable.MAX_LENGTH) {
          discard(count - i, "snapshot table is too big");
          return;
        }
        add(i, at, next, fixed);
        at = next;
        end = next;
      }
    }

    private void discard(long snapshots, String why) {
      fault("Discarding " + snapshots + " overhanging snapshots (" + why + ")");
    }

    private void fault(String what) {
      faults.add(what);
      changed = true;
    }

    private void add(long index, long at, long next, MemorySegment fixed) throws IOException {
      if (next - 7 > reader.fileSize()) {
        fault("snapshot table entry " + index + " ends past the end of the file");
      }
      long extraLength = Integer.toUnsignedLong(fixed.get(Qcow2Header.INT, EXTRA_SIZE_AT));
      if (extraLength > SnapshotEntry.MAX_EXTRA_DATA) {
        fault(
            "Discarding too much extra metadata in snapshot table entry "
                + index
                + " ("
                + extraLength
                + " > "
                + SnapshotEntry.MAX_EXTRA_DATA
                + ")");
      }
      int textLength =
          Short.toUnsignedInt(fixed.get(Qcow2Header.SHORT, 12))
              + Short.toUnsignedInt(fixed.get(Qcow2Header.SHORT, 14));
      long extraAt = at + SnapshotEntry.FIXED_LENGTH;
      MemorySegment extra =
          read(extraAt, (int) Math.min(extraLength, SnapshotEntry.MAX_EXTRA_DATA));
      MemorySegment text = read(extraAt + extraLength, textLength);
      if (header.version() >= 3 && extra.byteSize() < SnapshotEntry.V3_EXTRA_DATA) {
        fault("ERROR snapshot table entry " + index + " is incomplete");
        extra = complete(fixed, extra);
      }
      entries.add(append(fixed, extra, text));
    }

    private SnapshotEntry append(MemorySegment fixed, MemorySegment extra, MemorySegment text) {
      long length = SnapshotEntry.FIXED_LENGTH + extra.byteSize() + text.byteSize() + 7 & -8L;
      MemorySegment entry = MemorySegment.ofArray(new byte[(int) length]);
      entry.copyFrom(fixed);
      entry.set(Qcow2Header.INT, EXTRA_SIZE_AT, (int) extra.byteSize());
      entry.asSlice(SnapshotEntry.FIXED_LENGTH).copyFrom(extra);
      entry.asSlice(SnapshotEntry.FIXED_LENGTH + extra.byteSize()).copyFrom(text);
      bytes.writeBytes(entry.toArray(ValueLayout.JAVA_BYTE));
      return SnapshotEntry.parse(entry);
    }

    /** What an entry of version 3 must say: the disk had the size that it has now. */
    private MemorySegment complete(MemorySegment fixed, MemorySegment extra) {
      MemorySegment full = MemorySegment.ofArray(new byte[SnapshotEntry.FULL_EXTRA_DATA]);
      full.set(
          Qcow2Header.LONG,
          0,
          extra.byteSize() >= Long.BYTES
              ? extra.get(Qcow2Header.LONG, 0)
              : Integer.toUnsignedLong(fixed.get(Qcow2Header.INT, 32)));
      full.set(Qcow2Header.LONG, 8, header.size());
      full.set(Qcow2Header.LONG, 16, -1);
      return full;
    }

    private MemorySegment read(long at, int length) throws IOException {
      MemorySegment part = MemorySegment.ofArray(new byte[length]);
      reader.read(at, part);
      return part;
    }
  }
}
