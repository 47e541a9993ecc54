package dev.platter.vhdx;

import static dev.platter.vhdx.Guid.INT;
import static dev.platter.vhdx.Guid.LONG;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.UUID;

/**
 * The header of a log entry (2.3.1.1).
 *
 * @param length of the whole entry, bytes
 * @param tail where in the log the sequence begins of which this is the last entry
 * @param flushedFileOffset what the file's size was at least when the entry was written
 * @param lastFileOffset what the file's size must be at least once it is played back
 */
record LogEntry(
    int checksum,
    long length,
    long tail,
    long sequenceNumber,
    long descriptors,
    UUID logId,
    long flushedFileOffset,
    long lastFileOffset) {
  static final int HEADER_LENGTH = 64;
  static final int DESCRIPTOR_LENGTH = 32;
  static final int SECTOR = 4096;

  /** "loge". */
  static final int SIGNATURE = 0x6567_6F6C;

  /** "zero". */
  static final int ZERO_DESCRIPTOR = 0x6F72_657A;

  /** "desc". */
  static final int DATA_DESCRIPTOR = 0x6373_6564;

  /** "data". */
  static final int DATA_SECTOR = 0x6174_6164;

  static boolean hasSignature(MemorySegment bytes) {
    return bytes.get(INT, 0) == SIGNATURE;
  }

  static LogEntry parse(MemorySegment bytes) {
    return new LogEntry(
        bytes.get(INT, 4),
        Integer.toUnsignedLong(bytes.get(INT, 8)),
        Integer.toUnsignedLong(bytes.get(INT, 12)),
        bytes.get(LONG, 16),
        Integer.toUnsignedLong(bytes.get(INT, 24)),
        Guid.read(bytes, 32),
        bytes.get(LONG, 48),
        bytes.get(LONG, 56));
  }

  /** Fills the first {@link #HEADER_LENGTH} of {@code bytes}; the checksum is sealed later. */
  void writeTo(MemorySegment bytes) {
    bytes.set(INT, 0, SIGNATURE);
    bytes.set(INT, 4, checksum);
    bytes.set(INT, 8, (int) length);
    bytes.set(INT, 12, (int) tail);
    bytes.set(LONG, 16, sequenceNumber);
    bytes.set(INT, 24, (int) descriptors);
    Guid.write(bytes, 32, logId);
    bytes.set(LONG, 48, flushedFileOffset);
    bytes.set(LONG, 56, lastFileOffset);
  }

  /** The bytes that the header and the descriptors take, in whole sectors. */
  long descriptorsLength() {
    return descriptorsLength(descriptors);
  }

  static long descriptorsLength(long descriptors) {
    return Math.ceilDiv(HEADER_LENGTH + descriptors * DESCRIPTOR_LENGTH, SECTOR) * SECTOR;
  }

  /**
   * An entry that puts sectors where they belong.
   *
   * @param sectors by their offsets in the file
   * @param tail where in the log the sequence begins
   * @param fileSize that is on the medium already
   */
  static MemorySegment of(
      Map<Long, MemorySegment> sectors, long tail, long sequenceNumber, UUID logId, long fileSize) {
    LogEntry head =
        new LogEntry(
            0,
            length(sectors.size()),
            tail,
            sequenceNumber,
            sectors.size(),
            logId,
            fileSize,
            fileSize);
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) head.length()]);
    head.writeTo(bytes);
    long descriptor = HEADER_LENGTH;
    long data = head.descriptorsLength();
    for (Map.Entry<Long, MemorySegment> sector : sectors.entrySet()) {
      head.putDescriptor(bytes, descriptor, sector.getKey(), sector.getValue());
      head.putData(bytes, data, sector.getValue());
      descriptor += DESCRIPTOR_LENGTH;
      data += SECTOR;
    }
    Crc.seal(bytes);
    return bytes;
  }

  /** The bytes of an entry with so many sectors of data. */
  static long length(int sectors) {
    return descriptorsLength(sectors) + (long) sectors * SECTOR;
  }

  private void putDescriptor(MemorySegment entry, long at, long offset, MemorySegment sector) {
    entry.set(INT, at, DATA_DESCRIPTOR);
    entry.set(INT, at + 4, sector.get(INT, SECTOR - Integer.BYTES));
    entry.set(LONG, at + 8, sector.get(LONG, 0));
    entry.set(LONG, at + 16, offset);
    entry.set(LONG, at + 24, sequenceNumber);
  }

  /** The sector's first eight and last four bytes, which the descriptor holds, make room. */
  private void putData(MemorySegment entry, long at, MemorySegment sector) {
    MemorySegment.copy(sector, 0, entry, at, SECTOR);
    entry.set(INT, at, DATA_SECTOR);
    entry.set(INT, at + 4, (int) (sequenceNumber >>> 32));
    entry.set(INT, at + SECTOR - Integer.BYTES, (int) sequenceNumber);
  }
}
