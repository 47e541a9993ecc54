package dev.platter.vmdk.format;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.UnsupportedFeatureException;

/** Says in one voice what is wrong with a file. */
public final class Faults {
  private Faults() {}

  public static CorruptImageException corrupt(String name, String what) {
    return Fault.in("vmdk", name).corrupt(what);
  }

  public static UnsupportedFeatureException unsupported(String name, String what) {
    return Fault.in("vmdk", name).unsupported(what);
  }

  public static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
