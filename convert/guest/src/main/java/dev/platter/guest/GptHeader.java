package dev.platter.guest;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;
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
  private static final int CRC = 16;

  static boolean isAt(Bytes bytes) throws CorruptImageException {
    return bytes.has(0, SIGNATURE);
  }

  /**
   * @param sector where these bytes lie
   */
  static GptHeader parse(Bytes bytes, long sector) throws CorruptImageException {
    bytes.require(isAt(bytes), "no header of a GPT");
    long length = bytes.u32(12);
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
    bytes.require(bytes.i64(24) == sector, "header that says it lies at sector " + bytes.i64(24));
    GptHeader header =
        new GptHeader(
            sector,
            bytes.i64(32),
            bytes.guid(56),
            bytes.u63(72),
            bytes.u32(80),
            bytes.u32(84),
            bytes.i32(88));
    bytes.require(
        header.entryCount <= MAX_ENTRIES
            && header.entryLength >= GptEntry.LENGTH
            && header.entryLength <= 4096
            && header.entryLength % 8 == 0
            && header.entriesBytes() <= 1 << 20,
        header.entryCount + " entries of " + header.entryLength + " bytes");
    return header;
  }

  long entriesBytes() {
    return entryCount * entryLength;
  }
}
