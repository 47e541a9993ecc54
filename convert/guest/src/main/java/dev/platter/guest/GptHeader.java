package dev.platter.guest;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * A header of a GUID partition table (UEFI specification 5.3.2). Places are in sectors.
 *
 * @param backup where the other copy is
 * @param entriesAt where the list of partitions begins
 * @param entriesCrc the checksum of that list
 */
record GptHeader(
    long itself,
    long backup,
    String diskId,
    long entriesAt,
    long entryCount,
    long entryLength,
    int entriesCrc) {
  static final int LENGTH = 92;

  private static final String SIGNATURE = "EFI PART";
  private static final int MAX_ENTRIES = 1 << 13;

  /** The last sector that a partition may have. */
  static final int LAST_USABLE = 48;

  private static final int HEADER_LENGTH = 12;
  private static final int CRC = 16;
  private static final int ITSELF = 24;
  private static final int BACKUP = 32;
  private static final int FIRST_USABLE = 40;
  private static final int DISK_ID = 56;
  private static final int ENTRIES_AT = 72;
  private static final int ENTRY_COUNT = 80;
  private static final int ENTRY_LENGTH = 84;
  private static final int ENTRIES_CRC = 88;

  static boolean isAt(Bytes bytes) throws CorruptImageException {
    return bytes.has(0, SIGNATURE);
  }

  /**
   * @param sector where these bytes lie
   */
  static GptHeader parse(Bytes bytes, long sector) throws CorruptImageException {
    bytes.require(isAt(bytes), "no header of a GPT");
    long length = lengthOf(bytes);
    bytes.require(length >= LENGTH && length <= bytes.length(), "header of " + length + " bytes");
    CRC32 crc = new CRC32();
    byte[] covered = bytes.array(0, length);
    covered[CRC] = covered[CRC + 1] = covered[CRC + 2] = covered[CRC + 3] = 0;
    crc.update(covered);
    bytes.require(
        crc.getValue() == bytes.u32(CRC),
        "header checksum 0x"
            + Long.toHexString(bytes.u32(CRC))
            + ", expected 0x"
            + Long.toHexString(crc.getValue()));
    bytes.require(
        bytes.i64(ITSELF) == sector, "header that says it lies at sector " + bytes.i64(ITSELF));
    GptHeader header =
        new GptHeader(
            sector,
            bytes.i64(BACKUP),
            bytes.guid(DISK_ID),
            bytes.u63(ENTRIES_AT),
            bytes.u32(ENTRY_COUNT),
            bytes.u32(ENTRY_LENGTH),
            bytes.i32(ENTRIES_CRC));
    bytes.require(
        header.entryCount <= MAX_ENTRIES
            && header.entryLength >= GptEntry.LENGTH
            && header.entryLength <= 4096
            && header.entryLength % 8 == 0
            && header.entriesBytes() <= 1 << 20,
        header.entryCount + " entries of " + header.entryLength + " bytes");
    return header;
  }

  static long lengthOf(Bytes bytes) throws CorruptImageException {
    return bytes.u32(HEADER_LENGTH);
  }

  /** Whether two headers are of one table: all is the same but for where its parts lie. */
  static boolean sameTable(Bytes one, Bytes other) throws CorruptImageException {
    return lengthOf(one) == lengthOf(other)
        && Arrays.equals(
            one.array(FIRST_USABLE, ENTRIES_AT - FIRST_USABLE),
            other.array(FIRST_USABLE, ENTRIES_AT - FIRST_USABLE))
        && Arrays.equals(
            one.array(ENTRY_COUNT, LENGTH - ENTRY_COUNT),
            other.array(ENTRY_COUNT, LENGTH - ENTRY_COUNT));
  }

  /** Says in a header, little-endian, where it and its parts lie. */
  static void putPlaces(ByteBuffer header, long itself, long backup, long entriesAt) {
    header.putLong(ITSELF, itself).putLong(BACKUP, backup).putLong(ENTRIES_AT, entriesAt);
  }

  /** Puts the checksum into a header that is complete but for it. */
  static void seal(ByteBuffer header) {
    header.putInt(CRC, 0);
    CRC32 crc = new CRC32();
    crc.update(header.slice(0, header.getInt(HEADER_LENGTH)));
    header.putInt(CRC, (int) crc.getValue());
  }

  long entriesBytes() {
    return entryCount * entryLength;
  }
}
