package dev.platter.codec;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds the native libraries: laid out in a directory by the distribution, else as a resource in a
 * jar.
 */
final class NativeLibraries {
  private static final String DIRECTORY = "platter.native.dir";

  /** How the name of an unpacked library begins, for as long as it has one. */
  static final String UNPACKED_PREFIX = "platter-native-";

  private NativeLibraries() {}

  /**
   * The file in the directory of the distribution, when there is such a directory and it holds the
   * library.
   */
  static Optional<Path> laidOut(String name) {
    String directory = System.getProperty(DIRECTORY);
    if (directory == null || directory.isEmpty()) {
      return Optional.empty();
    }
    Path file = Path.of(directory, System.mapLibraryName(name)).toAbsolutePath();
    return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
  }

  /**
   * Loads a library for as long as the process lives.
   *
   * @throws IOException if it is nowhere to be found or cannot be unpacked
   * @throws IllegalArgumentException if the system refuses to load it
   */
  @SuppressWarnings("restricted") // the one door to native code; opened by --enable-native-access
  static SymbolLookup load(String name) throws IOException {
    Optional<Path> file = laidOut(name);
    if (file.isPresent()) {
      return SymbolLookup.libraryLookup(file.get(), Arena.global());
    }
    String resource = directory(name) + System.mapLibraryName(name);
    try (InputStream content =
        NativeLibraries.class.getClassLoader().getResourceAsStream(resource)) {
      if (content == null) {
        throw new IOException("no resource " + resource);
      }
      Path unpacked = Files.createTempFile(UNPACKED_PREFIX, null);
      try {
        Files.copy(content, unpacked, StandardCopyOption.REPLACE_EXISTING);
        return SymbolLookup.libraryLookup(unpacked, Arena.global());
      } finally {
        Files.delete(
            unpacked); // a loaded library needs its name no more, and nothing is left behind
      }
    }
  }

  /** Where the libraries that carry them keep them. */
  private static String directory(String name) {
    return name.equals("gkl_compression")
        ? "com/intel/gkl/native/"
        : "aircompressor/" + platform() + "/";
  }

  private static String platform() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String machine = System.getProperty("os.arch");
    return (system.startsWith("mac") ? "macos" : system)
        + "-"
        + (machine.equals("x86_64") ? "amd64" : machine);
  }
}
