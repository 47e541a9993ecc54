package dev.platter.guest.copy;

import dev.platter.guest.files.FileAttributes;
import dev.platter.storage.FileNames;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/**
 * The headers of a tar's member (POSIX, "pax Interchange Format"): records for what the old header
 * has no room for, and that header.
 */
final class TarHeader {
  static final int BLOCK = 512;

  static final char FILE = '0';
  static final char HARD_LINK = '1';
  static final char LINK = '2';
  static final char CHARACTER_DEVICE = '3';
  static final char BLOCK_DEVICE = '4';
  static final char DIRECTORY = '5';
  static final char FIFO = '6';

  private static final char RECORDS = 'x';
  private static final int NAME_LENGTH = 100;
  private static final int TARGET = 157;
  private static final int CHECKSUM = 148;
  private static final long MOST_OF_7_DIGITS = 07777777;
  private static final long MOST_OF_11_DIGITS = 077777777777L;
  private static final String RECORDS_NAME = "PaxHeaders/";

  private final ByteArrayOutputStream records = new ByteArrayOutputStream();

  /** Says something that the old header has no place for. */
  void record(String key, String value) {
    record(key, value.getBytes(StandardCharsets.UTF_8));
  }

  /** The same in any bytes. */
  void record(String key, byte[] value) {
    byte[] name = key.getBytes(StandardCharsets.UTF_8);
    int rest = name.length + value.length + 3; // a space, an equals sign, the end of the line
    int length = rest + Integer.toString(rest).length();
    length = rest + Integer.toString(length).length(); // with one digit more, where it needs that
    records.writeBytes((length + " ").getBytes(StandardCharsets.US_ASCII));
    records.writeBytes(name);
    records.write('=');
    records.writeBytes(value);
    records.write('\n');
  }

  /** Says when; the old header has no parts of a second, and nothing before 1970. */
  void time(String key, Instant time) {
    String text = Long.toString(time.getEpochSecond());
    if (time.getNano() != 0) {
      boolean negative = time.getEpochSecond() < 0;
      long second = negative ? time.getEpochSecond() + 1 : time.getEpochSecond();
      int nano = negative ? 1_000_000_000 - time.getNano() : time.getNano();
      String sign = negative && second == 0 ? "-" : "";
      text = sign + second + "." + ("%09d".formatted(nano)).replaceAll("0+$", "");
    }
    record(key, text);
  }

  /**
   * All headers of a member.
   *
   * @param type one of the letters above
   * @param target where a link points; empty: it is none
   * @param size of what is stored
   */
  byte[] bytes(char type, String path, String target, FileAttributes attributes, long size) {
    byte[] name = FileNames.bytes(path);
    byte[] goal = FileNames.bytes(target);
    if (name.length > NAME_LENGTH || !isAscii(name)) {
      record("path", name);
    }
    if (goal.length > NAME_LENGTH || !isAscii(goal)) {
      record("linkpath", goal);
    }
    if (size > MOST_OF_11_DIGITS) {
      record("size", Long.toString(size));
    }
    if (attributes.uid() > MOST_OF_7_DIGITS) {
      record("uid", Long.toString(attributes.uid()));
    }
    if (attributes.gid() > MOST_OF_7_DIGITS) {
      record("gid", Long.toString(attributes.gid()));
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    if (records.size() > 0) {
      byte[] said = records.toByteArray();
      byte[] beginning = Arrays.copyOf(name, Math.min(name.length, NAME_LENGTH - 20));
      ByteArrayOutputStream label = new ByteArrayOutputStream();
      label.writeBytes(RECORDS_NAME.getBytes(StandardCharsets.US_ASCII));
      label.writeBytes(beginning);
      all.writeBytes(old(RECORDS, label.toByteArray(), new byte[0], null, said.length));
      all.writeBytes(Arrays.copyOf(said, (said.length + BLOCK - 1) / BLOCK * BLOCK));
    }
    all.writeBytes(old(type, name, goal, attributes, size));
    return all.toByteArray();
  }

  private static boolean isAscii(byte[] name) {
    for (byte b : name) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * @param attributes null: those of nothing in particular
   */
  private static byte[] old(
      char type, byte[] name, byte[] target, FileAttributes attributes, long size) {
    byte[] header = new byte[BLOCK];
    System.arraycopy(name, 0, header, 0, Math.min(name.length, NAME_LENGTH));
    number(header, 100, 8, attributes == null ? 0644 : attributes.permissions());
    number(header, 108, 8, attributes == null ? 0 : clipped(attributes.uid(), MOST_OF_7_DIGITS));
    number(header, 116, 8, attributes == null ? 0 : clipped(attributes.gid(), MOST_OF_7_DIGITS));
    number(header, 124, 12, clipped(size, MOST_OF_11_DIGITS));
    long modified = attributes == null ? 0 : attributes.modified().getEpochSecond();
    number(header, 136, 12, Math.clamp(modified, 0, MOST_OF_11_DIGITS));
    header[156] = (byte) type;
    System.arraycopy(target, 0, header, TARGET, Math.min(target.length, NAME_LENGTH));
    text(header, 257, "ustar\u000000");
    if (attributes != null && attributes.device().isPresent()) {
      number(header, 329, 8, clipped(attributes.device().get().major(), MOST_OF_7_DIGITS));
      number(header, 337, 8, clipped(attributes.device().get().minor(), MOST_OF_7_DIGITS));
    }
    Arrays.fill(header, CHECKSUM, CHECKSUM + 8, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xFF;
    }
    number(header, CHECKSUM, 7, sum);
    return header;
  }

  /** What does not fit is said in a record; this is what is read where records are not known. */
  private static long clipped(long value, long most) {
    return Math.min(value, most);
  }

  /** Octal digits, and a NUL. */
  private static void number(byte[] header, int at, int length, long value) {
    String digits = Long.toOctalString(value);
    text(header, at, "0".repeat(Math.max(length - 1 - digits.length(), 0)) + digits);
    header[at + length - 1] = 0;
  }

  private static void text(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
