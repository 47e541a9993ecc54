package dev.platter.server.policy;

import dev.platter.server.http.ApiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The rules, read anew when their files have changed. While these cannot be understood, nobody may
 * do anything: neither the old rules nor half of the new ones are what the deployer wants. Any
 * thread may ask.
 */
public final class LiveRules {
  private static final System.Logger LOG = System.getLogger(LiveRules.class.getName());

  /** How often it is looked whether they have changed. */
  private static final long LOOK_NANOS = 1_000_000_000;

  private final Source source;
  private final LongSupplier clock;
  private List<Version> versions;
  private Rules rules;
  private long looked;

  /** Where rules come from. */
  public interface Source {
    /**
     * @throws IOException or IllegalArgumentException if they cannot be understood: says where
     */
    Rules read() throws IOException;

    /** The files of which they are made, and the directories whose files they are. */
    List<Path> files();
  }

  /** One version of a file; all is null where there is none. */
  private record Version(Path path, FileTime changed, long size, Object key) {}

  /**
   * @throws IOException if they cannot be understood now
   */
  public LiveRules(Source source) throws IOException {
    this(source, System::nanoTime);
  }

  LiveRules(Source source, LongSupplier clock) throws IOException {
    this.source = source;
    this.clock = clock;
    versions = versions();
    rules = source.read();
    looked = clock.getAsLong();
  }

  /** The rules as they are now. */
  public synchronized Rules now() {
    long now = clock.getAsLong();
    if (now - looked >= LOOK_NANOS) {
      looked = now;
      look();
    }
    if (rules == null) {
      throw new ApiException(503, "The service's rules cannot be read at the moment.");
    }
    return rules;
  }

  private void look() {
    try {
      List<Version> present = versions();
      if (present.equals(versions)) {
        return;
      }
      versions = present;
      rules = source.read();
      LOG.log(System.Logger.Level.INFO, "the policy's rules are read anew");
    } catch (IOException | IllegalArgumentException e) {
      rules = null;
      LOG.log(
          System.Logger.Level.ERROR,
          "nobody may do anything until this is put right: {0}",
          e.getMessage());
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
      return new Version(path, now.lastModifiedTime(), now.size(), now.fileKey());
    } catch (NoSuchFileException e) {
      return new Version(path, null, 0, null);
    }
  }
}
