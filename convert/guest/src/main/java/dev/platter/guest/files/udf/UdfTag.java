package dev.platter.guest.files.udf;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;

/** The tag that begins each descriptor (ECMA-167, 3/7.2). */
final class UdfTag {
  static final int PRIMARY = 1;
  static final int ANCHOR = 2;
  static final int POINTER = 3;
  static final int PARTITION = 5;
  static final int LOGICAL_VOLUME = 6;
  static final int TERMINATOR = 8;
  static final int FILE_SET = 256;
  static final int FILE_IDENTIFIER = 257;
  static final int ALLOCATION_EXTENT = 258;
  static final int FILE_ENTRY = 261;
  static final int EXTENDED_FILE_ENTRY = 266;

  static final int LENGTH = 16;

  private static final int POLYNOMIAL = 0x1021;

  private UdfTag() {}

  /** What follows; -1: there is no descriptor, or a damaged one. */
  static int of(Bytes bytes) throws CorruptImageException {
    if (bytes.length() < LENGTH) {
      return -1;
    }
    int sum = 0;
    for (int i = 0; i < LENGTH; i++) {
      sum += i == 4 ? 0 : bytes.u8(i);
    }
    int length = bytes.u16(10);
    boolean isWhole = (sum & 0xFF) == bytes.u8(4) && length <= bytes.length() - LENGTH;
    return isWhole && crc(bytes, length) == bytes.u16(8) ? bytes.u16(0) : -1;
  }

  /** Ends in an error unless that is what follows. */
  static void require(Bytes bytes, int wanted) throws CorruptImageException {
    int found = of(bytes);
    bytes.require(
        found == wanted,
        found < 0
            ? "a damaged descriptor, or none; expected " + wanted
            : "descriptor " + found + ", expected " + wanted);
  }

  private static int crc(Bytes bytes, int length) throws CorruptImageException {
    int crc = 0;
    for (byte value : bytes.array(LENGTH, length)) {
      crc ^= (value & 0xFF) << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc << 1 ^ ((crc & 0x8000) != 0 ? POLYNOMIAL : 0);
      }
      crc &= 0xFFFF;
    }
    return crc;
  }
}
