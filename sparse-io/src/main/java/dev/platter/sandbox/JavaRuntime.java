package dev.platter.sandbox;

import dev.platter.storage.FileNames;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The Java VM that this process is, and what another one like it has to read. */
final class JavaRuntime {
  private static final Path SELF = Path.of("/proc/self/exe");
  private static final Path WORDS = Path.of("/proc/self/cmdline");
  private static final Path MAPPINGS = Path.of("/proc/self/maps");

  /** Locale and time zone, the loader's list of libraries, and what random numbers begin with. */
  private static final List<Path> OF_THE_SYSTEM =
      List.of(
          Path.of("/usr/lib/locale"),
          Path.of("/etc/localtime"),
          Path.of("/etc/ld.so.cache"),
          Path.of("/dev/random"),
          Path.of("/dev/urandom"));

  private JavaRuntime() {}

  /** The file of the program {@code java}. */
  static Path program() throws IOException {
    return SELF.toRealPath();
  }

  /**
   * The words by which this VM was started, without the program itself and the last ones, which are
   * its main class's.
   */
  static List<String> ownWords(int last) throws IOException {
    List<String> words = new ArrayList<>();
    byte[] all = Files.readAllBytes(WORDS);
    int start = 0;
    for (int i = 0; i < all.length; i++) {
      if (all[i] == 0) {
        words.add(FileNames.text(Arrays.copyOfRange(all, start, i)));
        start = i + 1;
      }
    }
    if (words.size() < last + 2) {
      throw new IOException(WORDS + ": these are not the words of this process");
    }
    return List.copyOf(words.subList(1, words.size() - last));
  }

  /**
   * The files that a VM with these options reads by itself, and in which ways: the runtime, class
   * and module path, the libraries that this process has loaded, and those of {@link
   * #OF_THE_SYSTEM}.
   */
  static Map<Path, Long> files(List<String> options) throws IOException {
    Map<Path, Long> files = new LinkedHashMap<>();
    long read = Landlock.READ_FILE | Landlock.READ_DIR;
    for (Path path : OF_THE_SYSTEM) {
      files.put(path, read);
    }
    files.put(Path.of("/dev/null"), Landlock.READ_FILE | Landlock.WRITE_FILE);
    files.put(Path.of(System.getProperty("java.home")), read);
    files.put(program(), Landlock.READ_FILE | Landlock.EXECUTE);
    for (Path library : libraries()) {
      boolean loads = library.getFileName().toString().startsWith("ld-");
      files.put(library, Landlock.READ_FILE | (loads ? Landlock.EXECUTE : 0));
    }
    for (String property : List.of("java.class.path", "jdk.module.path", "platter.native.dir")) {
      for (String entry : System.getProperty(property, "").split(File.pathSeparator, -1)) {
        if (!entry.isEmpty()) {
          files.put(Path.of(entry), read);
        }
      }
    }
    for (String option : options) {
      // @FILE, -XX:AOTCache=FILE
      int before = Math.max(option.indexOf('='), option.startsWith("@") ? 0 : -1);
      if (before >= 0 && option.startsWith("/", before + 1)) {
        Path path = FileNames.path(option.substring(before + 1));
        if (Files.isRegularFile(path)) {
          files.put(path, read);
        }
      }
    }
    return files;
  }

  /** The libraries that are loaded, the system's loader among them. */
  private static Set<Path> libraries() throws IOException {
    Set<Path> libraries = new LinkedHashSet<>();
    String mappings = new String(Files.readAllBytes(MAPPINGS), StandardCharsets.UTF_8);
    for (String line : mappings.lines().toList()) {
      int slash = line.indexOf('/');
      if (slash > 0 && line.contains(".so")) {
        Path path = FileNames.path(line.substring(slash));
        if (Files.isRegularFile(path)) {
          libraries.add(path);
        }
      }
    }
    return libraries;
  }
}
