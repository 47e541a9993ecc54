package dev.platter.guest.files.iso;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.image.CorruptImageException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * A record of a directory (ECMA-119, 9.1).
 *
 * @param block where the file begins
 * @param size bytes
 * @param name as it is stored
 * @param systemUse what lies behind the name, for Rock Ridge
 */
record IsoRecord(
    int length, long block, long size, Instant time, int flags, Bytes name, Bytes systemUse) {
  private static final int FIXED = 33;
  private static final int DIRECTORY = 0x02;
  private static final int GOES_ON = 0x80;
  private static final int QUARTER = 15 * 60;

  /** The record that begins these bytes, which has some. */
  static IsoRecord parse(Bytes bytes) throws CorruptImageException {
    int length = bytes.u8(0);
    bytes.require(length >= FIXED, "directory record of " + length + " bytes");
    Bytes record = bytes.slice(0, length);
    int nameLength = record.u8(32);
    int behind = FIXED + nameLength + (nameLength + 1) % 2;
    return new IsoRecord(
        length,
        record.u32(2) + record.u8(1),
        record.u32(10),
        time(record, 18),
        record.u8(25),
        record.slice(FIXED, nameLength),
        behind < length ? record.from(behind) : record.slice(0, 0));
  }

  boolean isDirectory() {
    return (flags & DIRECTORY) != 0;
  }

  /** Whether another record has the next part of the file. */
  boolean goesOn() {
    return (flags & GOES_ON) != 0;
  }

  /** Whether it is the directory itself, or its parent. */
  boolean isOfEveryDirectory() throws CorruptImageException {
    return name.length() == 1 && name.u8(0) <= 1;
  }

  /**
   * Seven bytes: years from 1900, month, day, hour, minute, second, quarters of an hour from UTC.
   */
  static Instant time(Bytes bytes, long at) throws CorruptImageException {
    try {
      return LocalDateTime.of(
              1900 + bytes.u8(at),
              bytes.u8(at + 1),
              bytes.u8(at + 2),
              bytes.u8(at + 3),
              bytes.u8(at + 4),
              bytes.u8(at + 5))
          .toInstant(ZoneOffset.ofTotalSeconds((byte) bytes.u8(at + 6) * QUARTER));
    } catch (DateTimeException e) {
      return FileAttributes.time(0, 0);
    }
  }
}
