package dev.platter.vmdk;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.UnsupportedFeatureException;

/** Says in one voice what is wrong with a file. */
final class Faults {
  private Faults() {}

  static CorruptImageException corrupt(String name, String what) {
    return Fault.in("vmdk", name).corrupt(what);
  }

  static UnsupportedFeatureException unsupported(String name, String what) {
    return Fault.in("vmdk", name).unsupported(what);
  }

  static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
