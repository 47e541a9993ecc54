package dev.platter.image;

import dev.platter.storage.Location;
import java.nio.file.Path;
import java.util.Set;

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
      throw References.denied(reference, "outside files are not allowed");
    };
  }

  /** Only files that, symbolic links followed, lie below {@code root}. */
  static ReferencePolicy within(Path root) {
    return (reference, base) -> References.resolveWithin(reference, base, root);
  }

  /** Only these files, symbolic links followed. */
  static ReferencePolicy explicit(Set<Path> files) {
    Set<Path> copy = Set.copyOf(files);
    return (reference, base) -> References.resolveAmong(reference, base, copy);
  }

  /** Whatever the image names: what qemu-img does. */
  static ReferencePolicy allow() {
    return References::resolve;
  }
}
