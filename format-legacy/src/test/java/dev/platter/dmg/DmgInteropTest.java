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

  /** As in BaseSystem.dmg: each table of a GPT is a part, and so is what lies between. */
  @Test
  void partsOfAGptAsAppleNamesThem() throws IOException {
    Path raw = Files.write(directory.resolve("disk.raw"), new byte[content.length]);
    ExternalTool.named("sgdisk")
        .mustRun("-a", "8", "-n", "1:40:8150", "-t", "1:af00", "-c", "1:disk image", raw);
    byte[] disk = Files.readAllBytes(raw);
    System.arraycopy(content, 0, disk, 40 * 512, (8151 - 40) * 512);
    List<String> names =
        List.of(
            "Protective Master Boot Record (MBR : 0)",
            "GPT Header (Primary GPT Header : 1)",
            "GPT Partition Data (Primary GPT Table : 2)",
            " (Apple_Free : 3)",
            "disk image (Apple_HFS : 4)",
            " (Apple_Free : 5)",
            "GPT Partition Data (Backup GPT Table : 6)",
            "GPT Header (Backup GPT Header : 7)");
    int[] ends = {1, 2, 34, 40, 8151, 8159, 8191, 8192};
    UdifWriter writer = new UdifWriter().withLzfseOf7Zip();
    writer.checksums = true;
    int from = 0;
    for (int i = 0; i < ends.length; i++) {
      byte[] part = Arrays.copyOfRange(disk, from * 512, ends[i] * 512);
      writer.part(names.get(i), part, 512, i == 4 ? ALL : new int[] {UdifWriter.ZLIB});
      from = ends[i];
    }
    Files.write(image, writer.build());
    assertArrayEquals(disk, Disks.content(image));
    assertArrayEquals(disk, by7Zip());
    try (FileStorage storage = FileStorage.openForReading(image);
        DiskImage opened = new DmgFormat().open(storage, OpenRequest.strict())) {
      List<String> told = names.stream().map(String::strip).toList();
      assertEquals(told, opened.info().more().get("parts"));
      assertEquals(List.of(), opened.check().orElseThrow().messages());
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
