package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.FormatOptions;
import dev.platter.image.ParentReference;
import dev.platter.image.Reference;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Target;
import dev.platter.qcow2.write.Qcow2Options;
import dev.platter.storage.FileStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** An image file of our own writer, and what QEMU says about it. */
record WrittenImage(Path path) {
  /**
   * Writes a disk, cut into pieces at random.
   *
   * @param source what is written
   * @param layer the topmost layer of that: where it is absent, the new image is too if it has a
   *     backing file
   */
  static WrittenImage write(
      Path path,
      String options,
      boolean compress,
      Optional<ParentReference> backing,
      BlockMap source,
      BlockMap layer,
      long seed)
      throws IOException {
    Files.deleteIfExists(path);
    try (FileTarget target = new FileTarget(path);
        ImageWriter writer =
            new Qcow2Format()
                .create(
                    new CreateRequest(
                        source.size(),
                        FormatOptions.parse(List.of(options), Qcow2Options.SPECS),
                        compress,
                        backing,
                        target))) {
      new PieceMover(source, layer, writer, backing.isPresent(), new Random(seed)).move();
    }
    return new WrittenImage(path);
  }

  /** Fails unless qemu-img check finds nothing at all to complain about. */
  void assertClean() {
    ExternalTool.Result result =
        ExternalTool.qemuImg().runIn(path.getParent(), "check", "-f", "qcow2", path).mustExit(0);
    assertTrue(result.stdout().startsWith("No errors were found on the image."), result::toString);
  }

  /** Fails unless QEMU reads exactly these bytes, and zeros up to the end of the last sector. */
  void assertContent(byte[] expected) throws IOException {
    Path raw = path.resolveSibling(path.getFileName() + ".out");
    ExternalTool.qemuImg()
        .runIn(path.getParent(), "convert", "-f", "qcow2", "-O", "raw", path, raw)
        .mustExit(0);
    byte[] seen = Files.readAllBytes(raw);
    byte[] whole = Arrays.copyOf(expected, (expected.length + 511) & -512);
    assertEquals(whole.length, seen.length);
    assertEquals(-1, Arrays.mismatch(whole, seen), "first byte that differs");
  }

  /** What qemu-img info says, in JSON. */
  String info() {
    return ExternalTool.qemuImg()
        .runIn(path.getParent(), "info", "-f", "qcow2", "--output=json", path)
        .mustExit(0)
        .stdout();
  }

  /** Runs commands of qemu-io that must not fail. */
  void io(String... commands) {
    new QemuImage(path).io(commands);
  }

  /** A new file, with other new files beside it. */
  private static final class FileTarget implements Target, AutoCloseable {
    private final Path directory;
    private final FileStorage storage;
    private FileStorage outside;

    FileTarget(Path path) throws IOException {
      directory = path.getParent();
      storage = FileStorage.create(path);
    }

    @Override
    public WritableStorage storage() {
      return storage;
    }

    @Override
    public WritableStorage outside(Reference reference) throws IOException {
      Path path = directory.resolve(reference.name());
      Files.deleteIfExists(path);
      outside = FileStorage.create(path);
      return outside;
    }

    @Override
    public void close() throws IOException {
      storage.close();
      if (outside != null) {
        outside.close();
      }
    }
  }
}
