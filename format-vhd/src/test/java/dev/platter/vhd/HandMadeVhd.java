package dev.platter.vhd;

import dev.platter.storage.MemoryStorage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Builds VHDs byte by byte from the specification, sharing no code with the format under test. What
 * a test wants wrong it sets after {@link #build()}, then asks {@link #reseal} for checksums.
 */
final class HandMadeVhd {
  static final int FOOTER = 512;
  static final int HEADER = 1024;
  static final int HEADER_AT = 512;
  static final int TABLE_AT = 1536;

  int type = 3;
  String creator = "win ";
  long size;
  int blockSize = 1 << 21;
  UUID id = new UUID(0x1111_2222_3333_4444L, 0x8555_6666_7777_8888L);
  int timestamp = 700_000_000;
  UUID parentId = new UUID(0, 0);
  int parentTimestamp = 700_000_000;
  String parentName = "";
  int[] geometry = {0, 0, 0};
  byte[] batmap;
  byte[] fixedContent;
  final Map<String, byte[]> locators = new LinkedHashMap<>();
  private final Map<Integer, byte[]> bitmaps = new TreeMap<>();
  private final Map<Integer, byte[]> payloads = new TreeMap<>();

  HandMadeVhd(long size) {
    this.size = size;
  }

  /** Puts a block into the file, all of its sectors present. */
  HandMadeVhd block(int number, byte[] payload) {
    byte[] bits = new byte[bitmapLength()];
    Arrays.fill(bits, 0, Math.max(1, blockSize / 512 / 8), (byte) 0xFF);
    return block(number, payload, bits);
  }

  HandMadeVhd block(int number, byte[] payload, byte[] bits) {
    payloads.put(number, payload);
    bitmaps.put(number, bits);
    return this;
  }

  int bitmapLength() {
    return (Math.max(1, blockSize / 512 / 8) + 511) / 512 * 512;
  }

  int entries() {
    return (int) ((size + blockSize - 1) / blockSize);
  }

  byte[] build() {
    if (type == 2) {
      ByteBuffer file = ByteBuffer.allocate((int) size + FOOTER);
      file.put(fixedContent);
      file.position((int) size).put(footer());
      return file.array();
    }
    int tableLength = (entries() * 4 + 511) / 512 * 512;
    int at = TABLE_AT + tableLength;
    int batmapAt = at;
    if (batmap != null) {
      at += 512 + (batmap.length + 511) / 512 * 512;
    }
    int locatorsAt = at;
    at += locators.size() * 512;
    int blocksAt = at;
    int length = blocksAt + payloads.size() * (bitmapLength() + blockSize) + FOOTER;
    ByteBuffer file = ByteBuffer.allocate(length);
    file.put(0, footer());
    file.put(HEADER_AT, header(locatorsAt));
    int i = 0;
    for (byte[] name : locators.values()) {
      file.put(locatorsAt + 512 * i++, name);
    }
    for (int entry = 0; entry < tableLength / 4; entry++) {
      file.putInt(TABLE_AT + 4 * entry, -1);
    }
    if (batmap != null) {
      file.put(batmapAt, "tdbatmap".getBytes(StandardCharsets.US_ASCII));
      file.putLong(batmapAt + 8, batmapAt + 512);
      file.putInt(batmapAt + 16, (batmap.length + 511) / 512);
      file.putInt(batmapAt + 20, 0x0001_0002);
      int sum = 0;
      for (byte b : batmap) {
        sum += b & 0xFF;
      }
      file.putInt(batmapAt + 24, ~sum);
      file.put(batmapAt + 512, batmap);
    }
    int block = blocksAt;
    for (int number : payloads.keySet()) {
      file.putInt(TABLE_AT + 4 * number, block / 512);
      file.put(block, bitmaps.get(number));
      file.put(block + bitmapLength(), payloads.get(number));
      block += bitmapLength() + blockSize;
    }
    file.put(block, footer());
    return file.array();
  }

  MemoryStorage storage(String name) {
    return MemoryStorage.of(name, build());
  }

  byte[] footer() {
    ByteBuffer footer = ByteBuffer.allocate(FOOTER);
    footer.put("conectix".getBytes(StandardCharsets.US_ASCII));
    footer.putInt(2).putInt(0x0001_0000).putLong(type == 2 ? -1 : HEADER_AT).putInt(timestamp);
    footer.put(creator.getBytes(StandardCharsets.US_ASCII)).putInt(0x0006_0001);
    footer.put("Wi2k".getBytes(StandardCharsets.US_ASCII)).putLong(size).putLong(size);
    footer.putShort((short) geometry[0]).put((byte) geometry[1]).put((byte) geometry[2]);
    footer.putInt(type).putInt(0);
    footer.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    return sealed(footer.array(), 0, FOOTER, 64);
  }

  private byte[] header(int locatorsAt) {
    ByteBuffer header = ByteBuffer.allocate(HEADER);
    header.put("cxsparse".getBytes(StandardCharsets.US_ASCII)).putLong(-1).putLong(TABLE_AT);
    header.putInt(0x0001_0000).putInt(entries()).putInt(blockSize).putInt(0);
    header.putLong(parentId.getMostSignificantBits()).putLong(parentId.getLeastSignificantBits());
    header.putInt(parentTimestamp).putInt(0);
    header.put(64, parentName.getBytes(StandardCharsets.UTF_16BE));
    int i = 0;
    for (Map.Entry<String, byte[]> locator : locators.entrySet()) {
      int at = 576 + 24 * i;
      header.put(at, locator.getKey().getBytes(StandardCharsets.US_ASCII));
      header.putInt(at + 4, 512).putInt(at + 8, locator.getValue().length);
      header.putLong(at + 16, locatorsAt + 512L * i++);
    }
    return sealed(header.array(), 0, HEADER, 36);
  }

  /** Makes the checksums of both footers and of the header right again. */
  static byte[] reseal(byte[] file) {
    sealed(file, 0, FOOTER, 64);
    sealed(file, HEADER_AT, HEADER, 36);
    return sealed(file, file.length - FOOTER, FOOTER, 64);
  }

  static byte[] sealed(byte[] bytes, int from, int length, int at) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    buffer.putInt(from + at, 0);
    int sum = 0;
    for (int i = 0; i < length; i++) {
      sum += bytes[from + i] & 0xFF;
    }
    buffer.putInt(from + at, ~sum);
    return bytes;
  }
}
