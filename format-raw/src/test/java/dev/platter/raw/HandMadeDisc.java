package dev.platter.raw;

import dev.platter.storage.MemoryStorage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A disc of 20 sectors, byte by byte: a primary descriptor, a boot record, a terminator. */
final class HandMadeDisc {
  static final int SECTOR = 2048;
  static final int PRIMARY = 16 * SECTOR;
  static final int BOOT = 17 * SECTOR;
  static final int CATALOG = 19 * SECTOR;

  final ByteBuffer bytes = ByteBuffer.allocate(20 * SECTOR).order(ByteOrder.LITTLE_ENDIAN);

  HandMadeDisc() {
    descriptor(16, 1, "CD001");
    text(PRIMARY + 40, "A VOLUME", 32);
    text(PRIMARY + 318, "", 128);
    text(PRIMARY + 574, "SOME TOOL", 128);
    text(PRIMARY + 813, "2026112104455800", 16);
    bytes.put(PRIMARY + 829, (byte) 8); // two hours east
    bytes.putInt(PRIMARY + 80, 20).putShort(PRIMARY + 128, (short) SECTOR);
    descriptor(17, 0, "CD001");
    text(BOOT + 7, "EL TORITO SPECIFICATION", 23);
    bytes.putInt(BOOT + 71, 19);
    descriptor(18, 255, "CD001");
    bytes.put(CATALOG, (byte) 1).putShort(CATALOG + 30, (short) 0xAA55);
    bytes.put(CATALOG + 32, (byte) 0x88).putInt(CATALOG + 40, 7);
    bytes.put(CATALOG + 64, (byte) 0x91).put(CATALOG + 65, (byte) 0xEF);
    bytes.putShort(CATALOG + 66, (short) 1);
    bytes.put(CATALOG + 96, (byte) 0x88).putInt(CATALOG + 104, 9);
  }

  HandMadeDisc descriptor(int sector, int type, String identifier) {
    bytes.put(sector * SECTOR, (byte) type);
    bytes.put(sector * SECTOR + 1, identifier.getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  HandMadeDisc text(int at, String text, int length) {
    byte[] padded = text.getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < length; i++) {
      bytes.put(at + i, i < padded.length ? padded[i] : (byte) ' ');
    }
    return this;
  }

  MemoryStorage storage() {
    return MemoryStorage.of("disc.iso", bytes.array());
  }
}
