package dev.platter.image;

import java.util.Optional;

/**
 * How an image names the image below it.
 *
 * @param name the name as stored: relative names are relative to the image's own directory
 * @param format the format that the image says its parent has; empty: probe
 * @param isGuess whether the image stores no name but only an identifier of its parent: {@code
 *     name} is then what such a parent is usually called, and where there is no file of that name,
 *     any image of that format in the same directory that {@link DiskImage#checkParent} takes is
 *     the parent
 */
public record ParentReference(String name, Optional<String> format, boolean isGuess) {
  /** A parent by the name stored. */
  public ParentReference(String name, Optional<String> format) {
    this(name, format, false);
  }

  /** A parent of that format, by its identifier alone. */
  public static ParentReference byIdentity(String usualName, String format) {
    return new ParentReference(usualName, Optional.of(format), true);
  }
}
