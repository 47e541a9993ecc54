package dev.platter.wrap;

import dev.platter.image.wrap.Remarks;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.CRC32;

/** The members of a gzip file, one after the other (RFC 1952). */
final class GzipStream extends Unpacked implements Remarks {
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

  /** More than any description or signature that is appended to a file. */
  private static final int MAX_FOREIGN = 1 << 20;

  private final PackedInput input;
  private final DeflatedPart part;
  private final CRC32 headerCrc = new CRC32();
  private final CRC32 crc = new CRC32();
  private long length;
  private boolean inMember;
  private boolean ended;
  private long foreign;

  GzipStream(InputStream packed) {
    this.input = new PackedInput(packed);
    this.part = new DeflatedPart(input);
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    while (!ended) {
      if (!inMember) {
        readHeader();
      }
      int done = part.read(target, offset, count);
      if (done >= 0) {
        crc.update(target, offset, done);
        length += done;
        return done;
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
    crc.reset();
    length = 0;
    inMember = true;
  }

  private void readTrailer() throws IOException {
    int storedCrc = input.littleInt();
    if (storedCrc != (int) crc.getValue()) {
      throw wrong("CRC", storedCrc, (int) crc.getValue());
    }
    int storedLength = input.littleInt();
    if (storedLength != (int) length) {
      throw wrong("length", storedLength, (int) length);
    }
    inMember = false;
    ended = input.isAtEnd() || !isMember();
  }

  /**
   * Whether a member follows. Tapes and block devices pad with zeros, and some append to a file
   * what describes it, which gzip itself takes no notice of: that is short, and does not begin as
   * members do, not even as damaged ones.
   */
  private boolean isMember() throws IOException {
    boolean padded = false;
    int first = input.next();
    while (first == 0 && !input.isAtEnd()) {
      padded = true;
      first = input.next();
    }
    if (first == 0) {
      return false;
    }
    input.moveTo(input.position() - 1);
    byte[] head = input.peek(3);
    int alike = alike(head, 0, ID1) + alike(head, 1, ID2) + alike(head, 2, CM_DEFLATE);
    if (alike == head.length || alike > 1) {
      if (padded) {
        throw new IOException("gzip: a member follows behind padding");
      }
      return true;
    }
    while (!input.isAtEnd()) {
      foreign += input.limit() - input.position();
      input.moveTo(input.limit());
      if (foreign > MAX_FOREIGN) {
        throw new IOException(
            "gzip: more than " + MAX_FOREIGN + " bytes that are no member follow the last one");
      }
    }
    return false;
  }

  private static int alike(byte[] head, int place, int expected) {
    return place < head.length && (head[place] & 0xff) == expected ? 1 : 0;
  }

  @Override
  public Optional<String> remark() {
    return foreign == 0
        ? Optional.empty()
        : Optional.of(foreign + " bytes behind the packed data are left out");
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
