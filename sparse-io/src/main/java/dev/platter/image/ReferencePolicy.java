package dev.platter.image;

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
   * @param directory the directory of the image that names it, for relative names
   * @return the path to open
   * @throws ReferenceDeniedException if it must not be opened
   */
  Path resolve(Reference reference, Path directory) throws ImageException;

  /** No outside file at all: what a service uses. */
  static ReferencePolicy deny() {
    return (reference, directory) -> {
      throw References.denied(reference, "outside files are not allowed");
    };
  }

  /** Only files that, symbolic links followed, lie below {@code root}. */
  static ReferencePolicy within(Path root) {
    return (reference, directory) -> References.resolveWithin(reference, directory, root);
  }

  /** Only these files, symbolic links followed. */
  static ReferencePolicy explicit(Set<Path> files) {
    Set<Path> copy = Set.copyOf(files);
    return (reference, directory) -> References.resolveAmong(reference, directory, copy);
  }

  /** Whatever the image names: what qemu-img does. */
  static ReferencePolicy allow() {
    return References::resolve;
  }
}
