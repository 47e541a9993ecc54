package dev.platter.guest;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;

/**
 * An entry of a master or extended boot record (UEFI specification 5.2.1).
 *
 * @param startChs the head, sector and cylinder fields, in this order, as one number
 */
record MbrEntry(int boot, int startChs, int type, long firstSector, long sectors) {
  static final int LENGTH = 16;
  static final int TABLE = 446;
  static final int COUNT = 4;
  static final int SECTORS = 12;
  static final int PROTECTIVE = 0xEE;

  static MbrEntry parse(Bytes sector, int index) throws CorruptImageException {
    Bytes bytes = sector.slice(TABLE + (long) index * LENGTH, LENGTH);
    return new MbrEntry(
        bytes.u8(0),
        bytes.u8(1) << 16 | bytes.u8(2) << 8 | bytes.u8(3),
        bytes.u8(4),
        bytes.u32(8),
        bytes.u32(SECTORS));
  }

  boolean isUsed() {
    return type != 0 && sectors > 0;
  }

  boolean isExtended() {
    return type == 0x05 || type == 0x0F || type == 0x85;
  }
}
