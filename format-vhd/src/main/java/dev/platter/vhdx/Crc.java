package dev.platter.vhdx;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/** The checksum of all VHDX structures: CRC-32C, its own four bytes, at offset 4, taken as zero. */
final class Crc {
  static final int OFFSET = 4;

  private static final int PART = 1 << 20;
  private static final byte[] ZERO = new byte[Integer.BYTES];

  private final CRC32C crc = new CRC32C();
  private long done;

  static int of(MemorySegment bytes) {
    Crc crc = new Crc();
    crc.update(bytes);
    return crc.value();
  }

  static boolean isRight(MemorySegment bytes) {
    return bytes.get(Guid.INT, OFFSET) == of(bytes);
  }

  static void seal(MemorySegment bytes) {
    bytes.set(Guid.INT, OFFSET, of(bytes));
  }

  /** Goes on with the structure's next bytes; its first part has at least eight. */
  void update(MemorySegment bytes) {
    long at = 0;
    if (done == 0) {
      crc.update(bytes.asSlice(0, OFFSET).asByteBuffer());
      crc.update(ZERO);
      at = OFFSET + Integer.BYTES;
    }
    for (; at < bytes.byteSize(); at += PART) {
      crc.update(bytes.asSlice(at, Math.min(PART, bytes.byteSize() - at)).asByteBuffer());
    }
    done += bytes.byteSize();
  }

  int value() {
    return (int) crc.getValue();
  }
}
