package dev.platter.raw;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** The line that a kernel of Linux prints first, which lies somewhere in its bytes. */
final class LinuxBanner {
  private static final String BEGINNING = "Linux version ";
  private static final int WINDOW = 1 << 20;
  private static final int LONGEST = 128;
  private static final long FAR = 64L << 20;

  private LinuxBanner() {}

  /** The version in it; empty: it is not in the first 64 MiB. */
  static String find(Storage storage) throws IOException {
    byte[] window = new byte[WINDOW + LONGEST];
    long end = Math.min(storage.size(), FAR);
    for (long at = 0; at < end; at += WINDOW) {
      int count = (int) storage.read(at, MemorySegment.ofArray(window));
      String text = new String(window, 0, count, StandardCharsets.ISO_8859_1);
      for (int found = text.indexOf(BEGINNING); found >= 0; ) {
        int from = found + BEGINNING.length();
        int to = text.indexOf(' ', from);
        if (to > from && to - from < LONGEST && Character.isDigit(text.charAt(from))) {
          return DiscText.clean(text.substring(from, to));
        }
        found = text.indexOf(BEGINNING, from);
      }
    }
    return "";
  }
}
