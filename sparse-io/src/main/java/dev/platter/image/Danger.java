package dev.platter.image;

import java.util.Objects;

/**
 * One reason not to take an image from a stranger, although it may be read.
 *
 * @param check what was looked for, one word that does not change: {@code backing_file}, {@code
 *     data_file}, {@code extents}, ...
 * @param reason what was found
 */
public record Danger(String check, String reason) {
  /** The image needs another image below it. */
  public static final String BACKING_FILE = "backing_file";

  /** The image's bytes lie in another file that it names. */
  public static final String DATA_FILE = "data_file";

  /** Pieces of the image lie in other files that it names. */
  public static final String EXTENTS = "extents";

  public Danger {
    Objects.requireNonNull(check);
    Objects.requireNonNull(reason);
  }

  @Override
  public String toString() {
    return check + ": " + reason;
  }
}
