package dev.platter.vhdx;

import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Builds VHDX files field by field from [MS-VHDX], sharing no code with the format under test: the
 * log at 1 MiB, the metadata at 2 MiB, the table at 3 MiB, blocks behind it.
 */
final class HandMadeVhdx {
  static final int MIB = 1 << 20;
  static final int LOG = MIB;
  static final int METADATA = 2 * MIB;
  static final int BAT = 3 * MIB;
  static final UUID LOG_ID = UUID.fromString("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee");

  long size;
  int blockSize = MIB;
  int sectorSize = 512;
  boolean hasParent;
  boolean leaveAllocated;
  boolean logCounts;
  long sequence = 5;
  UUID dataWriteId = UUID.fromString("11111111-2222-4333-8444-555555555555");
  final Map<String, String> locator = new LinkedHashMap<>();
  final Map<Long, Long> bat = new TreeMap<>();
  private long batLength = MIB;
  private final MemoryStorage storage;
  private long end;

  /** One item of metadata: its GUID, its bytes, its flags. */
  record Item(String id, byte[] bytes, int flags) {}

  final List<Item> moreItems = new ArrayList<>();

  HandMadeVhdx(String name, long size) {
    this.size = size;
    this.storage = new MemoryStorage(name);
    this.end = 4L * MIB;
  }

  HandMadeVhdx batMebibytes(int count) {
    batLength = (long) count * MIB;
    end = BAT + batLength;
    return this;
  }

  long chunkRatio() {
    return (1L << 23) * sectorSize / blockSize;
  }

  static long entry(long state, long offset) {
    return state | offset;
  }

  /** Puts a payload into the file and into the table, in the state given; returns its place. */
  long block(long number, int state, byte[] payload) throws IOException {
    long at = end;
    end += (blockSize + MIB - 1) / MIB * MIB;
    storage.write(at, MemorySegment.ofArray(payload));
    state(number, state, at);
    return at;
  }

  void state(long number, int state, long offset) {
    bat.put(number + number / chunkRatio(), entry(state, offset));
  }

  /** Puts the sector bitmap of a chunk into the file and into the table. */
  long bitmap(long chunk, byte[] bits) throws IOException {
    long at = end;
    end += MIB;
    storage.write(at, MemorySegment.ofArray(bits));
    bat.put(chunk * (chunkRatio() + 1) + chunkRatio(), entry(6, at));
    return at;
  }

  MemoryStorage build() throws IOException {
    byte[] creator = "Hand made".getBytes(StandardCharsets.UTF_16LE);
    put(0, "vhdxfile".getBytes(StandardCharsets.US_ASCII));
    put(8, creator);
    header(0x10000, sequence, dataWriteId);
    header(0x20000, sequence - 1, new UUID(0, 0));
    regions(0x30000);
    regions(0x40000);
    metadata();
    for (Map.Entry<Long, Long> entry : bat.entrySet()) {
      put(BAT + 8 * entry.getKey(), little(8).putLong(entry.getValue()).array());
    }
    if (storage.size() < end) {
      storage.truncate(end);
    }
    return storage;
  }

  void header(long at, long number, UUID dataId) throws IOException {
    ByteBuffer header = little(4096);
    header.put("head".getBytes(StandardCharsets.US_ASCII)).putInt(0).putLong(number);
    header.put(guid(new UUID(1, 1))).put(guid(dataId));
    header.put(guid(logCounts ? LOG_ID : new UUID(0, 0)));
    header.putShort((short) 0).putShort((short) 1).putInt(MIB).putLong(LOG);
    put(at, sealed(header.array()));
  }

  private void regions(long at) throws IOException {
    ByteBuffer table = little(1 << 16);
    table.put("regi".getBytes(StandardCharsets.US_ASCII)).putInt(0).putInt(2).putInt(0);
    table.put(guid(UUID.fromString("2DC27766-F623-4200-9D64-115E9BFD4A08")));
    table.putLong(BAT).putInt((int) batLength).putInt(1);
    table.put(guid(UUID.fromString("8B7CA206-4790-4B9A-B8FE-575F050F886E")));
    table.putLong(METADATA).putInt(MIB).putInt(1);
    put(at, sealed(table.array()));
  }

