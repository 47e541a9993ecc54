package dev.platter.raw;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.DiskImage;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ramdisks as real tools make them. */
@Tag("interop")
class RawFamilyInteropTest {
  @TempDir Path directory;
  private Path archive;

  @BeforeEach
  void makeArchive() throws IOException {
    Path tree = Files.createDirectories(directory.resolve("tree/usr/lib"));
    Files.writeString(tree.resolve("words"), "some words ".repeat(5000));
    byte[] names = ".\nusr\nusr/lib\nusr/lib/words\n".getBytes(StandardCharsets.UTF_8);
    archive = directory.resolve("ramdisk");
    Files.write(
        archive,
        ExternalTool.named("cpio")
            .runWithInput(directory.resolve("tree"), names, "-o", "-H", "newc", "--quiet")
            .mustExit(0)
            .stdoutBytes());
  }

  private Map<String, Object> told(String format, Path file) throws IOException {
    try (FileStorage storage = FileStorage.openForReading(file)) {
      ImageFormat found = ImageFormats.present().probe(storage).orElseThrow();
      assertEquals(format, found.name());
      try (DiskImage image = found.open(storage, OpenRequest.strict())) {
        return image.info().more();
      }
    }
  }

  private Path packed(String tool, Object... options) throws IOException {
    byte[] bytes = Files.readAllBytes(archive);
    Path file = directory.resolve("packed");
    Files.write(
        file,
        ExternalTool.named(tool).runWithInput(directory, bytes, options).mustExit(0).stdoutBytes());
    return file;
  }

  @Test
  void ramdisksOfCpio() throws IOException {
    assertEquals(List.of("cpio"), told("ari", archive).get("archives"));
    assertEquals(List.of("cpio, gzip"), told("ari", packed("gzip", "-9", "-c")).get("archives"));
    assertEquals(
        List.of("cpio, zstd"), told("ari", packed("zstd", "-q", "-19", "-c")).get("archives"));
    assertEquals(
        List.of("cpio, lz4"), told("ari", packed("lz4", "-l", "-9", "-c")).get("archives"));
    assertEquals(
        List.of("cpio, xz"), told("ari", packed("xz", "--check=crc32", "-c")).get("archives"));
    assertEquals(List.of("cpio, bzip2"), told("ari", packed("bzip2", "-c")).get("archives"));
  }

  @Test
  void microcodeInFrontOfAPackedRamdisk() throws IOException {
    byte[] packed = Files.readAllBytes(packed("xz", "--check=crc32", "-c"));
    byte[] front = Files.readAllBytes(archive);
    byte[] both = java.util.Arrays.copyOf(front, front.length + packed.length);
    System.arraycopy(packed, 0, both, front.length, packed.length);
    assertEquals(
        List.of("cpio", "cpio, xz"),
        told("ari", Files.write(directory.resolve("both"), both)).get("archives"));
  }
}
