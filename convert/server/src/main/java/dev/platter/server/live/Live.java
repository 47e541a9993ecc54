package dev.platter.server.live;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What is made of files, made anew when these have changed. While they cannot be understood there
 * is nothing: neither the old nor half of the new is what the deployer wants. Any thread may ask.
 */
public final class Live<T> {
  private static final System.Logger LOG = System.getLogger(Live.class.getName());

  /** How often it is looked whether they have changed. */
  private static final long LOOK_NANOS = 1_000_000_000;

  private final String otherwise;
  private final Source<T> source;
  private final LongSupplier clock;
  private Optional<T> made;
  private List<Version> versions;
  private String trouble = "";
  private long looked;

  /** What is made, and of what. */
  public interface Source<T> {
    /**
     * @throws IOException or IllegalArgumentException if they cannot be understood: says where
     */
    T read() throws IOException;

    /** The files of which it is made, and the directories whose files it is made of. */
    List<Path> files();
  }

  /** One version of a file; all is null where there is none. */
  private record Version(Path path, Object changed, Object written, long size, Object key) {}

  /**
   * @param otherwise what is so while they cannot be understood, for the log
   * @param clock nanoseconds, as of {@link System#nanoTime}
   * @throws IOException or IllegalArgumentException if they cannot be understood now
   */
  public Live(String otherwise, Source<T> source, LongSupplier clock) throws IOException {
    this.otherwise = otherwise;
    this.source = source;
    this.clock = clock;
    versions = versions();
    made = Optional.of(source.read());
    looked = clock.getAsLong();
  }

  /** What is made of the files as they are now; nothing while they cannot be understood. */
  public synchronized Optional<T> now() {
    long now = clock.getAsLong();
    if (now - looked >= LOOK_NANOS) {
      looked = now;
      look();
    }
    return made;
  }

  private void look() {
    try {
      // Before they are read: what changes meanwhile is seen at the next look.
      List<Version> present = versions();
      if (made.isPresent() && present.equals(versions)) {
        return;
      }
      made = Optional.of(source.read());
      versions = present;
      trouble = "";
      LOG.log(System.Logger.Level.INFO, "{0}: read anew", source.files());
    } catch (IOException | IllegalArgumentException e) {
      // Read again at the next look, changed or not: a medium that fails may answer by then.
      made = Optional.empty();
      if (!e.toString().equals(trouble)) {
        trouble = e.toString();
        LOG.log(
            System.Logger.Level.ERROR,
            "until this is put right, {0}: {1}",
            otherwise,
            e.getMessage());
      }
    }
  }

  private List<Version> versions() throws IOException {
    List<Version> found = new ArrayList<>();
    for (Path path : source.files()) {
      found.add(version(path));
      if (Files.isDirectory(path)) {
        try (var entries = Files.list(path)) {
          for (Path file : entries.sorted().toList()) {
            found.add(version(file));
          }
        }
      }
    }
    return found;
  }

  private static Version version(Path path) throws IOException {
    try {
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      // Whatever is done to a file, its mode or its content, this time changes.
      Object changed = Files.getAttribute(path, "unix:ctime");
      return new Version(path, changed, now.lastModifiedTime(), now.size(), now.fileKey());
    } catch (NoSuchFileException e) {
      return new Version(path, null, null, 0, null);
    }
  }
}
