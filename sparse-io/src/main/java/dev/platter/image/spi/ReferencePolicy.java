package dev.platter.image.spi;

import dev.platter.image.ImageException;
import dev.platter.image.Reference;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.storage.Location;

/**
 * Decides which outside files an image may name, in one place for all formats, on opening and on
 * creating. An image from a stranger may name any file of the host; only what the policy answers is
 * ever opened.
 */
@FunctionalInterface
public interface ReferencePolicy {
  /**
   * Where the reference leads.
   *
   * @param base where the image lies that names it, for relative names
   * @return what to open
   * @throws ReferenceDeniedException if it must not be opened
   */
  Location resolve(Reference reference, Location base) throws ImageException;

  /** No outside file at all: what a service uses. */
  static ReferencePolicy deny() {
    return (reference, base) -> {
      throw reference.denied("outside files are not allowed");
    };
  }
}
