package dev.platter.vhd;

import static dev.platter.vhd.VhdFooter.INT;
import static dev.platter.vhd.VhdFooter.LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The header of dynamic and differencing disks ("Dynamic Disk Header Format").
 *
 * @param tableOffset where the block allocation table stands
 * @param maxTableEntries its entries, unsigned
 * @param blockSize the payload of one block, bytes, unsigned
 * @param parentId the unique identifier of the parent, of a differencing disk
 * @param parentTimestamp seconds since {@link VhdFooter#EPOCH}, unsigned
 * @param parentName the parent's file name
 * @param locators where the parent's names for the several platforms stand
 */
record VhdHeader(
    long tableOffset,
    int version,
    int maxTableEntries,
    int blockSize,
    UUID parentId,
    int parentTimestamp,
    String parentName,
    List<LocatorEntry> locators) {
  static final int LENGTH = 1024;
  static final int VERSION = 0x0001_0000;
  static final int LOCATORS = 8;

  /** "cxsparse". */
  static final long COOKIE = 0x6378_7370_6172_7365L;

  private static final int CHECKSUM = 36;
  private static final int PARENT_NAME = 64;
  private static final int PARENT_NAME_LENGTH = 512;
  private static final int FIRST_LOCATOR = 576;

  VhdHeader {
    locators = List.copyOf(locators);
  }

  /**
   * One parent locator.
   *
   * @param platform four characters that say what kind of name it is
   * @param space the room set aside for it, bytes (some writers: sectors)
   * @param length of the name, bytes, unsigned
   * @param offset where the name stands
   */
  record LocatorEntry(String platform, int space, int length, long offset) {
    static final int LENGTH = 24;
    static final String NONE = "\0\0\0\0";
  }

  static boolean hasCookie(MemorySegment bytes) {
    return bytes.get(LONG, 0) == COOKIE;
  }

  static boolean isSound(MemorySegment bytes) {
    return bytes.get(INT, CHECKSUM) == VhdFooter.checksum(bytes, CHECKSUM);
  }

  static VhdHeader parse(MemorySegment bytes) {
    List<LocatorEntry> locators = new ArrayList<>();
    for (int i = 0; i < LOCATORS; i++) {
      long at = FIRST_LOCATOR + (long) i * LocatorEntry.LENGTH;
      String platform =
          new String(
              bytes.asSlice(at, 4).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
      if (!platform.equals(LocatorEntry.NONE)) {
        locators.add(
            new LocatorEntry(
                platform,
                bytes.get(INT, at + 4),
                bytes.get(INT, at + 8),
                bytes.get(LONG, at + 16)));
      }
    }
    String name =
        new String(
            bytes.asSlice(PARENT_NAME, PARENT_NAME_LENGTH).toArray(ValueLayout.JAVA_BYTE),
            StandardCharsets.UTF_16BE);
    int end = name.indexOf('\0');
    return new VhdHeader(
        bytes.get(LONG, 16),
        bytes.get(INT, 24),
        bytes.get(INT, 28),
        bytes.get(INT, 32),
        new UUID(bytes.get(LONG, 40), bytes.get(LONG, 48)),
        bytes.get(INT, 56),
        end < 0 ? name : name.substring(0, end),
        locators);
  }

  /** The same for a table of another length. */
  VhdHeader withEntries(int entries) {
    return new VhdHeader(
        tableOffset, version, entries, blockSize, parentId, parentTimestamp, parentName, locators);
  }

  /** The same over another parent, or over none. */
  VhdHeader withParent(UUID id, int timestamp, String name, List<LocatorEntry> entries) {
    return new VhdHeader(
        tableOffset, version, maxTableEntries, blockSize, id, timestamp, name, entries);
  }

  /** Changes nothing in a header but where its table is, and its checksum. */
  static void putTable(MemorySegment bytes, long tableOffset, int maxTableEntries) {
    bytes.set(LONG, 16, tableOffset);
    bytes.set(INT, 28, maxTableEntries);
    bytes.set(INT, CHECKSUM, VhdFooter.checksum(bytes, CHECKSUM));
  }

  /** Fills {@code bytes}, {@link #LENGTH} of them, checksum included. */
  void writeTo(MemorySegment bytes) {
    bytes.fill((byte) 0);
    bytes.set(LONG, 0, COOKIE);
    bytes.set(LONG, 8, VhdFooter.NO_OFFSET);
    bytes.set(LONG, 16, tableOffset);
    bytes.set(INT, 24, version);
    bytes.set(INT, 28, maxTableEntries);
    bytes.set(INT, 32, blockSize);
    bytes.set(LONG, 40, parentId.getMostSignificantBits());
    bytes.set(LONG, 48, parentId.getLeastSignificantBits());
    bytes.set(INT, 56, parentTimestamp);
    byte[] name = parentName.getBytes(StandardCharsets.UTF_16BE);
    MemorySegment.copy(
        MemorySegment.ofArray(name),
        0,
        bytes,
        PARENT_NAME,
        Math.min(name.length, PARENT_NAME_LENGTH - 2));
    for (int i = 0; i < locators.size(); i++) {
      long at = FIRST_LOCATOR + (long) i * LocatorEntry.LENGTH;
      LocatorEntry locator = locators.get(i);
      byte[] platform = locator.platform().getBytes(StandardCharsets.ISO_8859_1);
      MemorySegment.copy(MemorySegment.ofArray(platform), 0, bytes, at, 4);
      bytes.set(INT, at + 4, locator.space());
      bytes.set(INT, at + 8, locator.length());
      bytes.set(LONG, at + 16, locator.offset());
    }
    bytes.set(INT, CHECKSUM, VhdFooter.checksum(bytes, CHECKSUM));
  }
}
