package dev.platter.vhdx;

import static dev.platter.vhdx.Guid.INT;
import static dev.platter.vhdx.Guid.LONG;
import static dev.platter.vhdx.Guid.SHORT;

import java.lang.foreign.MemorySegment;
import java.util.UUID;

/**
 * One of the two headers (2.2.2).
 *
 * @param dataWriteId changes whenever the guest's data does; children record it
 * @param logId identifies the entries of the log that count; {@link Guid#NONE}: none does
 */
record VhdxHeader(
    long sequenceNumber,
    UUID fileWriteId,
    UUID dataWriteId,
    UUID logId,
    int logVersion,
    int version,
    long logLength,
    long logOffset) {
  static final int LENGTH = 4096;
  static final long[] OFFSETS = {64 << 10, 128 << 10};
  static final int VERSION = 1;

  /** "head". */
  static final int SIGNATURE = 0x6461_6568;

  static boolean isSound(MemorySegment bytes) {
    return bytes.get(INT, 0) == SIGNATURE && Crc.isRight(bytes);
  }

  static VhdxHeader parse(MemorySegment bytes) {
    return new VhdxHeader(
        bytes.get(LONG, 8),
        Guid.read(bytes, 16),
        Guid.read(bytes, 32),
        Guid.read(bytes, 48),
        Short.toUnsignedInt(bytes.get(SHORT, 64)),
        Short.toUnsignedInt(bytes.get(SHORT, 66)),
        Integer.toUnsignedLong(bytes.get(INT, 68)),
        bytes.get(LONG, 72));
  }

  void writeTo(MemorySegment bytes) {
    bytes.fill((byte) 0);
    bytes.set(INT, 0, SIGNATURE);
    bytes.set(LONG, 8, sequenceNumber);
    Guid.write(bytes, 16, fileWriteId);
    Guid.write(bytes, 32, dataWriteId);
    Guid.write(bytes, 48, logId);
    bytes.set(SHORT, 64, (short) logVersion);
    bytes.set(SHORT, 66, (short) version);
    bytes.set(INT, 68, (int) logLength);
    bytes.set(LONG, 72, logOffset);
    Crc.seal(bytes);
  }

  boolean hasLog() {
    return !logId.equals(Guid.NONE);
  }
}
