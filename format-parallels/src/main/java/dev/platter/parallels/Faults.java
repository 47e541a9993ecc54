package dev.platter.parallels;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;

/** How this format words what is wrong. */
final class Faults {
  private Faults() {}

  static CorruptImageException corrupt(String storage, String what) {
    return Fault.in("parallels", storage).corrupt(ImageException.printable(what));
  }

  static UnsupportedFeatureException unsupported(String storage, String what) {
    return Fault.in("parallels", storage).unsupported(ImageException.printable(what));
  }

  static String hex(long number) {
    return "0x" + Long.toHexString(number);
  }
}
