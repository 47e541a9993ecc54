package dev.platter.parallels;

import dev.platter.image.CorruptImageException;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;

/** How this format words what is wrong. */
final class Faults {
  private Faults() {}

  static CorruptImageException corrupt(String storage, String what) {
    return new CorruptImageException(line(storage, what));
  }

  static UnsupportedFeatureException unsupported(String storage, String what) {
    return new UnsupportedFeatureException(line(storage, what));
  }

  static String hex(long number) {
    return "0x" + Long.toHexString(number);
  }

  private static String line(String storage, String what) {
    return "parallels " + storage + ": " + ImageException.printable(what);
  }
}
