package dev.platter.bochs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Builds growing disks byte by byte, sharing no code with the format under test; extents lie in the
 * file from the last to the first. What a test wants wrong it sets in the bytes.
 */
final class HandMadeBochs {
  static final int CATALOG_AT = 512;
  final int entries;
  private final byte[] content;
  private final int extentSize;
  private final int version;

  HandMadeBochs(byte[] content, int extentSize, int version) {
    this.content = content;
    this.extentSize = extentSize;
    this.version = version;
    entries = Math.ceilDiv(content.length, extentSize) + 3;
  }

  byte[] build() {
    int bitmap = Math.ceilDiv(extentSize / 512, 8);
    int bitmapBytes = Math.ceilDiv(bitmap, 512) * 512;
    int dataAt = CATALOG_AT + 4 * entries;
    ByteBuffer file =
        ByteBuffer.allocate(dataAt + entries * (bitmapBytes + extentSize))
            .order(ByteOrder.LITTLE_ENDIAN);
    file.put(0, "Bochs Virtual HD Image".getBytes(StandardCharsets.US_ASCII));
    file.put(32, "Redolog".getBytes(StandardCharsets.US_ASCII));
    file.put(48, "Growing".getBytes(StandardCharsets.US_ASCII));
    file.putInt(64, version << 16).putInt(68, CATALOG_AT).putInt(72, entries);
    file.putInt(76, bitmap).putInt(80, extentSize);
    file.putLong(version == 1 ? 84 : 88, content.length);
    for (int i = 0; i < entries; i++) {
      file.putInt(CATALOG_AT + 4 * i, -1);
    }
    int used = 0;
    for (int i = Math.ceilDiv(content.length, extentSize) - 1; i >= 0; i--) {
      int from = i * extentSize;
      int to = Math.min(content.length, from + extentSize);
      if (Arrays.equals(Arrays.copyOfRange(content, from, to), new byte[to - from])) {
        continue;
      }
      int at = dataAt + used * (bitmapBytes + extentSize);
      for (int sector = from; sector < to; sector += 512) {
        byte[] bytes = Arrays.copyOfRange(content, sector, Math.min(to, sector + 512));
        if (!Arrays.equals(bytes, new byte[bytes.length])) {
          int number = (sector - from) / 512;
          file.put(at + number / 8, (byte) (file.get(at + number / 8) | 1 << number % 8));
          file.put(at + bitmapBytes + sector - from, bytes);
        }
      }
      file.putInt(CATALOG_AT + 4 * i, used++);
    }
    return Arrays.copyOf(file.array(), dataAt + used * (bitmapBytes + extentSize));
  }
}
