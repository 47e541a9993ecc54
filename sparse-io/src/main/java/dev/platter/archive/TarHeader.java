package dev.platter.archive;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * One header block of a tar archive, in POSIX's ustar form, in GNU's, or in that of before ustar.
 *
 * @param name the member's name, its prefix put before it
 * @param size the bytes that follow
 * @param type the type flag: {@code 0} or NUL is a file
 */
public record TarHeader(String name, long size, char type) {
  /** The unit of a tar archive, bytes. */
  public static final int BLOCK = 512;

  /** The largest member whose size fits the header's octal digits. */
  public static final long MAX_SIZE = 0_77777777777L;

  /** The longest name that fits the header, bytes. */
  public static final int MAX_NAME = 100;

  private static final char DIRECTORY = '5';
  private static final int SIZE_AT = 124;
  private static final int SIZE_LENGTH = 12;
  private static final int CHECKSUM_AT = 148;
  private static final int CHECKSUM_LENGTH = 8;
  private static final int TYPE_AT = 156;
  private static final int MAGIC_AT = 257;
  private static final int PREFIX_AT = 345;
  private static final int PREFIX_LENGTH = 155;
  private static final String MAGIC = "ustar";

  /**
   * Reads a block; empty where it is no header (wrong magic, checksum or size). Some old programs
   * added signed bytes.
   */
  public static Optional<TarHeader> parse(byte[] block) {
    String magic = text(block, MAGIC_AT, MAGIC.length());
    boolean old = magic.isEmpty() && block[0] != 0;
    if (!magic.equals(MAGIC) && !old) {
      return Optional.empty();
    }
    long sum = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      boolean inChecksum = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_LENGTH;
      sum += inChecksum ? ' ' : block[i] & 0xFF;
      signed += inChecksum ? ' ' : block[i];
    }
    long size = number(block, SIZE_AT, SIZE_LENGTH);
    long told = number(block, CHECKSUM_AT, CHECKSUM_LENGTH);
    if (told < 0 || (sum != told && signed != told) || size < 0) {
      return Optional.empty();
    }
    // GNU's own form has other things where POSIX has the prefix.
    String prefix = block[MAGIC_AT + 5] == 0 ? text(block, PREFIX_AT, PREFIX_LENGTH) : "";
    String name = text(block, 0, MAX_NAME);
    return Optional.of(
        new TarHeader(
            prefix.isEmpty() ? name : prefix + "/" + name, size, (char) (block[TYPE_AT] & 0xFF)));
  }

  /** Whether a block is one of the two that mark the end of an archive. */
  public static boolean isZero(byte[] block) {
    return Arrays.equals(block, new byte[BLOCK]);
  }

  /** Whether it is the header of a file, of no other kind of member. */
  public boolean isFile() {
    // The oldest form tells a directory by its name alone.
    return (type == '0' || type == 0 || type == '7') && !name.endsWith("/");
  }

  /**
   * The block of a member that anybody may read.
   *
   * @param modified seconds since 1970
   */
  public byte[] toBlock(long modified) {
    return toBlock(modified, MAGIC + "\00000");
  }

  /**
   * The same in GNU's own form, in which a member may have any size.
   *
   * @param modified seconds since 1970
   */
  public byte[] toGnuBlock(long modified) {
    return toBlock(modified, MAGIC + "  \0");
  }

  private byte[] toBlock(long modified, String magic) {
    byte[] block = new byte[BLOCK];
    put(block, 0, name);
    put(block, 100, type == DIRECTORY ? "0000755" : "0000644");
    put(block, 108, "0000000");
    put(block, 116, "0000000");
    if (size > MAX_SIZE) {
      block[SIZE_AT] = (byte) 0x80;
      ByteBuffer.wrap(block).putLong(SIZE_AT + SIZE_LENGTH - Long.BYTES, size);
    } else {
      put(block, SIZE_AT, "%011o".formatted(size));
    }
    put(block, 136, "%011o".formatted(Math.clamp(modified, 0, MAX_SIZE)));
    block[TYPE_AT] = (byte) type;
    put(block, MAGIC_AT, magic);
    put(block, 265, "root");
    put(block, 297, "root");
    put(block, 329, "0000000");
    put(block, 337, "0000000");
    Arrays.fill(block, CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_LENGTH, (byte) ' ');
    long sum = 0;
    for (byte b : block) {
      sum += b & 0xFF;
    }
    put(block, CHECKSUM_AT, "%06o\0 ".formatted(sum));
    return block;
  }

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  private static String text(byte[] block, int at, int length) {
    int end = at;
    while (end < at + length && block[end] != 0) {
      end++;
    }
    return new String(block, at, end - at, StandardCharsets.UTF_8);
  }

  /** Octal digits, or a big-endian number behind a set top bit; -1: neither, or too large. */
  static long number(byte[] block, int at, int length) {
    if ((block[at] & 0x80) != 0) {
      long value = block[at] & 0x7F;
      for (int i = 1; i < length; i++) {
        if (value >= 1L << 55) {
          return -1;
        }
        value = value << 8 | (block[at + i] & 0xFF);
      }
      return value;
    }
    String digits = text(block, at, length).strip();
    return digits.matches("[0-7]{1,12}") ? Long.parseLong(digits, 8) : -1;
  }
}
