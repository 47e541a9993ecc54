package dev.platter.vmdk;

import dev.platter.codec.Codecs;
import dev.platter.codec.Encoder;
import dev.platter.codec.Encoding;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Limits;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import dev.platter.vmdk.format.CowdHeader;
import dev.platter.vmdk.format.Marker;
import dev.platter.vmdk.format.SeSparseHeader;
import dev.platter.vmdk.format.SparseHeader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Disks put together byte by byte after the specification, so that tests can make them lie. */
public final class HandMade {
  public static final int SECTOR = 512;

  /** Grains of the sparse extents here: 8 sectors. */
  static final int GRAIN = 8 * SECTOR;

  final Map<String, byte[]> files = new HashMap<>();

  public static String descriptor(String createType, String... lines) {
    return "# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\ncreateType=\""
        + createType
        + "\"\n# Extent description\n"
        + String.join("\n", lines)
        + "\n# The Disk Data Base\nddb.adapterType = \"lsilogic\"\n";
  }

  HandMade with(String name, byte[] bytes) {
    files.put(name, bytes);
    return this;
  }

  HandMade with(String name, String text) {
    return with(name, text.getBytes(StandardCharsets.UTF_8));
  }

  DiskImage open(String name) throws IOException {
    return new VmdkFormat().open(storage(name), request());
  }

  /** A file, opened anew: whoever asks closes it. */
  Storage storage(String name) {
    return MemoryStorage.of(name, files.get(name));
  }

  OpenRequest request() {
    return new OpenRequest(
        Limits.DEFAULT,
        reference -> {
          if (!files.containsKey(reference.name())) {
            throw new IOException("no outside file '" + reference.name() + "'");
          }
          return storage(reference.name());
        });
  }

  byte[] content(String name) throws IOException {
    try (DiskImage image = open(name)) {
      return content(image.map());
    }
  }

  static byte[] content(BlockMap map) throws IOException {
    map.extentAt(0, map.size()); // what is too large for memory should fail here
    byte[] bytes = new byte[Math.toIntExact(map.size())];
    Arrays.fill(bytes, (byte) 0x55);
    try (GuestReader reader = new GuestReader()) {
      reader.read(map, 0, MemorySegment.ofArray(bytes));
    }
    return bytes;
  }

