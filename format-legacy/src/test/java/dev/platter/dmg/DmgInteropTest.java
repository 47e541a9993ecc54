package dev.platter.dmg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.DiskImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.legacy.Disks;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that are read as 7-Zip, qemu-img and dmg2img read them, each as far as it can. */
@Tag("interop")
class DmgInteropTest {
  private static final int[] ALL = {
    UdifWriter.ZLIB,
    UdifWriter.LZFSE,
    UdifWriter.BZIP2,
    UdifWriter.XZ,
    UdifWriter.RAW,
    UdifWriter.ADC
  };

  @TempDir Path directory;
  private final byte[] content = Disks.random(4 << 20, 2);
  private Path image;

  @BeforeEach
  void name() {
    image = directory.resolve("disk.dmg");
  }

  /** What 7-Zip has of each part, in order. */
  private byte[] by7Zip() throws IOException {
    Path out = Files.createTempDirectory(directory, "out");
    ExternalTool.named("7zz").mustRun("x", "-y", "-tdmg", "-o" + out, image);
    try (Stream<Path> files = Files.list(out)) {
      List<Path> parts = files.sorted().toList();
      byte[] all = new byte[0];
      for (Path part : parts) {
        byte[] bytes = Files.readAllBytes(part);
        all = Arrays.copyOf(all, all.length + bytes.length);
        System.arraycopy(bytes, 0, all, all.length - bytes.length, bytes.length);
      }
      return all;
    }
  }

  @Test
  void chunksOfEachKind() throws IOException {
    for (int kind : ALL) {
      UdifWriter writer = new UdifWriter().withLzfseOf7Zip();
      Files.write(image, writer.part("whole disk", content, 512, kind).build());
      assertArrayEquals(content, Disks.content(image), "kind " + Integer.toHexString(kind));
      assertArrayEquals(content, by7Zip(), "7-Zip, kind " + Integer.toHexString(kind));
      if (kind == UdifWriter.ZLIB || kind == UdifWriter.RAW) {
        Disks.assertReadAsQemu(image);
      }
    }
  }

  @Test
  void chunksOfAllKindsInPartsThatBeginElsewhere() throws IOException {
    UdifWriter writer = new UdifWriter().withLzfseOf7Zip().unused(777);
    writer.tableData = 777;
    for (int i = 0; i < 4; i++) {
      byte[] part = Arrays.copyOfRange(content, i << 20, i + 1 << 20);
      writer.part("part " + i, part, 100 + i, ALL);
    }
    Files.write(image, writer.build());
    assertArrayEquals(content, Disks.content(image));
    assertArrayEquals(content, by7Zip());
    try (FileStorage storage = FileStorage.openForReading(image);
        DiskImage opened = new DmgFormat().open(storage, OpenRequest.strict())) {
      assertEquals(
          List.of("part 0", "part 1", "part 2", "part 3"), opened.info().more().get("parts"));
      assertEquals(List.of(), opened.dangers());
    }
  }

  @Test
  void dataThatBeginInsideTheFile() throws IOException {
    UdifWriter writer = new UdifWriter();
    writer.dataAt = 4321;
    Files.write(image, writer.part("whole disk", content, 512, UdifWriter.ZLIB).build());
    assertArrayEquals(content, Disks.content(image));
    assertArrayEquals(content, by7Zip());
    Disks.assertReadAsQemu(image);
  }

  @Test
  void aResourceForkOfTheOldKind() throws IOException {
    UdifWriter writer = new UdifWriter();
    writer.part("one", Arrays.copyOf(content, 2 << 20), 512, UdifWriter.ZLIB, UdifWriter.RAW);
    writer.part("two", Arrays.copyOfRange(content, 2 << 20, 4 << 20), 512, UdifWriter.ZLIB);
    Files.write(image, writer.buildOld());
    assertArrayEquals(content, Disks.content(image));
    Disks.assertReadAsQemu(image);
    try (FileStorage storage = FileStorage.openForReading(image);
        DiskImage opened = new DmgFormat().open(storage, OpenRequest.strict())) {
      assertEquals(List.of("one", "two"), opened.info().more().get("parts"));
    }
  }

  @Test
  void dmg2imgReadsThemToo() throws IOException {
    int[] kinds = {UdifWriter.ZLIB, UdifWriter.BZIP2, UdifWriter.RAW, UdifWriter.ADC};
    Files.write(image, new UdifWriter().part("whole disk", content, 512, kinds).build());
    Path raw = directory.resolve("disk.raw");
    ExternalTool.named("dmg2img").mustRun("-s", image, raw);
    assertArrayEquals(content, Files.readAllBytes(raw));
    assertArrayEquals(content, Disks.content(image));
  }

  /** Forty thousand chunks: a list of two megabytes. */
  @Test
  void aLongPropertyList() throws IOException {
    byte[] large = Disks.random(20 << 20, 8);
    UdifWriter writer = new UdifWriter().part("whole disk", large, 1, UdifWriter.RAW);
    assertTrue(writer.table(0).length > 1_600_000);
    Files.write(image, writer.build());
    assertArrayEquals(large, Disks.content(image));
  }
}
