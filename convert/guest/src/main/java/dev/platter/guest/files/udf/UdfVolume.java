package dev.platter.guest.files.udf;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A logical volume: its descriptors, and the partitions that its blocks lie in. */
final class UdfVolume {
  private static final int[] SECTORS = {2048, 512, 4096, 1024};
  private static final int ANCHOR_SECTOR = 256;
  private static final int MAX_DESCRIPTORS = 256;
  private static final int MAX_PARTITIONS = 64;
  private static final int DESCRIPTOR = 512;
  private static final int MAPS = 440;
  private static final int SET_NAME = 72;
  private static final int PLAIN_MAP = 1;
  private static final int TYPED_MAP = 2;
  private static final int TYPED_LENGTH = 64;
  private static final int MAX_SPARED = 1 << 16;

  private final Source volume;
  private final int sectorSize;
  private final Bytes logical;
  private Optional<Bytes> primary = Optional.empty();
  private final Map<Integer, Source> physical = new HashMap<>();
  private final List<Source> partitions = new ArrayList<>();
  private int blockSize;

  private UdfVolume(Source volume, int sectorSize, Bytes logical) {
    this.volume = volume;
    this.sectorSize = sectorSize;
    this.logical = logical;
  }

  /** Reads the descriptors to which one of the anchors leads. */
  static UdfVolume read(Source volume) throws IOException {
    for (int sector : SECTORS) {
      long sectors = volume.size() / sector;
      for (long at : new long[] {ANCHOR_SECTOR, sectors - 1, sectors - 1 - ANCHOR_SECTOR}) {
        Bytes anchor = volume.readUpTo(at * sector, DESCRIPTOR);
        boolean isOne = UdfTag.of(anchor) == UdfTag.ANCHOR && anchor.u32(12) == at;
        for (int copy = 16; isOne && copy <= 24; copy += 8) {
          UdfVolume found = follow(volume, sector, anchor.u32(copy + 4), anchor.u32(copy));
          if (found != null) {
            return found;
          }
        }
      }
    }
    throw Fault.on(volume.name()).corrupt("no anchor leads to the descriptors of a udf volume");
  }

  /** Reads a sequence of descriptors, of each kind the newest; null: it has none of a volume. */
  private static UdfVolume follow(Source volume, int sector, long first, long length)
      throws IOException {
    Bytes logical = null;
    Bytes primary = null;
    Map<Integer, Bytes> found = new HashMap<>();
    long at = first;
    long end = first + length / sector;
    for (int i = 0; i < MAX_DESCRIPTORS && at < end; i++) {
      Bytes bytes = volume.readUpTo(at * sector, sector);
      int tag = UdfTag.of(bytes);
      if (tag < 0 || tag == UdfTag.TERMINATOR) {
        break;
      }
      at++;
      if (tag == UdfTag.POINTER) {
        at = bytes.u32(24);
        end = at + bytes.u32(20) / sector;
      } else if (tag == UdfTag.LOGICAL_VOLUME && isNewer(bytes, logical)) {
        logical = bytes;
      } else if (tag == UdfTag.PRIMARY && isNewer(bytes, primary)) {
        primary = bytes;
      } else if (tag == UdfTag.PARTITION && isNewer(bytes, found.get(bytes.u16(22)))) {
        found.put(bytes.u16(22), bytes);
      }
    }
    if (logical == null) {
      return null;
    }
    UdfVolume udf = new UdfVolume(volume, sector, logical);
    udf.primary = Optional.ofNullable(primary);
    for (Map.Entry<Integer, Bytes> entry : found.entrySet()) {
      Bytes bytes = entry.getValue();
      udf.physical.put(
          entry.getKey(),
          volume.window(
              volume.name(), bytes.u32(188) * sector, bytes.u32(192) * sector, volume.budget()));
    }
    return udf;
  }

  private static boolean isNewer(Bytes one, Bytes other) throws ImageException {
    return other == null || one.u32(16) > other.u32(16);
  }

  /** Its name; empty: none. */
  String label() throws IOException {
    return UdfText.field(logical.slice(84, 128));
  }

  /**
   * What the name of the set of volumes begins with, which is to be another one for each: sixteen
   * digits, which they mostly are, or else what stands there in hexadecimal digits, as {@code
   * blkid} has it; empty: none.
   */
  String number() throws IOException {
    byte[] name =
        primary.isEmpty()
            ? new byte[0]
            : UdfText.field(primary.get().slice(SET_NAME, 128)).getBytes(StandardCharsets.UTF_8);
    if (name.length == 0) {
      return "";
    }
    byte[] first = Arrays.copyOf(name, 16);
    int digits = 0;
    while (digits < first.length && HexFormat.isHexDigit(first[digits])) {
      digits++;
    }
    int asTheyAre = digits == first.length ? digits : digits < 8 ? 0 : 8;
    String text = new String(first, 0, asTheyAre, StandardCharsets.US_ASCII);
    int end = asTheyAre + (first.length - asTheyAre) / 2;
    return text.toLowerCase(Locale.ROOT) + HexFormat.of().formatHex(first, asTheyAre, end);
  }

