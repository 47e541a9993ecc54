package dev.platter.fuzz;

import dev.platter.Conversion;
import dev.platter.Platter;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.ImageFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * Writes what a fuzzer begins with: the golden images, made by other programs, and a small image of
 * each format that is written here.
 */
public final class SeedFiles {
  private static final String BLOCK_SIZE = "block_size";

  private SeedFiles() {}

  /**
   * @param arguments the directory of the golden images, and the one that takes the seeds
   */
  public static void main(String[] arguments) throws IOException {
    write(Path.of(arguments[0]), Path.of(arguments[1]));
  }

  /** Writes the seeds into a directory, which is made; those that are there are written again. */
  static void write(Path golden, Path seeds) throws IOException {
    Files.createDirectories(seeds);
    try (Stream<Path> found = Files.walk(golden)) {
      for (Path file : found.filter(SeedFiles::isImage).toList()) {
        String name = golden.relativize(file).toString().replace('/', '-');
        Files.write(seeds.resolve(name), Files.readAllBytes(file));
      }
    }
    Path source = golden.resolve("zlib.qcow2");
    for (ImageFormat format : Platter.formats().all()) {
      if (format.isMade()) {
        Path target = seeds.resolve("made." + format.name());
        try {
          Conversion made = Platter.convert(source).to(target).format(format.name());
          if (format.createOptions().stream()
              .anyMatch(option -> option.name().equals(BLOCK_SIZE))) {
            made.option(BLOCK_SIZE, "1M"); // small files are tried more often
          }
          made.run();
        } catch (IllegalOptionException | UnsupportedFeatureException e) {
          // It takes a passphrase, or another disk than this one.
        }
      }
    }
    for (String name : List.of("zlib.qcow2", "made.vmdk")) {
      try (OutputStream packed =
          new GZIPOutputStream(Files.newOutputStream(seeds.resolve(name + ".gz")))) {
        Files.copy(seeds.resolve(name), packed);
      }
    }
  }

  private static boolean isImage(Path file) {
    String name = file.getFileName().toString();
    return Files.isRegularFile(file) && !name.equals("SHA256SUMS") && !name.endsWith(".sh");
  }
}
