package dev.platter.guest.packages;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Hands out the lines of a file, of which little is in memory at a time. */
final class Lines {
  private static final long MAX_FILE = 256L << 20;
  private static final int MAX_LINE = 1 << 20;
  private static final int STEP = 1 << 16;

  private Lines() {}

  /** Takes lines. */
  interface Taker {
    /** The next line, without its end. */
    void take(String line) throws IOException;
  }

  /** Reads a file of UTF-8; its last line need not end. */
  static void each(Source file, Taker taker) throws IOException {
    if (file.size() > MAX_FILE) {
      throw Fault.on(file.name()).corrupt(file.size() + " bytes, at most " + MAX_FILE);
    }
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    for (long at = 0; at < file.size(); at += STEP) {
      Bytes read = file.readUpTo(at, STEP);
      byte[] bytes = read.array();
      int from = 0;
      for (int i = 0; i < bytes.length; i++) {
        if (bytes[i] == '\n') {
          rest.write(bytes, from, i - from);
          taker.take(rest.toString(StandardCharsets.UTF_8));
          rest.reset();
          from = i + 1;
        }
      }
      rest.write(bytes, from, bytes.length - from);
      requireLine(read, rest.size());
    }
    if (rest.size() > 0) {
      taker.take(rest.toString(StandardCharsets.UTF_8));
    }
  }

  private static void requireLine(Bytes read, int length) throws CorruptImageException {
    read.require(length <= MAX_LINE, "a line of more than " + MAX_LINE + " bytes");
  }
}
