package dev.platter.qcow2.format;

import dev.platter.image.Snapshot;
import dev.platter.storage.FileNames;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * One entry of the snapshot table ("Snapshots").
 *
 * @param l1TableOffset where the snapshot's L1 table begins
 * @param l1Size its entries, unsigned
 * @param extraDataSize bytes of extra data in the entry, known and unknown
 * @param diskSize the size of the guest disk when the snapshot was taken; empty where the entry
 *     does not tell
 * @param storedLength bytes of the entry in the file, padding included
 */
public record SnapshotEntry(
    long l1TableOffset,
    int l1Size,
    int dateSeconds,
    int dateNanos,
    long vmClockNanos,
    long vmStateSize,
    int extraDataSize,
    OptionalLong diskSize,
    OptionalLong icount,
    String id,
    String name,
    long storedLength) {

  /** Bytes before the extra data. */
  public static final int FIXED_LENGTH = 40;

  /** Extra data beyond this is refused, as QEMU does; 24 bytes are defined. */
  public static final int MAX_EXTRA_DATA = 1024;

  /** The longest entry there can be. */
  static final int MAX_LENGTH = FIXED_LENGTH + MAX_EXTRA_DATA + 2 * 0xffff + 2;

  /** Extra data that version 3 demands: the size of the machine state and of the disk. */
  public static final int V3_EXTRA_DATA = 16;

  /** All that is defined: size of the machine state, of the disk, and the count of instructions. */
  public static final int FULL_EXTRA_DATA = 24;

  private static final long NO_ICOUNT = -1;

  /** The bytes that the whole entry takes, padding included. */
  public static long storedLength(MemorySegment fixed) {
    long length =
        FIXED_LENGTH
            + Integer.toUnsignedLong(fixed.get(Qcow2Header.INT, 36))
            + Short.toUnsignedInt(fixed.get(Qcow2Header.SHORT, 12))
            + Short.toUnsignedInt(fixed.get(Qcow2Header.SHORT, 14));
    return (length + 7) & -8L;
  }

  /**
   * Takes an entry apart.
   *
   * @param entry all of it but perhaps the padding
   */
  public static SnapshotEntry parse(MemorySegment entry) {
    int idSize = Short.toUnsignedInt(entry.get(Qcow2Header.SHORT, 12));
    int nameSize = Short.toUnsignedInt(entry.get(Qcow2Header.SHORT, 14));
    int extra = entry.get(Qcow2Header.INT, 36);
    long idAt = FIXED_LENGTH + Integer.toUnsignedLong(extra);
    long vmStateSize =
        extra >= 8
            ? entry.get(Qcow2Header.LONG, 40)
            : Integer.toUnsignedLong(entry.get(Qcow2Header.INT, 32));
    long icount = extra >= 24 ? entry.get(Qcow2Header.LONG, 56) : NO_ICOUNT;
    return new SnapshotEntry(
        entry.get(Qcow2Header.LONG, 0),
        entry.get(Qcow2Header.INT, 8),
        entry.get(Qcow2Header.INT, 16),
        entry.get(Qcow2Header.INT, 20),
        entry.get(Qcow2Header.LONG, 24),
        vmStateSize,
        extra,
        extra >= V3_EXTRA_DATA
            ? OptionalLong.of(entry.get(Qcow2Header.LONG, 48))
            : OptionalLong.empty(),
        icount == NO_ICOUNT ? OptionalLong.empty() : OptionalLong.of(icount),
        text(entry, idAt, idSize),
        text(entry, idAt + idSize, nameSize),
        storedLength(entry));
  }

  /**
   * The bytes of the entry of a snapshot without machine state.
   *
   * @param header of the image as it is now
   */
  public static MemorySegment compose(
      Qcow2Header header, long l1TableOffset, Instant date, byte[] id, byte[] name) {
    long idAt = FIXED_LENGTH + FULL_EXTRA_DATA;
    long length = idAt + id.length + name.length + 7 & -8L;
    MemorySegment entry = MemorySegment.ofArray(new byte[(int) length]);
    entry.set(Qcow2Header.LONG, 0, l1TableOffset);
    entry.set(Qcow2Header.INT, 8, header.l1Size());
    entry.set(Qcow2Header.SHORT, 12, (short) id.length);
    entry.set(Qcow2Header.SHORT, 14, (short) name.length);
    entry.set(Qcow2Header.INT, 16, (int) date.getEpochSecond());
    entry.set(Qcow2Header.INT, 20, date.getNano());
    entry.set(Qcow2Header.INT, 36, FULL_EXTRA_DATA);
    entry.set(Qcow2Header.LONG, 48, header.size());
    MemorySegment.copy(id, 0, entry, ValueLayout.JAVA_BYTE, idAt, id.length);
    MemorySegment.copy(name, 0, entry, ValueLayout.JAVA_BYTE, idAt + id.length, name.length);
    return entry;
  }

  /** Whether the entry has all that its image's version demands. */
  public boolean complete(int version) {
    return version < 3 || extraDataSize >= V3_EXTRA_DATA;
  }

  /** The snapshot as users see it. */
  public Snapshot describe(long currentDiskSize) {
    return new Snapshot(
        id,
        name,
        vmStateSize,
        Integer.toUnsignedLong(dateSeconds),
        Integer.toUnsignedLong(dateNanos),
        vmClockNanos,
        icount,
        diskSize.orElse(currentDiskSize));
  }

  private static String text(MemorySegment entry, long at, int length) {
    return FileNames.text(entry.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE));
  }
}
