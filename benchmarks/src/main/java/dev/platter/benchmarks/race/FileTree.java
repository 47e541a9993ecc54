package dev.platter.benchmarks.race;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A tree of real files of a wanted total size, taken evenly from all of the system's own ({@code
 * /usr}), so that it holds programs, libraries, text, pictures and archives as a system does.
 *
 * <p>Where the system has too little, its files are taken again, each behind some bytes that shift
 * its content.
 */
final class FileTree {
  private static final Path ORIGIN = Path.of("/usr");
  private static final int SHIFT = 517;

  private FileTree() {}

  private record Candidate(Path path, long size) {}

  /** Fills a new directory; returns what it did, for people to read. */
  static String fill(Path directory, long bytes) throws IOException {
    List<Candidate> files = candidates();
    long total = files.stream().mapToLong(Candidate::size).sum();
    long copies = Math.ceilDiv(bytes, Math.max(1, total));
    double part = (double) bytes / total / copies;
    for (int copy = 0; copy < copies; copy++) {
      double due = 0;
      for (Candidate file : files) {
        due += file.size * part;
        if (due >= file.size) {
          due -= file.size;
          Path place = directory.resolve("copy" + copy).resolve(ORIGIN.relativize(file.path));
          Files.createDirectories(place.getParent());
          place(file.path, place, copy);
        }
      }
    }
    return "%.0f %% of the files below %s%s"
        .formatted(part * 100, ORIGIN, copies == 1 ? "" : ", " + copies + " times, shifted");
  }

  private static List<Candidate> candidates() throws IOException {
    List<Candidate> files = new ArrayList<>();
    Files.walkFileTree(
        ORIGIN,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && attributes.size() > 0 && Files.isReadable(file)) {
              files.add(new Candidate(file, attributes.size()));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE;
          }
        });
    files.sort(Comparator.comparing(Candidate::path));
    return files;
  }

  /** Links the file where that is possible; copies it elsewhere. */
  private static void place(Path file, Path place, int copy) throws IOException {
    if (copy == 0) {
      try {
        Files.createLink(place, file);
        return;
      } catch (IOException | UnsupportedOperationException e) {
        // Another file system, or a file of somebody else's: a copy will do.
      }
    }
    try (OutputStream out = Files.newOutputStream(place)) {
      out.write(new byte[copy * SHIFT]);
      Files.copy(file, out);
    }
  }

  static void delete(Path directory) throws IOException {
    if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> tree = Files.walk(directory)) {
        for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
