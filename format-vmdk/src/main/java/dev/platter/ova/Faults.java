package dev.platter.ova;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;

/**
 * How this format words what is wrong. Names from strangers may hold anything; a message is one
 * line.
 */
final class Faults {
  private Faults() {}

  static CorruptImageException corrupt(String storage, String what) {
    return Fault.in("ova", storage).corrupt(ImageException.printable(what));
  }

  static UnsupportedFeatureException unsupported(String storage, String what) {
    return Fault.in("ova", storage).unsupported(ImageException.printable(what));
  }
}
