package dev.platter.service.store;

import java.util.regex.Pattern;

/** Which identifiers of images may become names of files and objects. */
public final class ImageIds {
  /** As UUIDs are, and other plain names: nothing that could leave a directory, or hide in one. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private ImageIds() {}

  /** Whether it is a letter or digit, and then up to 127 letters, digits, dots, {@code _-}. */
  public static boolean valid(String imageId) {
    return PLAIN.matcher(imageId).matches();
  }

  /**
   * The identifier itself.
   *
   * @throws IllegalArgumentException if it is not valid
   */
  public static String checked(String imageId) {
    if (!valid(imageId)) {
      throw new IllegalArgumentException("no identifier of an image: '" + imageId + "'");
    }
    return imageId;
  }
}