  int blockSize() {
    return blockSize;
  }

  String name() {
    return volume.name();
  }

  Source source() {
    return volume;
  }

  /** Finds the partitions; answers where the descriptor of the set of files lies. */
  UdfPlace openPartitions() throws IOException {
    long size = logical.u32(212);
    logical.require(
        size >= 512 && size <= 1 << 15 && Long.bitCount(size) == 1, "blocks of " + size + " bytes");
    blockSize = (int) size;
    long count = logical.u32(268);
    logical.require(count <= MAX_PARTITIONS, count + " partitions");
    long at = MAPS;
    for (int i = 0; i < count; i++) {
      int length = logical.u8(at + 1);
      logical.require(length >= 6, "a partition map of " + length + " bytes");
      partitions.add(partition(logical.slice(at, length)));
      at += length;
    }
    return UdfPlace.ofLong(logical, 248);
  }

  private Source partition(Bytes map) throws IOException {
    if (map.u8(0) == PLAIN_MAP) {
      return physical(map, map.u16(4));
    }
    map.require(map.u8(0) == TYPED_MAP && map.length() == TYPED_LENGTH, "a map of no known type");
    String type = map.text(5, 23, StandardCharsets.US_ASCII);
    return switch (type) {
      case "*UDF Sparable Partition" -> sparable(map, physical(map, map.u16(38)));
      case "*UDF Metadata Partition" -> metadata(map, map.u16(38));
      case "*UDF Virtual Partition" ->
          throw map.unsupported("a virtual partition, of a disc that is written once");
      default -> throw map.unsupported("a partition of type " + type);
    };
  }

  private Source physical(Bytes map, int number) throws ImageException {
    Source found = physical.get(number);
    map.require(found != null, "no partition " + number);
    return found;
  }

  /** Packets of blocks of which bad ones lie elsewhere (UDF 2.60, 2.2.9 and 2.2.12). */
  private Source sparable(Bytes map, Source plain) throws IOException {
    long packet = (long) map.u16(40) * blockSize;
    map.require(packet > 0, "packets of no blocks");
    Bytes head = volume.read(map.u32(48) * sectorSize, DESCRIPTOR);
    head.require(
        UdfTag.of(head) == 0 && head.has(17, "*UDF Sparing Table"), "no table of bad packets");
    int count = head.u16(48);
    Map<Long, Long> elsewhere = new HashMap<>();
    Bytes table = volume.read(map.u32(48) * sectorSize + 56, Math.min(count, MAX_SPARED) * 8L);
    for (int i = 0; i < count; i++) {
      if (table.u32(i * 8L) < 0xFFFFFFF0L) { // else it is free, or bad itself
        elsewhere.put(table.u32(i * 8L) * blockSize / packet, table.u32(i * 8L + 4));
      }
    }
    if (elsewhere.isEmpty()) {
      return plain;
    }
    return new MappedSource(plain.name(), plain.size(), plain.budget()) {
      @Override
      protected Piece pieceAt(long offset) {
        Long sector = elsewhere.get(offset / packet);
        long within = offset % packet;
        return sector == null
            ? new Piece(packet - within, plain, offset)
            : new Piece(packet - within, volume, sector * sectorSize + within);
      }
    };
  }

  /** A partition whose blocks lie in a file of another one, of which there are two (2.2.10). */
  private Source metadata(Bytes map, int number) throws IOException {
    Source below = physical(map, number);
    partitions.add(below); // where places in this file without a partition are
    try {
      int own = partitions.size() - 1;
      UdfPlace main = new UdfPlace(blockSize, UdfPlace.RECORDED, map.u32(40), own);
      try {
        return UdfEntry.read(this, main).content(this);
      } catch (ImageException e) {
        UdfPlace mirror = new UdfPlace(blockSize, UdfPlace.RECORDED, map.u32(44), own);
        return UdfEntry.read(this, mirror).content(this);
      }
    } finally {
      partitions.removeLast();
    }
  }

  /** The bytes of a block, or of what begins there, as far as they are. */
  Bytes read(UdfPlace place, long length) throws IOException {
    return partition(place).read(place.block() * blockSize, length);
  }

  /** What blocks of a place are counted in. */
  Source partition(UdfPlace place) throws IOException {
    if (place.partition() >= partitions.size()) {
      throw Fault.on(volume.name())
          .corrupt("partition " + place.partition() + " of " + partitions.size());
    }
    return partitions.get(place.partition());
  }
}
