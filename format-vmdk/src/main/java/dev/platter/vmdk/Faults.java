package dev.platter.vmdk;

import dev.platter.image.CorruptImageException;
import dev.platter.image.UnsupportedFeatureException;

/** Says in one voice what is wrong with a file. */
final class Faults {
  private Faults() {}

  static CorruptImageException corrupt(String name, String what) {
    return new CorruptImageException("vmdk " + name + ": " + what);
  }

  static UnsupportedFeatureException unsupported(String name, String what) {
    return new UnsupportedFeatureException("vmdk " + name + ": " + what);
  }

  static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
