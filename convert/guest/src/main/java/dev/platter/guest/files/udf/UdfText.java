package dev.platter.guest.files.udf;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.image.CorruptImageException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** Names and times as UDF writes them (UDF 2.60, 2.1.1; ECMA-167, 1/7.3). */
final class UdfText {
  private static final int NARROW = 8;
  private static final int WIDE = 16;
  private static final int LOCAL = 1;
  private static final int NO_ZONE = -2047;

  private UdfText() {}

  /** Characters of 8 or 16 bits, as the first byte says. */
  static String name(Bytes bytes) throws CorruptImageException {
    if (bytes.length() == 0) {
      return "";
    }
    int width = bytes.u8(0);
    bytes.require(width == NARROW || width == WIDE, "characters of " + width + " bits");
    return new String(
        bytes.array(1, bytes.length() - 1),
        width == WIDE ? StandardCharsets.UTF_16BE : StandardCharsets.ISO_8859_1);
  }

  /** A name in a field of fixed length, of which the last byte says how long the name is. */
  static String field(Bytes field) throws CorruptImageException {
    int last = field.length() - 1;
    int length = Math.min(field.u8(last), last) - 1;
    return length < 1
        ? ""
        : field.text(
            1,
            length,
            field.u8(0) == WIDE ? StandardCharsets.UTF_16BE : StandardCharsets.ISO_8859_1);
  }

  /** Twelve bytes: zone, year, month, day, hour, minute, second, and three parts of one. */
  static Instant time(Bytes bytes, long at) throws CorruptImageException {
    int zone = bytes.u16(at);
    int minutes = zone >> 12 == LOCAL ? zone << 20 >> 20 : 0;
    try {
      return LocalDateTime.of(
              (short) bytes.u16(at + 2),
              bytes.u8(at + 4),
              bytes.u8(at + 5),
              bytes.u8(at + 6),
              bytes.u8(at + 7),
              bytes.u8(at + 8))
          .toInstant(ZoneOffset.UTC)
          .minusSeconds(minutes == NO_ZONE ? 0 : minutes * 60L)
          .plusNanos(
              bytes.u8(at + 9) * 10_000_000L
                  + bytes.u8(at + 10) * 100_000L
                  + bytes.u8(at + 11) * 1_000L);
    } catch (DateTimeException e) {
      return FileAttributes.time(0, 0);
    }
  }
}