  /** That many bytes of one value. */
  static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  static byte[] joined(byte[]... parts) {
    ByteBuffer all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(p -> p.length).sum());
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }

  static ByteBuffer space(int sectors) {
    return ByteBuffer.allocate(sectors * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * A hosted sparse extent of four grains: the first filled with 1, the second zeroed, the third
   * absent, the fourth filled with 4. Sector 1 holds the redundant directory, 2 its table, 3 the
   * directory, 4 the table, 8 a descriptor of 8 sectors, 16 the first grain.
   */
  static ByteBuffer sparse(String descriptor) {
    ByteBuffer file = space(32);
    file.putInt(0, SparseHeader.MAGIC).putInt(4, 2);
    file.putInt(
        8,
        SparseHeader.FLAG_NEWLINE_DETECTION
            | SparseHeader.FLAG_REDUNDANT_TABLE
            | SparseHeader.FLAG_ZEROED_GRAIN);
    file.putLong(12, 32).putLong(20, 8);
    if (!descriptor.isEmpty()) {
      file.putLong(28, 8).putLong(36, 8);
      file.put(8 * SECTOR, descriptor.getBytes(StandardCharsets.UTF_8));
    }
    file.putInt(44, 128).putLong(48, 1).putLong(56, 3).putLong(64, 16);
    file.put(73, new byte[] {'\n', ' ', '\r', '\n'});
    file.putInt(SECTOR, 2).putInt(3 * SECTOR, 4);
    for (int table : new int[] {2 * SECTOR, 4 * SECTOR}) {
      file.putInt(table, 16).putInt(table + 4, 1).putInt(table + 12, 24);
    }
    file.put(16 * SECTOR, filled(GRAIN, 1)).put(24 * SECTOR, filled(GRAIN, 4));
    return file;
  }

  static byte[] sparseContent() {
    return joined(filled(GRAIN, 1), filled(2 * GRAIN, 0), filled(GRAIN, 4));
  }

  /**
   * A stream-optimized file of three grains, the second absent: sector 1 the descriptor, 8 and 9
   * the grains, 10 and 11 the table, 12 and 13 the directory, 14 to 16 the footer.
   */
  static ByteBuffer stream() {
    ByteBuffer file = space(17);
    for (int at : new int[] {0, 15 * SECTOR}) {
      file.putInt(at, SparseHeader.MAGIC).putInt(at + 4, 3);
      file.putInt(
          at + 8,
          SparseHeader.FLAG_NEWLINE_DETECTION
              | SparseHeader.FLAG_COMPRESSED
              | SparseHeader.FLAG_MARKERS);
      file.putLong(at + 12, 24).putLong(at + 20, 8).putLong(at + 28, 1).putLong(at + 36, 7);
      file.putInt(at + 44, 128).putLong(at + 56, at == 0 ? -1 : 13).putLong(at + 64, 8);
      file.put(at + 73, new byte[] {'\n', ' ', '\r', '\n'});
      file.putShort(at + 77, (short) 1);
    }
    String text = descriptor("streamOptimized", "RW 24 SPARSE \"original.vmdk\"");
    file.put(SECTOR, text.getBytes(StandardCharsets.UTF_8));
    putGrain(file, 8, 0, filled(GRAIN, 7));
    putGrain(file, 9, 16, filled(GRAIN, 9));
    file.putLong(10 * SECTOR, 1).putInt(10 * SECTOR + 12, Marker.GRAIN_TABLE);
    file.putInt(11 * SECTOR, 8).putInt(11 * SECTOR + 8, 9);
    file.putLong(12 * SECTOR, 1).putInt(12 * SECTOR + 12, Marker.GRAIN_DIRECTORY);
    file.putInt(13 * SECTOR, 11);
    file.putLong(14 * SECTOR, 1).putInt(14 * SECTOR + 12, Marker.FOOTER);
    return file;
  }

  static void putGrain(ByteBuffer file, int sector, long guestSector, byte[] grain) {
    byte[] stream = zlib(grain);
    file.putLong(sector * SECTOR, guestSector).putInt(sector * SECTOR + 8, stream.length);
    file.put(sector * SECTOR + Marker.GRAIN_LENGTH, stream);
  }

  static byte[] zlib(byte[] bytes) {
    try (Encoder encoder = Codecs.newEncoder(Encoding.ZLIB)) {
      byte[] target = new byte[bytes.length * 2 + 100];
      int length = encoder.encode(MemorySegment.ofArray(bytes), MemorySegment.ofArray(target));
      return Arrays.copyOf(target, length);
    }
  }

  static byte[] streamContent() {
    return joined(filled(GRAIN, 7), filled(GRAIN, 0), filled(GRAIN, 9));
  }

  /** A COWD extent of three grains of one sector, the second absent. */
  static ByteBuffer cowd() {
    ByteBuffer file = space(4 + 1 + 32 + 2);
    file.putInt(0, CowdHeader.MAGIC).putInt(4, 1).putInt(8, 3);
    file.putInt(12, 3).putInt(16, 1).putInt(20, 4).putInt(24, 1).putInt(28, 39);
    file.putInt(4 * SECTOR, 5);
    file.putInt(5 * SECTOR, 37).putInt(5 * SECTOR + 8, 38);
    file.put(37 * SECTOR, filled(SECTOR, 0xa1)).put(38 * SECTOR, filled(SECTOR, 0xa3));
    return file;
  }

  /** An seSparse extent of four grains: data, unmapped, zero, absent. */
  static ByteBuffer seSparse() {
    ByteBuffer file = space(8 + 64 + 2 * 8);
    file.putLong(0, SeSparseHeader.MAGIC).putLong(8, 0x2_0000_0001L);
    file.putLong(16, 32).putLong(24, 8).putLong(32, 64).putLong(80, 1).putLong(88, 1);
    file.putLong(128, 2).putLong(136, 1).putLong(144, 8).putLong(152, 64);
    file.putLong(192, 72).putLong(200, 16);
    file.putLong(SECTOR, SeSparseHeader.VOLATILE_MAGIC);
    file.putLong(2 * SECTOR, 0x1000_0000_0000_0000L);
    // Grain number 1: its low twelve bits stand above.
    file.putLong(8 * SECTOR, 0x3001_0000_0000_0000L);
    file.putLong(8 * SECTOR + 8, 0x1000_0000_0000_0000L);
    file.putLong(8 * SECTOR + 16, 0x2000_0000_0000_0000L);
    file.put(80 * SECTOR, filled(GRAIN, 0xe1));
    return file;
  }
}
