package dev.platter.vdi;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * Builds VDIs byte by byte, sharing no code with the format under test. What a test wants wrong it
 * sets in the bytes.
 */
final class HandMadeVdi {
  static final int TABLE_AT = 1024;
  static final int FREE = -1;
  static final int ZERO = -2;

  int version = 0x0001_0001;
  int headerSize = 400;
  int type = 1;
  long size;
  int blockSize = 1 << 16;
  int extra;
  String comment = "";
  UUID id = new UUID(0x1111_2222_3333_4444L, 0x8555_6666_7777_8888L);
  UUID modification = new UUID(0x2111_2222_3333_4444L, 0x9555_6666_7777_8888L);
  UUID parent = new UUID(0, 0);
  UUID parentModification = new UUID(0, 0);
  private final int[] entries;
  private final List<byte[]> blocks = new ArrayList<>();

  HandMadeVdi(long size, int blockSize) {
    this.size = size;
    this.blockSize = blockSize;
    this.entries = new int[(int) Math.ceilDiv(size, blockSize)];
    Arrays.fill(entries, FREE);
  }

  /** Puts a block behind those that are there already. */
  HandMadeVdi block(int number, byte[] content) {
    entries[number] = blocks.size();
    blocks.add(content);
    return this;
  }

  HandMadeVdi entry(int number, int value) {
    entries[number] = value;
    return this;
  }

  int dataAt() {
    return (TABLE_AT + 4 * entries.length + 511) / 512 * 512;
  }

  byte[] build() {
    ByteBuffer file = ByteBuffer.allocate(dataAt() + blocks.size() * (blockSize + extra));
    file.order(ByteOrder.LITTLE_ENDIAN);
    file.put(0, "<<< Oracle VM VirtualBox Disk Image >>>\n".getBytes(StandardCharsets.US_ASCII));
    file.putInt(64, 0xBEDA107F).putInt(68, version).putInt(72, headerSize).putInt(76, type);
    file.put(84, comment.getBytes(StandardCharsets.UTF_8));
    file.putInt(340, TABLE_AT).putInt(344, dataAt());
    file.putInt(360, 512).putLong(368, size).putInt(376, blockSize).putInt(380, extra);
    file.putInt(384, entries.length).putInt(388, blocks.size());
    put(file, 392, id);
    put(file, 408, modification);
    put(file, 424, parent);
    put(file, 440, parentModification);
    file.putInt(456, 65).putInt(460, 16).putInt(464, 63).putInt(468, 512);
    for (int i = 0; i < entries.length; i++) {
      file.putInt(TABLE_AT + 4 * i, entries[i]);
    }
    for (int i = 0; i < blocks.size(); i++) {
      file.put(dataAt() + i * (blockSize + extra) + extra, blocks.get(i));
    }
    return file.array();
  }

  /** The way GUIDs are stored: 00112233-4455-6677-... begins 33 22 11 00 55 44 77 66. */
  private static void put(ByteBuffer file, int at, UUID uuid) {
    String digits = uuid.toString().replace("-", "");
    int[] order = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    for (int i = 0; i < 16; i++) {
      int from = 2 * order[i];
      file.put(at + i, (byte) Integer.parseInt(digits.substring(from, from + 2), 16));
    }
  }

  MemoryStorage storage(String name) {
    return MemoryStorage.of(name, build());
  }

  static DiskImage open(Storage storage) throws IOException {
    return new VdiFormat().open(storage, OpenRequest.strict());
  }

  static byte[] content(BlockMap map) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(map.size())];
    Arrays.fill(bytes, (byte) 0x55);
    try (GuestReader reader = new GuestReader()) {
      reader.read(map, 0, MemorySegment.ofArray(bytes));
    }
    return bytes;
  }

  static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
