package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.Text;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What the first label of a part of a ZFS pool says: pairs of names and values in XDR (RFC 4506).
 *
 * @param pool its name; empty: not told
 * @param number of the pool; empty: not told
 */
record ZfsLabel(String pool, String number) {
  private static final int PLACE = 16 << 10;
  private static final int LENGTH = 112 << 10;
  private static final int FIRST_PAIR = 12;
  private static final int MAX_PAIRS = 256;
  private static final int NUMBER = 8;
  private static final int TEXT = 9;

  static ZfsLabel read(Source volume) throws IOException {
    String pool = "";
    String number = "";
    Bytes label = volume.readUpTo(PLACE, LENGTH).big();
    try {
      long at = FIRST_PAIR;
      for (int i = 0; i < MAX_PAIRS && label.u32(at) != 0; i++) {
        long length = label.u32(at);
        long nameLength = label.u32(at + 8);
        String name = label.text(at + 12, nameLength, StandardCharsets.US_ASCII);
        long kind = at + 12 + (nameLength + 3) / 4 * 4;
        if (label.u32(kind) == TEXT && name.equals("name")) {
          pool = Text.clean(label.text(kind + 12, label.u32(kind + 8)));
        } else if (label.u32(kind) == NUMBER && name.equals("pool_guid")) {
          number = Long.toUnsignedString(label.i64(kind + 8));
        }
        at += length;
      }
    } catch (ImageException e) {
      return new ZfsLabel(pool, number); // what stands before the damage
    }
    return new ZfsLabel(pool, number);
  }
}
