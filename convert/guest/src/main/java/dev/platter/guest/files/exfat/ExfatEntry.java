package dev.platter.guest.files.exfat;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.image.CorruptImageException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * A file or directory: a set of directory entries ("exFAT file system specification", 7.4, 7.6 and
 * 7.7). Times without a zone are taken for UTC.
 */
record ExfatEntry(
    String name,
    int attributes,
    ExfatAllocation allocation,
    Instant created,
    Instant modified,
    Instant accessed) {
  static final int LENGTH = 32;

  /** Types of entries that are in use. */
  static final int BITMAP = 0x81;

  static final int UP_CASE = 0x82;
  static final int LABEL = 0x83;
  static final int FILE = 0x85;
  static final int VOLUME_GUID = 0xA0;
  static final int STREAM = 0xC0;
  static final int NAME = 0xC1;

  private static final int READ_ONLY = 0x01;
  private static final int DIRECTORY = 0x10;
  private static final int PER_NAME = 15; // characters
  private static final int ZONE_IS_KNOWN = 0x80;
  private static final int QUARTER = 15 * 60;

  /** The root directory, which has no entry, and ends where its chain ends. */
  static ExfatEntry root(long cluster, long most) {
    return new ExfatEntry(
        "/",
        DIRECTORY,
        new ExfatAllocation(cluster, most, most, false),
        Instant.EPOCH,
        Instant.EPOCH,
        Instant.EPOCH);
  }

  /**
   * @param set the entry of a file and all that follow and belong to it
   */
  static ExfatEntry parse(Bytes set) throws CorruptImageException {
    set.require(
        set.length() >= 3 * LENGTH && set.u8(LENGTH) == STREAM,
        "no stream behind the entry of a file");
    Bytes stream = set.slice(LENGTH, LENGTH);
    return new ExfatEntry(
        name(set, stream.u8(3)),
        set.u16(4),
        ExfatAllocation.ofStream(stream),
        time(set.u32(8), set.u8(20), set.u8(22)),
        time(set.u32(12), set.u8(21), set.u8(23)),
        time(set.u32(16), 0, set.u8(24)));
  }

  private static String name(Bytes set, int length) throws CorruptImageException {
    StringBuilder name = new StringBuilder();
    for (int at = 2 * LENGTH; name.length() < length; at += LENGTH) {
      set.require(
          at < set.length() && set.u8(at) == NAME,
          "a name of " + length + " characters has " + name.length());
      int count = Math.min(length - name.length(), PER_NAME);
      name.append(new String(set.array(at + 2L, count * 2L), StandardCharsets.UTF_16LE));
    }
    return name.toString();
  }

  boolean isDirectory() {
    return (attributes & DIRECTORY) != 0;
  }

  /**
   * @param zone quarters of an hour from UTC, in seven bits with a sign, if the eighth is set
   */
  private static Instant time(long stamp, int hundredths, int zone) {
    int quarters = (zone & ZONE_IS_KNOWN) == 0 ? 0 : zone << 25 >> 25;
    int date = (int) (stamp >>> 16);
    int time = (int) stamp & 0xFFFF;
    try {
      return LocalDateTime.of(
              1980 + (date >> 9),
              date >> 5 & 0xF,
              date & 0x1F,
              time >> 11,
              time >> 5 & 0x3F,
              (time & 0x1F) * 2)
          .toInstant(ZoneOffset.UTC)
          .minusSeconds((long) quarters * QUARTER)
          .plusMillis(hundredths * 10L);
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
    return new FileAttributes(
        0,
        allocation.first() != 0 ? allocation.first() : -1 - at,
        mode,
        1,
        0,
        0,
        isDirectory() ? 0 : allocation.length(),
        Optional.empty(),
        accessed,
        modified,
        modified,
        created.equals(Instant.EPOCH) ? Optional.empty() : Optional.of(created));
  }
}