  private void metadata() throws IOException {
    List<Item> items = new ArrayList<>();
    int flags = (leaveAllocated ? 1 : 0) | (hasParent ? 2 : 0);
    items.add(
        new Item(
            "CAA16737-FA36-4D43-B3B6-33F0AA44E76B",
            little(8).putInt(blockSize).putInt(flags).array(),
            4));
    items.add(new Item("2FA54224-CD1B-4876-B211-5DBED83BF4B8", little(8).putLong(size).array(), 6));
    items.add(new Item("BECA12AB-B2E6-4523-93EF-C309E000C746", guid(new UUID(9, 9)), 6));
    items.add(
        new Item("8141BF1D-A96F-4709-BA47-F233A8FAAB5F", little(4).putInt(sectorSize).array(), 6));
    items.add(new Item("CDA348C7-445D-4471-9CC9-E9885251C556", little(4).putInt(4096).array(), 6));
    if (hasParent) {
      items.add(new Item("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C", locator(), 4));
    }
    items.addAll(moreItems);
    ByteBuffer table = little(1 << 16);
    table.put("metadata".getBytes(StandardCharsets.US_ASCII));
    table.putShort(10, (short) items.size());
    int at = 1 << 16;
    for (int i = 0; i < items.size(); i++) {
      Item item = items.get(i);
      table.position(32 * (i + 1)).put(guid(UUID.fromString(item.id())));
      table.putInt(at).putInt(item.bytes().length).putInt(item.flags());
      put(METADATA + at, item.bytes());
      at += item.bytes().length;
    }
    put(METADATA, table.array());
  }

  private byte[] locator() {
    ByteBuffer bytes = little(4096);
    bytes.put(guid(UUID.fromString("B04AEFB7-D19E-4A81-B789-25B8E9445913")));
    bytes.putShort((short) 0).putShort((short) locator.size());
    int entry = 20;
    int at = 20 + 12 * locator.size();
    for (Map.Entry<String, String> pair : locator.entrySet()) {
      byte[] key = pair.getKey().getBytes(StandardCharsets.UTF_16LE);
      byte[] value = pair.getValue().getBytes(StandardCharsets.UTF_16LE);
      bytes.putInt(entry, at).putInt(entry + 4, at + key.length);
      bytes.putShort(entry + 8, (short) key.length).putShort(entry + 10, (short) value.length);
      bytes.position(at).put(key).put(value);
      entry += 12;
      at += key.length + value.length;
    }
    return Arrays.copyOf(bytes.array(), at);
  }

  private void put(long at, byte[] bytes) throws IOException {
    storage.write(at, MemorySegment.ofArray(bytes));
  }

  static ByteBuffer little(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  static byte[] guid(UUID id) {
    ByteBuffer bytes = little(16);
    bytes.putInt((int) (id.getMostSignificantBits() >>> 32));
    bytes.putShort((short) (id.getMostSignificantBits() >>> 16));
    bytes.putShort((short) id.getMostSignificantBits());
    bytes.order(ByteOrder.BIG_ENDIAN).putLong(id.getLeastSignificantBits());
    return bytes.array();
  }

  /** Sets the checksum of a structure. */
  static byte[] sealed(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(4, 0);
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    buffer.putInt(4, (int) crc.getValue());
    return bytes;
  }

  /** Changes a structure in the file and makes its checksum right again. */
  static void patch(MemoryStorage file, long at, int length, Consumer<ByteBuffer> change)
      throws IOException {
    byte[] bytes = new byte[length];
    file.readFully(at, MemorySegment.ofArray(bytes));
    change.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    file.write(at, MemorySegment.ofArray(sealed(bytes)));
  }
}
