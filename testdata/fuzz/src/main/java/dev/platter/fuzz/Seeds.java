package dev.platter.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The files that edits are made to. */
final class Seeds {
  private static final long LARGEST = 6_000_000;

  private final List<byte[]> files;

  private Seeds(List<byte[]> files) {
    this.files = files;
  }

  /**
   * Reads the files below a directory, in the order of their names; those above {@value #LARGEST}
   * bytes are left out.
   *
   * @throws IOException if there are none
   */
  static Seeds in(Path directory) throws IOException {
    List<byte[]> files = new ArrayList<>();
    try (Stream<Path> found = Files.walk(directory)) {
      for (Path file : found.filter(Files::isRegularFile).sorted().toList()) {
        if (Files.size(file) <= LARGEST) {
          files.add(Files.readAllBytes(file));
        }
      }
    }
    if (files.isEmpty()) {
      throw new IOException(directory + ": no seeds");
    }
    return new Seeds(files);
  }

  int count() {
    return files.size();
  }

  /** One of them, whatever the number. */
  byte[] at(int number) {
    return files.get(number % files.size());
  }
}
