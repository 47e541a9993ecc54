package dev.platter.guest.files.fat;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * The boot sector of a FAT file system (Microsoft, "FAT32 File System Specification", 1.03).
 *
 * @param bits 12, 16 or 32: how wide the entries of the table are
 * @param fatOffset where the table lies
 * @param rootOffset where the root directory lies, bytes; not of FAT32
 * @param dataOffset where cluster 2 lies
 */
record FatBootSector(
    int bits,
    int clusterSize,
    long clusters,
    long fatOffset,
    long fatLength,
    long rootOffset,
    int rootEntries,
    long rootCluster,
    long dataOffset,
    long size,
    String label,
    String serial) {
  static final int LENGTH = 512;

  private static final int MAX_FAT12 = 4084;
  private static final int MAX_FAT16 = 65524;

  /** Empty: this is none. */
  static Optional<FatBootSector> parse(Bytes bytes) throws CorruptImageException {
    if (bytes.length() < LENGTH || bytes.u16(510) != 0xAA55) {
      return Optional.empty();
    }
    int sector = bytes.u16(11);
    int perCluster = bytes.u8(13);
    int reserved = bytes.u16(14);
    int copies = bytes.u8(16);
    int media = bytes.u8(21);
    boolean jumps = bytes.u8(0) == 0xEB || bytes.u8(0) == 0xE9 || bytes.u8(0) == 0;
    if (!jumps
        || Integer.bitCount(sector) != 1
        || sector < 512
        || sector > 4096
        || Integer.bitCount(perCluster) != 1
        || reserved == 0
        || copies == 0
        || copies > 4
        || media < 0xF0) {
      return Optional.empty();
    }
    long total = bytes.u16(19) != 0 ? bytes.u16(19) : bytes.u32(32);
    boolean has32 = bytes.u16(22) == 0;
    long perFat = has32 ? bytes.u32(36) : bytes.u16(22);
    int rootEntries = bytes.u16(17);
    long rootSectors = (rootEntries * 32L + sector - 1) / sector;
    long data = reserved + copies * perFat + rootSectors;
    if (perFat == 0 || data >= total) {
      return Optional.empty();
    }
    long clusters = (total - data) / perCluster;
    int bits = has32 ? 32 : clusters <= MAX_FAT12 ? 12 : clusters <= MAX_FAT16 ? 16 : 32;
    int extended = has32 ? 64 : 36; // where the extended boot record begins
    boolean named = bytes.u8(extended + 2) == 0x29;
    return Optional.of(
        new FatBootSector(
            bits,
            sector * perCluster,
            clusters,
            (long) reserved * sector,
            perFat * sector,
            (reserved + copies * perFat) * sector,
            rootEntries,
            has32 ? bytes.u32(44) : 0,
            data * sector,
            total * sector,
            named ? bytes.text(extended + 7L, 11, StandardCharsets.ISO_8859_1) : "",
            named || bytes.u8(extended + 2) == 0x28 ? serial(bytes.i32(extended + 3)) : ""));
  }

  private static String serial(int number) {
    String digits = HexFormat.of().toHexDigits(number).toUpperCase(Locale.ROOT);
    return digits.substring(0, 4) + "-" + digits.substring(4);
  }
}
