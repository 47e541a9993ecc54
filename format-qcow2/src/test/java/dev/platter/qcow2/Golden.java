package dev.platter.qcow2;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The golden images of {@code testdata/golden}, made by qemu-img. */
final class Golden {
  static final Path DIRECTORY = Path.of("..", "testdata", "golden");

  static Path path(String name) {
    return DIRECTORY.resolve(name);
  }

  /** What each disk holds, by image name or {@code name@snapshot}. */
  static Map<String, String> digests() throws IOException {
    Map<String, String> digests = new TreeMap<>();
    for (String line : Files.readAllLines(path("SHA256SUMS"))) {
      String[] words = line.split(" +");
      digests.put(words[1], words[0]);
    }
    return digests;
  }

  /** Copies all images, so that outside programs may open them for writing. */
  static void copyTo(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      for (Path file : files.toList()) {
        Files.copy(
            file, directory.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private Golden() {}
}
