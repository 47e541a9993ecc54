package dev.platter.vdi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The header, at offset 0. All its numbers are unsigned and stored little-endian; offsets and sizes
 * are bytes.
 *
 * @param version the major version in the upper half, the minor one in the lower
 * @param headerSize of the part behind the version
 * @param imageType one of the constants here
 * @param comment free text
 * @param tableOffset where the block map stands ("offBlocks")
 * @param dataOffset where block 0 of the file stands ("offData")
 * @param geometry as the guest's BIOS shall see the disk
 * @param diskSize of the guest disk
 * @param blockExtra metadata in front of each block's data
 * @param blocks of the guest disk, and entries of the block map
 * @param blocksAllocated blocks that the file holds
 * @param ids which image it is, and over which one
 */
record VdiHeader(
    int version,
    long headerSize,
    int imageType,
    int flags,
    String comment,
    long tableOffset,
    long dataOffset,
    Geometry geometry,
    long diskSize,
    long blockSize,
    long blockExtra,
    long blocks,
    long blocksAllocated,
    Ids ids) {
  static final int DYNAMIC = 1;
  static final int STATIC = 2;
  static final int UNDO = 3;
  static final int DIFFERENCING = 4;

  /** The bytes that hold all of it. */
  static final int LENGTH = 512;

  static final int VERSION = 0x0001_0001;

  /** Where {@link #headerSize} counts from, and what it is at least. */
  static final int HEADER_START = 72;

  static final int MIN_HEADER_SIZE = 384;

  /** With the second geometry, the one that VirtualBox uses since 2008. */
  private static final int FULL_HEADER_SIZE = 400;

  private static final int SIGNATURE = 0xBEDA_107F;
  private static final String TEXT = "<<< Platter Virtual Disk Image >>>\n";
  private static final int COMMENT = 84;
  private static final int COMMENT_LENGTH = 256;
  private static final int OLD_GEOMETRY = 348;
  private static final int NEW_GEOMETRY = 456;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong BIG_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /**
   * The identifiers of an image.
   *
   * @param image its own
   * @param modification changes whenever the content may have
   * @param parent of the image below ("linkage"); {@link #NONE} where there is none
   * @param parentModification the modification that the image below must have
   */
  record Ids(UUID image, UUID modification, UUID parent, UUID parentModification) {
    static final UUID NONE = new UUID(0, 0);
  }

  /** Cylinders, heads and sectors per track, and the bytes of a sector. */
  record Geometry(long cylinders, long heads, long sectors, long sectorSize) {
    static final Geometry UNKNOWN = new Geometry(0, 0, 0, VdiFormat.SECTOR_SIZE);

    private static Geometry parse(MemorySegment bytes, long at) {
      return new Geometry(
          unsigned(bytes, at),
          unsigned(bytes, at + 4),
          unsigned(bytes, at + 8),
          unsigned(bytes, at + 12));
    }

    private void writeTo(MemorySegment bytes, long at) {
      bytes.set(INT, at, (int) cylinders);
      bytes.set(INT, at + 4, (int) heads);
      bytes.set(INT, at + 8, (int) sectors);
      bytes.set(INT, at + 12, (int) sectorSize);
    }

    @Override
    public String toString() {
      return cylinders + "/" + heads + "/" + sectors;
    }
  }

  static boolean hasSignature(MemorySegment head) {
    return head.byteSize() >= HEADER_START && head.get(INT, 64) == SIGNATURE;
  }

  static VdiHeader parse(MemorySegment bytes) {
    long headerSize = unsigned(bytes, 72);
    Geometry newer =
        headerSize >= FULL_HEADER_SIZE ? Geometry.parse(bytes, NEW_GEOMETRY) : Geometry.UNKNOWN;
    return new VdiHeader(
        bytes.get(INT, 68),
        headerSize,
        bytes.get(INT, 76),
        bytes.get(INT, 80),
        text(bytes),
        unsigned(bytes, 340),
        unsigned(bytes, 344),
        newer.cylinders() != 0 ? newer : Geometry.parse(bytes, OLD_GEOMETRY),
        bytes.get(LONG, 368),
        unsigned(bytes, 376),
        unsigned(bytes, 380),
        unsigned(bytes, 384),
        unsigned(bytes, 388),
        new Ids(uuid(bytes, 392), uuid(bytes, 408), uuid(bytes, 424), uuid(bytes, 440)));
  }

  /** A header as new images have it, of which only the number of blocks allocated is missing. */
  static VdiHeader of(
      int imageType,
      long tableOffset,
      long dataOffset,
      long diskSize,
      int blockSize,
      long blocks,
      Ids ids) {
    return new VdiHeader(
        VERSION,
        FULL_HEADER_SIZE,
        imageType,
        0,
        "",
        tableOffset,
        dataOffset,
        Geometry.UNKNOWN,
        diskSize,
        blockSize,
        0,
        blocks,
        0,
        ids);
  }

  /** This header with another count of blocks in the file. */
  VdiHeader withAllocated(long count) {
    return with(tableOffset, dataOffset, diskSize, blocks, count, ids.modification());
  }

  /** This header of an image whose content has changed. */
  VdiHeader withModification(UUID id) {
    return with(tableOffset, dataOffset, diskSize, blocks, blocksAllocated, id);
  }

  /** This header for a disk of another size, whose geometry is for the guest's BIOS to find. */
  VdiHeader withDisk(long size, long count) {
    return with(tableOffset, dataOffset, size, count, blocksAllocated, ids.modification());
  }

  /** This header with the block map and the data elsewhere. */
  VdiHeader withOffsets(long table, long data) {
    return with(table, data, diskSize, blocks, blocksAllocated, ids.modification());
  }

  /** This header over another image, or over none. */
  VdiHeader withParent(int type, UUID parent, UUID parentModification) {
    return new VdiHeader(
        version,
        headerSize,
        type,
        flags,
        comment,
        tableOffset,
        dataOffset,
        geometry,
        diskSize,
        blockSize,
        blockExtra,
        blocks,
        blocksAllocated,
        new Ids(ids.image(), ids.modification(), parent, parentModification));
  }

  private VdiHeader with(
      long newTable, long newData, long newSize, long newBlocks, long newAllocated, UUID newId) {
    return new VdiHeader(
        version,
        headerSize,
        imageType,
        flags,
        comment,
        newTable,
        newData,
        newSize == diskSize ? geometry : Geometry.UNKNOWN,
        newSize,
        blockSize,
        blockExtra,
        newBlocks,
        newAllocated,
        new Ids(ids.image(), newId, ids.parent(), ids.parentModification()));
  }

  /** The bytes of this header, without its comment. */
  MemorySegment toBytes() {
    MemorySegment bytes = MemorySegment.ofArray(new byte[LENGTH]);
    byte[] text = TEXT.getBytes(StandardCharsets.US_ASCII);
    MemorySegment.copy(MemorySegment.ofArray(text), 0, bytes, 0, text.length);
    bytes.set(INT, 64, SIGNATURE);
    writeTo(bytes);
    return bytes;
  }

  /** Sets all fields but the texts, as far as a header of this size has them. */
  void writeTo(MemorySegment bytes) {
    bytes.set(INT, 68, version);
    bytes.set(INT, 72, (int) headerSize);
    bytes.set(INT, 76, imageType);
    bytes.set(INT, 80, flags);
    bytes.set(INT, 340, (int) tableOffset);
    bytes.set(INT, 344, (int) dataOffset);
    geometry.writeTo(bytes, OLD_GEOMETRY);
    bytes.set(LONG, 368, diskSize);
    bytes.set(INT, 376, (int) blockSize);
    bytes.set(INT, 380, (int) blockExtra);
    bytes.set(INT, 384, (int) blocks);
    bytes.set(INT, 388, (int) blocksAllocated);
    put(bytes, 392, ids.image());
    put(bytes, 408, ids.modification());
    put(bytes, 424, ids.parent());
    put(bytes, 440, ids.parentModification());
    if (headerSize >= FULL_HEADER_SIZE) {
      geometry.writeTo(bytes, NEW_GEOMETRY);
    }
  }

  int majorVersion() {
    return version >>> 16;
  }

  /** The version as people write it. */
  String versionText() {
    return majorVersion() + "." + (version & 0xFFFF);
  }

  private static long unsigned(MemorySegment bytes, long at) {
    return Integer.toUnsignedLong(bytes.get(INT, at));
  }

  private static String text(MemorySegment bytes) {
    byte[] text = bytes.asSlice(COMMENT, COMMENT_LENGTH).toArray(ValueLayout.JAVA_BYTE);
    int length = 0;
    while (length < text.length && text[length] != 0) {
      length++;
    }
    return new String(text, 0, length, StandardCharsets.UTF_8);
  }

  /** The first three groups of a UUID are little-endian numbers, the rest are bytes. */
  private static UUID uuid(MemorySegment bytes, long at) {
    long high =
        unsigned(bytes, at) << 32
            | Short.toUnsignedLong(bytes.get(SHORT, at + 4)) << 16
            | Short.toUnsignedLong(bytes.get(SHORT, at + 6));
    return new UUID(high, bytes.get(BIG_LONG, at + 8));
  }

  private static void put(MemorySegment bytes, long at, UUID uuid) {
    long high = uuid.getMostSignificantBits();
    bytes.set(INT, at, (int) (high >>> 32));
    bytes.set(SHORT, at + 4, (short) (high >>> 16));
    bytes.set(SHORT, at + 6, (short) high);
    bytes.set(BIG_LONG, at + 8, uuid.getLeastSignificantBits());
  }
}
