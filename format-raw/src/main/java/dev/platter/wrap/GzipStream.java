package dev.platter.wrap;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;

/** The members of a gzip file, one after the other (RFC 1952). */
final class GzipStream extends Unpacked {
  static final int ID1 = 0x1f;
  static final int ID2 = 0x8b;
  static final int CM_DEFLATE = 8;

  private static final int FHCRC = 1 << 1;
  private static final int FEXTRA = 1 << 2;
  private static final int FNAME = 1 << 3;
  private static final int FCOMMENT = 1 << 4;
  private static final int RESERVED = 0xe0;

  /** More than any file name or comment has: the rest of a header is bounded by its fields. */
  private static final int MAX_TEXT = 1 << 16;

  private final PackedInput input;
  private final DeflatedPart part;
  private final CRC32 headerCrc = new CRC32();
  private boolean inMember;
  private boolean ended;

  GzipStream(InputStream packed) {
    this.input = new PackedInput(packed);
    this.part = new DeflatedPart(input);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    while (!ended) {
      if (!inMember) {
        readHeader();
      }
      int count = part.read(target, offset, length);
      if (count > 0) {
        return count;
      }
      readTrailer();
    }
    return -1;
  }

  private void readHeader() throws IOException {
    headerCrc.reset();
    int first = take();
    int second = take();
    int method = take();
    if (first != ID1 || second != ID2 || method != CM_DEFLATE) {
      throw new IOException(
          "no gzip member begins with %02x %02x %02x".formatted(first, second, method));
    }
    int flags = take();
    if ((flags & RESERVED) != 0) {
      throw new IOException("gzip: reserved flags 0x" + Integer.toHexString(flags & RESERVED));
    }
    for (int i = 0; i < 6; i++) {
      take(); // MTIME, XFL, OS
    }
    if ((flags & FEXTRA) != 0) {
      int length = take() | take() << 8;
      for (int i = 0; i < length; i++) {
        take();
      }
    }
    if ((flags & FNAME) != 0) {
      skipText();
    }
    if ((flags & FCOMMENT) != 0) {
      skipText();
    }
    if ((flags & FHCRC) != 0) {
      int expected = (int) headerCrc.getValue() & 0xffff;
      int found = input.littleShort();
      if (found != expected) {
        throw wrong("header CRC", found, expected);
      }
    }
    part.start();
    inMember = true;
  }

  private void readTrailer() throws IOException {
    int crc = input.littleInt();
    if (crc != part.crc()) {
      throw wrong("CRC", crc, part.crc());
    }
    int size = input.littleInt();
    if (size != (int) part.length()) {
      throw wrong("length", size, (int) part.length());
    }
    inMember = false;
    ended = input.isAtEnd() || isPadding();
  }

  /** Tapes and block devices pad with zeros; whatever else follows must be a member. */
  private boolean isPadding() throws IOException {
    if (input.array()[input.position()] != 0) {
      return false;
    }
    while (!input.isAtEnd()) {
      if (input.next() != 0) {
        throw new IOException("gzip: something that is no member follows the last one");
      }
    }
    return true;
  }

  private int take() throws IOException {
    int value = input.next();
    headerCrc.update(value);
    return value;
  }

  private void skipText() throws IOException {
    for (int i = 0; take() != 0; i++) {
      if (i == MAX_TEXT) {
        throw new IOException("gzip: a name of more than " + MAX_TEXT + " bytes");
      }
    }
  }

  private static IOException wrong(String what, int found, int expected) {
    return new IOException(
        "gzip: the file says %s %08x, its content has %08x".formatted(what, found, expected));
  }

  @Override
  public void close() throws IOException {
    part.close();
  }
}
