package dev.platter.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.PlainMover;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("interop")
class IsoInteropTest {
  @TempDir Path directory;
  private Path tree;
  private Path disc;

  @BeforeEach
  void makeTree() throws IOException {
    disc = directory.resolve("disc.iso");
    tree = Files.createDirectories(directory.resolve("tree/boot")).getParent();
    Files.writeString(tree.resolve("a name that is too long for ISO 9660.txt"), "hello");
    Files.write(tree.resolve("boot/bios.img"), new byte[4096]);
    Files.write(tree.resolve("boot/efi.img"), new byte[8192]);
  }

  private Map<String, Object> told() throws IOException {
    try (FileStorage storage = FileStorage.openForReading(disc)) {
      assertEquals("iso", ImageFormats.present().probe(storage).orElseThrow().name());
      try (DiskImage image = new IsoFormat().open(storage, OpenRequest.strict())) {
        return image.info().more();
      }
    }
  }

  @Test
  void genisoimagesDisc() throws IOException {
    ExternalTool.named("genisoimage")
        .mustRun(
            "-quiet",
            "-V",
            "MY_DISC",
            "-publisher",
            "Some One",
            "-A",
            "a program",
            "-J",
            "-R",
            "-udf",
            "-b",
            "boot/bios.img",
            "-no-emul-boot",
            "-c",
            "boot/cat",
            "-o",
            disc,
            tree);
    Map<String, Object> more = told();
    assertEquals(List.of("ISO 9660", "Joliet", "Rock Ridge", "UDF"), more.get("file-systems"));
    assertEquals("MY_DISC", more.get("volume-id"));
    assertEquals("Some One", more.get("publisher"));
    assertEquals("a program", more.get("application"));
    Instant created = Instant.parse(more.get("created").toString());
    Duration age = Duration.between(created, Instant.now()).abs();
    assertTrue(age.compareTo(Duration.ofMinutes(10)) < 0, more.toString());
    assertNull(more.get("truncated"), more.toString());
    List<?> boot = (List<?>) more.get("boot-entries");
    assertEquals(1, boot.size());
    assertEquals("BIOS", ((Map<?, ?>) boot.getFirst()).get("platform"));
  }

  @Test
  void aPlainDiscSaysNoMoreThanItIs() throws IOException {
    ExternalTool.named("genisoimage").mustRun("-quiet", "-V", "PLAIN", "-o", disc, tree);
    Map<String, Object> more = told();
    assertEquals(List.of("ISO 9660"), more.get("file-systems"));
    assertNull(more.get("boot-entries"));
    assertNull(more.get("isohybrid"));
    try (FileStorage storage = FileStorage.openForWriting(disc)) {
      storage.truncate(storage.size() - 100 * 2048);
    }
    assertEquals(true, told().get("truncated"));
  }

  @Test
  void xorrisosDiscForBiosUefiAndUsbSticks() throws IOException {
    ExternalTool.named("xorriso")
        .mustRun(
            "-as",
            "mkisofs",
            "-quiet",
            "-V",
            "HYBRID",
            "-J",
            "-R",
            "-b",
            "boot/bios.img",
            "-no-emul-boot",
            "-boot-load-size",
            "4",
            "-c",
            "boot/cat",
            "-eltorito-alt-boot",
            "-e",
            "boot/efi.img",
            "-no-emul-boot",
            "-append_partition",
            "2",
            "0xef",
            tree.resolve("boot/efi.img"),
            "-appended_part_as_gpt",
            "-o",
            disc,
            tree);
    Map<String, Object> more = told();
    assertEquals(List.of("ISO 9660", "Joliet", "Rock Ridge"), more.get("file-systems"));
    assertEquals("HYBRID", more.get("volume-id"));
    List<?> boot = (List<?>) more.get("boot-entries");
    assertEquals(
        List.of("BIOS", "UEFI"),
        boot.stream().map(entry -> ((Map<?, ?>) entry).get("platform")).toList());
    assertEquals(List.of("MBR", "GPT"), more.get("isohybrid"));
    assertNull(more.get("truncated"), more.toString());
  }

  @Test
  void sevenZipReadsWhatWasWrittenAsItReadsTheDisc() throws IOException {
    byte[] noise = new byte[100_000];
    new Random(1).nextBytes(noise);
    Path content = Files.write(tree.resolve("content.bin"), noise);
    ExternalTool.named("genisoimage").mustRun("-quiet", "-J", "-R", "-V", "DISC", "-o", disc, tree);
    Path copy = directory.resolve("copy.iso");
    try (FileStorage source = FileStorage.openForReading(disc);
        FileStorage target = FileStorage.create(copy);
        DiskImage image = new IsoFormat().open(source, OpenRequest.strict());
        ImageWriter writer =
            new IsoFormat()
                .create(
                    new CreateRequest(
                        image.map().size(),
                        FormatOptions.none(),
                        false,
                        Optional.empty(),
                        new MemoryTarget(target)))) {
      PlainMover.move(image.map(), writer, false, false, 1);
    }
    assertEquals(-1, Files.mismatch(disc, copy));
    byte[] extracted =
        ExternalTool.sevenZip().run("e", "-so", copy, "content.bin").mustExit(0).stdoutBytes();
    assertArrayEquals(Files.readAllBytes(content), extracted);
  }
}
