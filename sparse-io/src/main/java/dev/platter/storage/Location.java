package dev.platter.storage;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What is opened: a file or device of this machine by its path, or something elsewhere by a scheme
 * and what that scheme's {@link StorageProvider} understands, a text such as {@code
 * nbd://host/disk} or options by name. It says nothing of what the bytes mean.
 */
public final class Location {
  /** The scheme of files and devices. */
  public static final String FILE = "file";

  private final String scheme;
  private final String text;
  private final Path path;
  private final Map<String, String> options;

  private Location(String scheme, String text, Path path, Map<String, String> options) {
    this.scheme = Objects.requireNonNull(scheme);
    this.text = Objects.requireNonNull(text);
    this.path = path;
    this.options = options;
  }

  /** A file or device of this machine. */
  public static Location of(Path path) {
    return new Location(FILE, FileNames.text(path), path, Map.of());
  }

  /** The same, which messages call as it was written. */
  public static Location of(Path path, String written) {
    return new Location(FILE, written, path, Map.of());
  }

  /**
   * Something elsewhere.
   *
   * @param text all of its name, the scheme in front included
   */
  public static Location of(String scheme, String text) {
    return new Location(scheme, text, null, Map.of());
  }

  /**
   * Something elsewhere, by options such as {@code server.path}.
   *
   * @param text what messages call it
   */
  public static Location of(String scheme, String text, Map<String, String> options) {
    return new Location(scheme, text, null, Map.copyOf(new LinkedHashMap<>(options)));
  }

  /**
   * The scheme in front of a name: what stands before the first colon, unless a slash does. A path
   * with a colon in its first part is therefore to be written {@code ./NAME}.
   */
  public static Optional<String> schemeOf(String name) {
    int colon = name.indexOf(':');
    int slash = name.indexOf('/');
    return colon > 0 && (slash < 0 || colon < slash)
        ? Optional.of(name.substring(0, colon))
        : Optional.empty();
  }

  /** Which provider opens it; {@link #FILE} for files and devices. */
  public String scheme() {
    return scheme;
  }

  /** The path of a file or device; empty for what lies elsewhere. */
  public Optional<Path> path() {
    return Optional.ofNullable(path);
  }

  /** What it was told by, where that was options and no text. */
  public Map<String, String> options() {
    return options;
  }

  /**
   * The path of what must be a file or device.
   *
   * @throws IllegalStateException if it lies elsewhere
   */
  public Path file() {
    if (path == null) {
      throw new IllegalStateException(text + " is no file");
    }
    return path;
  }

  /** The directory that relative names in a file are relative to; empty: the current one. */
  public static Path directoryOf(Path file) {
    Path parent = file.getParent();
    return parent == null ? Path.of("") : parent;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Location that
        && scheme.equals(that.scheme)
        && Objects.equals(path, that.path)
        && (path != null || text.equals(that.text))
        && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return Objects.hash(scheme, path, path == null ? text : "", options);
  }

  /** Its name as it is written. */
  @Override
  public String toString() {
    return text;
  }
}
