package dev.platter.dmg;

import java.io.ByteArrayOutputStream;

/** Makes streams of ADC with matches in both forms. */
final class AdcEncoder {
  private AdcEncoder() {}

  static byte[] encode(byte[] block) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Matches(block, 65536, 67)
        .cut(
            128,
            (at, literals, match, distance) -> {
              if (literals > 0) {
                out.write(0x80 | literals - 1);
                out.write(block, at, literals);
              }
              if (match > 0 && match <= 18 && distance <= 1024) {
                out.write(match - 3 << 2 | distance - 1 >> 8);
                out.write(distance - 1);
              } else if (match > 0) {
                out.write(0x40 | match - 4);
                out.write(distance - 1 >> 8);
                out.write(distance - 1);
              }
            });
    return out.toByteArray();
  }
}
