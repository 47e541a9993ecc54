package dev.platter.vhd;

import dev.platter.image.Sizes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;

/**
 * The footer ("Hard Disk Footer Format"), which every VHD has in its last sector and all but fixed
 * ones also in their first.
 *
 * @param dataOffset where the dynamic header stands; all ones in a fixed disk
 * @param timestamp seconds since {@link #EPOCH}
 * @param creator four characters that name the program that made it
 * @param currentSize the size of the disk, bytes
 * @param diskType one of {@link #FIXED}, {@link #DYNAMIC} and {@link #DIFFERENCING}, in a good file
 */
record VhdFooter(
    int features,
    int version,
    long dataOffset,
    int timestamp,
    String creator,
    int creatorVersion,
    String creatorHost,
    long originalSize,
    long currentSize,
    DiskGeometry geometry,
    int diskType,
    UUID uniqueId,
    byte savedState) {
  static final int LENGTH = 512;
  static final int FIXED = 2;
  static final int DYNAMIC = 3;
  static final int DIFFERENCING = 4;
  static final int FEATURES_RESERVED = 2;
  static final int VERSION = 0x0001_0000;
  static final long NO_OFFSET = -1;

  /** "conectix". */
  static final long COOKIE = 0x636F_6E65_6374_6978L;

  /** 2000-01-01 00:00 UTC in seconds since 1970. */
  static final long EPOCH = 946_684_800L;

  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int CHECKSUM = 64;

  static boolean hasCookie(MemorySegment bytes) {
    return bytes.byteSize() >= Long.BYTES && bytes.get(LONG, 0) == COOKIE;
  }

  /** Whether these are {@link #LENGTH} bytes with the cookie and the right checksum. */
  static boolean isSound(MemorySegment bytes) {
    return bytes.byteSize() == LENGTH
        && hasCookie(bytes)
        && bytes.get(INT, CHECKSUM) == checksum(bytes, CHECKSUM);
  }

  static VhdFooter parse(MemorySegment bytes) {
    return new VhdFooter(
        bytes.get(INT, 8),
        bytes.get(INT, 12),
        bytes.get(LONG, 16),
        bytes.get(INT, 24),
        text(bytes, 28),
        bytes.get(INT, 32),
        text(bytes, 36),
        bytes.get(LONG, 40),
        bytes.get(LONG, 48),
        new DiskGeometry(
            Short.toUnsignedInt(bytes.get(SHORT, 56)),
            Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, 58)),
            Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, 59))),
        bytes.get(INT, 60),
        new UUID(bytes.get(LONG, 68), bytes.get(LONG, 76)),
        bytes.get(ValueLayout.JAVA_BYTE, 84));
  }

  /** Fills {@code bytes}, {@link #LENGTH} of them, checksum included. */
  void writeTo(MemorySegment bytes) {
    bytes.fill((byte) 0);
    bytes.set(LONG, 0, COOKIE);
    bytes.set(INT, 8, features);
    bytes.set(INT, 12, version);
    bytes.set(LONG, 16, dataOffset);
    bytes.set(INT, 24, timestamp);
    put(bytes, 28, creator);
    bytes.set(INT, 32, creatorVersion);
    put(bytes, 36, creatorHost);
    bytes.set(LONG, 40, originalSize);
    bytes.set(LONG, 48, currentSize);
    bytes.set(SHORT, 56, (short) geometry.cylinders());
    bytes.set(ValueLayout.JAVA_BYTE, 58, (byte) geometry.heads());
    bytes.set(ValueLayout.JAVA_BYTE, 59, (byte) geometry.sectorsPerTrack());
    bytes.set(INT, 60, diskType);
    bytes.set(LONG, 68, uniqueId.getMostSignificantBits());
    bytes.set(LONG, 76, uniqueId.getLeastSignificantBits());
    bytes.set(ValueLayout.JAVA_BYTE, 84, savedState);
    bytes.set(INT, CHECKSUM, checksum(bytes, CHECKSUM));
  }

  /** The size of the disk as its guest sees it, bytes (see the package's notes). */
  long guestSize() {
    return guestSize(SizeRule.BY_CREATOR);
  }

  /** The size of the disk as a rule has it, bytes. */
  long guestSize(SizeRule rule) {
    return rule.isByGeometry(creator) && geometry.sectors() > 0 && !geometry.isMax()
        ? geometry.sectors() * VhdFormat.SECTOR_SIZE
        : currentSize;
  }

  /**
   * The footer of the same disk when it is as large as {@code wanted} bytes, or somewhat larger.
   */
  VhdFooter resized(long wanted) {
    long size = Sizes.roundUp(wanted, VhdFormat.SECTOR_SIZE);
    DiskGeometry other = DiskGeometry.MAX;
    if (SizeRule.BY_CREATOR.isByGeometry(creator)) {
      other = DiskGeometry.holding(size / VhdFormat.SECTOR_SIZE);
      size = other.isMax() ? size : other.sectors() * VhdFormat.SECTOR_SIZE;
    } else if (!geometry.isMax()) {
      other = DiskGeometry.of(size / VhdFormat.SECTOR_SIZE);
    }
    return with(size, other);
  }

  /**
   * Whether both say the same of a disk, apart from its size and its parent, which a change that
   * broke off may have left in one of them.
   */
  boolean isOfSameDisk(VhdFooter other) {
    return (diskType == FIXED) == (other.diskType == FIXED)
        && exactly(0).over(diskType, 0).equals(other.exactly(0).over(diskType, 0));
  }

  /** The footer of the same disk with its header elsewhere. */
  VhdFooter over(int newType, long newOffset) {
    return new VhdFooter(
        features,
        version,
        newOffset,
        timestamp,
        creator,
        creatorVersion,
        creatorHost,
        originalSize,
        currentSize,
        geometry,
        newType,
        uniqueId,
        savedState);
  }

  /** The footer of the same disk when it is exactly that large, whoever made it. */
  VhdFooter exactly(long size) {
    return with(size, DiskGeometry.MAX);
  }

  /** Sets the original size, too, which some readers take for the size that counts. */
  private VhdFooter with(long size, DiskGeometry other) {
    return new VhdFooter(
        features,
        version,
        dataOffset,
        timestamp,
        creator,
        creatorVersion,
        creatorHost,
        size,
        size,
        other,
        diskType,
        uniqueId,
        savedState);
  }

  static int timestamp(Instant time) {
    return (int) Math.clamp(time.getEpochSecond() - EPOCH, 0, 0xFFFF_FFFFL);
  }

  /** The complement of the sum of all bytes but the four of the checksum itself. */
  static int checksum(MemorySegment bytes, long position) {
    int sum = 0;
    for (long i = 0; i < bytes.byteSize(); i++) {
      if (i < position || i >= position + Integer.BYTES) {
        sum += Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, i));
      }
    }
    return ~sum;
  }

  private static String text(MemorySegment bytes, long at) {
    return new String(
        bytes.asSlice(at, 4).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
  }

  private static void put(MemorySegment bytes, long at, String text) {
    MemorySegment.copy(
        MemorySegment.ofArray(text.getBytes(StandardCharsets.ISO_8859_1)), 0, bytes, at, 4);
  }
}
