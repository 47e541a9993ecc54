package dev.platter.guest.files.exfat;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;

/**
 * Which characters are the same but for their case, as the volume's up-case table says ("exFAT file
 * system specification", 7.2.5).
 */
final class ExfatCase {
  private static final int CHARACTERS = 1 << 16;
  private static final int RUN = 0xFFFF;

  private final char[] upper = new char[CHARACTERS];

  private ExfatCase() {}

  /** Reads a table, in which a mark and a count stand for a run of characters without case. */
  static ExfatCase read(Source table) throws IOException {
    ExfatCase cases = new ExfatCase();
    for (int i = 0; i < CHARACTERS; i++) {
      cases.upper[i] = (char) i;
    }
    Bytes bytes = table.readUpTo(0, 2 * CHARACTERS);
    int character = 0;
    for (int at = 0; at + 2 <= bytes.length() && character < CHARACTERS; at += 2) {
      int value = bytes.u16(at);
      if (value == RUN && at + 4 <= bytes.length()) {
        at += 2;
        character += bytes.u16(at);
      } else {
        cases.upper[character++] = (char) value;
      }
    }
    return cases;
  }

  /** A name in upper case. */
  String fold(String name) {
    char[] folded = name.toCharArray();
    for (int i = 0; i < folded.length; i++) {
      folded[i] = upper[folded[i]];
    }
    return new String(folded);
  }
}
