package dev.platter.wrap;

import dev.platter.archive.TarMember;
import dev.platter.archive.TarReader;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;

/** The bytes of one file in a tar archive, with zeros where a sparse one stores none. */
final class TarContent {
  private static final int PART = 1 << 16;

  private final TarMember member;
  private final TarReader.Bytes archive;
  private byte[] head = new byte[0];
  private int headAt;

  /** Where in the file the next byte lies, and where in the archive. */
  private long at;

  private long stored;
  private int piece;

  TarContent(TarMember member, TarReader.Bytes archive) {
    this.member = member;
    this.archive = archive;
    this.stored = member.offset();
  }

  /** The first bytes, which stay to be read; asked for before anything else. */
  byte[] head(int most) throws IOException {
    byte[] bytes = new byte[(int) Math.min(most, member.size())];
    for (int done = 0; done < bytes.length; ) {
      done += next(bytes, done, bytes.length - done);
    }
    head = bytes;
    return bytes;
  }

  /** The next bytes; -1 at the end. */
  int read(byte[] target, int offset, int length) throws IOException {
    if (headAt < head.length) {
      int count = Math.min(length, head.length - headAt);
      System.arraycopy(head, headAt, target, offset, count);
      headAt += count;
      return count;
    }
    return at == member.size() ? -1 : next(target, offset, length);
  }

  private int next(byte[] target, int offset, int length) throws IOException {
    while (piece < member.pieces().size() && end(piece) <= at) {
      piece++;
    }
    long start =
        piece < member.pieces().size() ? member.pieces().get(piece).offset() : Long.MAX_VALUE;
    if (at < start) {
      int count = (int) Math.min(length, Math.min(start, member.size()) - at);
      Arrays.fill(target, offset, offset + count, (byte) 0);
      at += count;
      return count;
    }
    byte[] part = new byte[(int) Math.min(Math.min(length, PART), end(piece) - at)];
    if (archive.read(stored, part) < part.length) {
      throw new EOFException("the archive ends early, in the file '" + member.name() + "'");
    }
    System.arraycopy(part, 0, target, offset, part.length);
    at += part.length;
    stored += part.length;
    return part.length;
  }

  private long end(int index) {
    TarMember.Piece one = member.pieces().get(index);
    return one.offset() + one.length();
  }
}
