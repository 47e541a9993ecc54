package dev.platter.guest.files.fat;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.image.CorruptImageException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Optional;

/**
 * A directory entry of FAT ("FAT32 File System Specification", section 6). Times are those of the
 * clock on the wall where the file was written, and taken for UTC.
 *
 * @param cluster the first one; 0: there is none
 * @param created a {@link #stamp}, as are the others: most entries are only looked for by name
 */
record FatEntry(
    String shortName,
    int attributes,
    long cluster,
    long size,
    long created,
    long modified,
    long accessed) {
  static final int LENGTH = 32;

  private static final int READ_ONLY = 0x01;
  private static final int DIRECTORY = 0x10;
  private static final int LOWER_NAME = 0x08;
  private static final int LOWER_EXTENSION = 0x10;

  /** Stands for {@link #DELETED} as the first character of a name. */
  private static final int KANJI = 0x05;

  static final int DELETED = 0xE5;

  /** The root directory, which has no entry. */
  static FatEntry root(long cluster) {
    return new FatEntry("", DIRECTORY, cluster, 0, 0, 0, 0);
  }

  static FatEntry parse(Bytes bytes, boolean wide) throws CorruptImageException {
    return new FatEntry(
        shortName(bytes),
        bytes.u8(11),
        bytes.u16(26) | (wide ? (long) bytes.u16(20) << 16 : 0),
        bytes.u32(28),
        stamp(bytes.u16(16), bytes.u16(14), bytes.u8(13)),
        stamp(bytes.u16(24), bytes.u16(22), 0),
        stamp(bytes.u16(18), 0, 0));
  }

  boolean isDirectory() {
    return (attributes & DIRECTORY) != 0;
  }

  private static String shortName(Bytes entry) throws CorruptImageException {
    byte[] stored = entry.array(0, 11);
    if (stored[0] == KANJI) {
      stored[0] = (byte) DELETED;
    }
    int cases = entry.u8(12);
    String base = part(stored, 0, 8, (cases & LOWER_NAME) != 0);
    String extension = part(stored, 8, 3, (cases & LOWER_EXTENSION) != 0);
    return extension.isEmpty() ? base : base + "." + extension;
  }

  private static String part(byte[] stored, int from, int length, boolean lower) {
    String text = new String(stored, from, length, StandardCharsets.ISO_8859_1).stripTrailing();
    return lower ? text.toLowerCase(Locale.ROOT) : text;
  }

  /** A date and a time of MS-DOS, as they are stored. */
  private static long stamp(int date, int time, int hundredths) {
    return (long) date << 32 | time << 8 | hundredths;
  }

  /** What a stamp says; one that says nothing counts as 1970. */
  private static Instant time(long stamp) {
    int date = (int) (stamp >> 32);
    int time = (int) (stamp >> 8) & 0xFFFF;
    try {
      return LocalDateTime.of(
              1980 + (date >> 9),
              date >> 5 & 0xF,
              date & 0x1F,
              time >> 11,
              time >> 5 & 0x3F,
              (time & 0x1F) * 2)
          .toInstant(ZoneOffset.UTC)
          .plusMillis((stamp & 0xFF) * 10);
    } catch (DateTimeException e) {
      return Instant.EPOCH;
    }
  }

  /**
   * @param at where the entry lies, which tells apart what has no cluster
   */
  FileAttributes fileAttributes(long at) {
    boolean readOnly = (attributes & READ_ONLY) != 0;
    int mode =
        isDirectory()
            ? FileAttributes.DIRECTORY | 0755
            : FileAttributes.FILE | (readOnly ? 0444 : 0644);
    Instant made = time(created);
    Instant changed = time(modified);
    boolean hasCluster = cluster != 0 || isDirectory();
    return new FileAttributes(
        0,
        hasCluster ? cluster : -1 - at,
        mode,
        1,
        0,
        0,
        size,
        Optional.empty(),
        time(accessed),
        changed,
        changed,
        made.equals(Instant.EPOCH) ? Optional.empty() : Optional.of(made));
  }
}
