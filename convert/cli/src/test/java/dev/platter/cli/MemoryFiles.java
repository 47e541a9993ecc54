package dev.platter.cli;

import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.Location;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageProvider;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Files in memory by names such as {@code memory:disk}, so that whole commands run on storages that
 * a test has made. They stay open whoever closes them.
 */
public final class MemoryFiles implements StorageProvider {
  private static final String SCHEME = "memory";
  private static final Map<String, WritableStorage> FILES = new ConcurrentHashMap<>();

  /** There are these files now, by names without the scheme, and no others. */
  static void are(Map<String, ? extends WritableStorage> files) {
    FILES.clear();
    FILES.putAll(files);
  }

  /** The name under which commands find a file. */
  static String named(String file) {
    return SCHEME + ":" + file;
  }

  /** Where a file is. */
  static Location location(String file) {
    return Location.of(SCHEME, named(file));
  }

  private static String file(Location location) {
    return location.toString().substring(SCHEME.length() + 1);
  }

  @Override
  public List<String> schemes() {
    return List.of(SCHEME);
  }

  @Override
  public Storage openForReading(Location location) throws IOException {
    return openForWriting(location);
  }

  @Override
  public WritableStorage openForWriting(Location location) throws IOException {
    WritableStorage file = FILES.get(file(location));
    if (file == null) {
      throw new NoSuchFileException(location.toString());
    }
    return new ForwardingStorage(file) {
      @Override
      public void close() {
        // it is the test's
      }
    };
  }

  @Override
  public Location beside(Location base, String name) {
    String file = name.startsWith("./") ? name.substring(2) : name;
    return location(file);
  }
}
