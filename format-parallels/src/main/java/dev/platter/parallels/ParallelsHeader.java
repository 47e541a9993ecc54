package dev.platter.parallels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The header, at offset 0; the BAT follows it at once. All its numbers are unsigned and stored
 * little-endian.
 *
 * @param magic one of the two, which decides what the entries of the BAT count
 * @param heads of the disk's geometry
 * @param cylinders of the disk's geometry
 * @param clusterSectors sectors of a cluster ("tracks")
 * @param batEntries clusters of the disk ("nb_bat_entries")
 * @param diskSectors sectors of the disk ("nb_sectors"); of the old magic only the lower half
 *     counts
 * @param inUse one of the constants here
 * @param dataSectors where the data area begins ("data_off"); 0: right after the BAT
 * @param flags bit 0: the image is empty
 * @param extensionSectors where the format extension stands ("ext_off"); 0: there is none
 */
record ParallelsHeader(
    Magic magic,
    int version,
    long heads,
    long cylinders,
    long clusterSectors,
    long batEntries,
    long diskSectors,
    int inUse,
    long dataSectors,
    int flags,
    long extensionSectors) {
  /** The bytes of it, and where the BAT begins. */
  static final int LENGTH = 64;

  static final int SECTOR_SIZE = 512;
  static final int VERSION = 2;

  /** The software that changes the image has not closed it. */
  static final int IN_USE = 0x746F_6E59;

  /** Closed by software that knows the format extension. */
  static final int CLOSED = 0x312E_3276;

  /** Closed by software that does not know it. */
  static final int CLOSED_WITHOUT_EXTENSION = 0;

  /** Where {@link #inUse} stands. */
  static final int IN_USE_AT = 44;

  static final int EMPTY_IMAGE = 1;

  private static final int MAGIC_LENGTH = 16;
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The two kinds of image. */
  enum Magic {
    /** Entries of the BAT count sectors. */
    OLD("WithoutFreeSpace"),
    /** Entries of the BAT count clusters. */
    EXTENDED("WithouFreSpacExt");

    private final String text;

    Magic(String text) {
      this.text = text;
    }

    private byte[] bytes() {
      return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** Whether these bytes begin with one of the magics, and are long enough to be a header. */
  static boolean hasMagic(MemorySegment head) {
    return magicOf(head) != null;
  }

  private static Magic magicOf(MemorySegment head) {
    if (head.byteSize() < LENGTH) {
      return null;
    }
    byte[] bytes = head.asSlice(0, MAGIC_LENGTH).toArray(ValueLayout.JAVA_BYTE);
    for (Magic magic : Magic.values()) {
      if (Arrays.equals(magic.bytes(), bytes)) {
        return magic;
      }
    }
    return null;
  }

  /** Reads a header that {@link #hasMagic}. */
  static ParallelsHeader parse(MemorySegment bytes) {
    Magic magic = magicOf(bytes);
    long sectors = magic == Magic.OLD ? unsigned(bytes, 36) : bytes.get(LONG, 36);
    return new ParallelsHeader(
        magic,
        bytes.get(INT, 16),
        unsigned(bytes, 20),
        unsigned(bytes, 24),
        unsigned(bytes, 28),
        unsigned(bytes, 32),
        sectors,
        bytes.get(INT, IN_USE_AT),
        unsigned(bytes, 48),
        bytes.get(INT, 52),
        bytes.get(LONG, 56));
  }

  void writeTo(MemorySegment bytes) {
    MemorySegment.copy(MemorySegment.ofArray(magic.bytes()), 0, bytes, 0, MAGIC_LENGTH);
    bytes.set(INT, 16, version);
    bytes.set(INT, 20, (int) heads);
    bytes.set(INT, 24, (int) cylinders);
    bytes.set(INT, 28, (int) clusterSectors);
    bytes.set(INT, 32, (int) batEntries);
    bytes.set(LONG, 36, diskSectors);
    bytes.set(INT, IN_USE_AT, inUse);
    bytes.set(INT, 48, (int) dataSectors);
    bytes.set(INT, 52, flags);
    bytes.set(LONG, 56, extensionSectors);
  }

  /** What an entry of the BAT counts, bytes. */
  long entryUnit() {
    return magic == Magic.EXTENDED ? clusterSize() : SECTOR_SIZE;
  }

  /** By how much the entries of two clusters differ that follow each other in the file. */
  long entryStep() {
    return magic == Magic.EXTENDED ? 1 : clusterSectors;
  }

  long clusterSize() {
    return clusterSectors * SECTOR_SIZE;
  }

  boolean isInUse() {
    return inUse == IN_USE;
  }

  boolean isEmptyImage() {
    return (flags & EMPTY_IMAGE) != 0;
  }

  /** What {@link #inUse} is to say when who changed the image is done. */
  int inUseOnceClosed() {
    return inUse == CLOSED ? CLOSED : CLOSED_WITHOUT_EXTENSION;
  }

  /** This header of an image that is written to: it is not empty, and no bitmap says what is. */
  ParallelsHeader written() {
    return new ParallelsHeader(
        magic,
        version,
        heads,
        cylinders,
        clusterSectors,
        batEntries,
        diskSectors,
        IN_USE,
        dataSectors,
        flags & ~EMPTY_IMAGE,
        0);
  }

  /** This header for a disk of another size. */
  ParallelsHeader withDisk(long newDiskSectors, long newBatEntries) {
    return with(newDiskSectors, newBatEntries, inUse, dataSectors, extensionSectors);
  }

  /** This header with another state of use. */
  ParallelsHeader withInUse(int newInUse) {
    return with(diskSectors, batEntries, newInUse, dataSectors, extensionSectors);
  }

  /** This header with the data area elsewhere. */
  ParallelsHeader withDataSectors(long newDataSectors) {
    return with(diskSectors, batEntries, inUse, newDataSectors, extensionSectors);
  }

  /** This header without a format extension. */
  ParallelsHeader withoutExtension() {
    return with(diskSectors, batEntries, inUse, dataSectors, 0);
  }

  private ParallelsHeader with(
      long newDiskSectors, long newBatEntries, int newInUse, long newData, long newExtension) {
    return new ParallelsHeader(
        magic,
        version,
        heads,
        newDiskSectors == diskSectors ? cylinders : cylindersOf(newDiskSectors),
        clusterSectors,
        newBatEntries,
        newDiskSectors,
        newInUse,
        newData,
        flags,
        newExtension);
  }

  /** The cylinders of a disk in the geometry that QEMU gives it: 16 heads, 32 sectors per track. */
  static long cylindersOf(long diskSectors) {
    return Math.min(diskSectors / 16 / 32, 0xFFFF_FFFFL);
  }

  private static long unsigned(MemorySegment bytes, long at) {
    return Integer.toUnsignedLong(bytes.get(INT, at));
  }
}
