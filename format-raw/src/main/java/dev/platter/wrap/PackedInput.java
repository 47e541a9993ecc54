package dev.platter.wrap;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** A stream of packed bytes, read in parts of 128 KiB and taken in small pieces. */
final class PackedInput implements Closeable {
  private static final int PART = 1 << 17;

  private final InputStream source;
  private final byte[] part = new byte[PART];
  private int at;
  private int end;

  PackedInput(InputStream source) {
    this.source = source;
  }

  /** Whether there is nothing more; waits for it. */
  boolean isAtEnd() throws IOException {
    if (at < end) {
      return false;
    }
    at = 0;
    end = Math.max(0, source.readNBytes(part, 0, PART));
    return end == 0;
  }

  /** The next byte. */
  int next() throws IOException {
    if (at == end && isAtEnd()) {
      throw endsEarly();
    }
    return part[at++] & 0xff;
  }

  int littleShort() throws IOException {
    return next() | next() << 8;
  }

  int littleInt() throws IOException {
    return littleShort() | littleShort() << 16;
  }

  long littleLong() throws IOException {
    return littleInt() & 0xffff_ffffL | (long) littleInt() << 32;
  }

  /** The next bytes, which stay to be read; fewer only where the file ends. At most 128 KiB. */
  byte[] peek(int most) throws IOException {
    if (end - at < most) {
      System.arraycopy(part, at, part, 0, end - at);
      end -= at;
      at = 0;
      end += Math.max(0, source.readNBytes(part, end, PART - end));
    }
    return java.util.Arrays.copyOfRange(part, at, Math.min(end, at + most));
  }

  void readFully(byte[] target, int offset, int length) throws IOException {
    for (int done = 0; done < length; ) {
      if (isAtEnd()) {
        throw endsEarly();
      }
      int count = Math.min(length - done, end - at);
      System.arraycopy(part, at, target, offset + done, count);
      at += count;
      done += count;
    }
  }

  void skip(long length) throws IOException {
    for (long left = length; left > 0; ) {
      if (isAtEnd()) {
        throw endsEarly();
      }
      int count = (int) Math.min(left, end - at);
      at += count;
      left -= count;
    }
  }

  /** The bytes at hand: {@link #position} to {@link #limit} of this array. */
  byte[] array() {
    return part;
  }

  int position() {
    return at;
  }

  int limit() {
    return end;
  }

  /** Says how far the bytes at hand have been taken. */
  void moveTo(int position) {
    at = position;
  }

  static EOFException endsEarly() {
    return new EOFException("the file ends early");
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
