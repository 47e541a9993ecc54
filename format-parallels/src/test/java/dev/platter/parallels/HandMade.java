package dev.platter.parallels;

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

/**
 * Builds expandable images byte by byte, sharing no code with the format under test. What a test
 * wants wrong it sets in the bytes.
 */
final class HandMade {
  static final int BAT_AT = 64;
  private static final int SECTOR = 512;

  final boolean extended;
  final int tracks;
  long sectors;
  int inUse;
  int flags;
  long extension;

  /** Whether the header says where the data begins; the old magic need not. */
  boolean tellsDataOffset = true;

  private final int[] entries;
  private final List<byte[]> clusters = new ArrayList<>();

  HandMade(boolean extended, int tracks, int entries) {
    this.extended = extended;
    this.tracks = tracks;
    this.entries = new int[entries];
    this.sectors = (long) tracks * entries;
  }

  int clusterSize() {
    return tracks * SECTOR;
  }

  int dataAt() {
    int end = BAT_AT + 4 * entries.length;
    int unit = extended ? clusterSize() : SECTOR;
    return (end + unit - 1) / unit * unit;
  }

  /** What the BAT says of a cluster that lies behind so many others. */
  int entryOf(int slot) {
    int sector = dataAt() / SECTOR + slot * tracks;
    return extended ? sector / tracks : sector;
  }

  /** Puts a cluster behind those that are there already. */
  HandMade cluster(int number, byte[] content) {
    entries[number] = entryOf(clusters.size());
    return unused(content);
  }

  /** Puts a cluster there that no entry points to. */
  HandMade unused(byte[] content) {
    clusters.add(Arrays.copyOf(content, clusterSize()));
    return this;
  }

  HandMade entry(int number, int value) {
    entries[number] = value;
    return this;
  }

  byte[] build() {
    ByteBuffer file = ByteBuffer.allocate(dataAt() + clusters.size() * clusterSize());
    file.order(ByteOrder.LITTLE_ENDIAN);
    String magic = extended ? "WithouFreSpacExt" : "WithoutFreeSpace";
    file.put(0, magic.getBytes(StandardCharsets.US_ASCII));
    file.putInt(16, 2).putInt(20, 16).putInt(24, 7).putInt(28, tracks);
    file.putInt(32, entries.length).putLong(36, sectors).putInt(44, inUse);
    file.putInt(48, tellsDataOffset ? dataAt() / SECTOR : 0).putInt(52, flags);
    file.putLong(56, extension);
    for (int i = 0; i < entries.length; i++) {
      file.putInt(BAT_AT + 4 * i, entries[i]);
    }
    for (int i = 0; i < clusters.size(); i++) {
      file.put(dataAt() + i * clusterSize(), clusters.get(i));
    }
    return file.array();
  }

  MemoryStorage storage(String name) {
    return MemoryStorage.of(name, build());
  }

  static DiskImage open(Storage storage) throws IOException {
    return new ParallelsFormat().open(storage, OpenRequest.strict());
  }

  static byte[] content(Storage storage) throws IOException {
    try (DiskImage image = open(storage)) {
      return content(image.map());
    }
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
