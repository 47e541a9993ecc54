package dev.platter.qed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.legacy.Disks;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images that qemu-img makes are read and checked as it does, and hand-made ones, too; but for
 * those with tables of one cluster, which it makes and does not open.
 */
@Tag("interop")
class QedInteropTest {
  @TempDir Path directory;
  private final ExternalTool qemuImg = ExternalTool.qemuImg();
  private byte[] content;
  private Path raw;
  private Path image;

  @BeforeEach
  void makeDisk() throws IOException {
    content = Disks.random(5 << 20, 5);
    raw = Files.write(directory.resolve("disk.raw"), content);
    image = directory.resolve("disk.qed");
  }

  @Test
  void convertedDisksOfAllShapes() throws IOException {
    for (String options : new String[] {"cluster_size=4k,table_size=2", "cluster_size=1M"}) {
      qemuImg.mustRun("convert", "-O", "qed", "-o", options, raw, image);
      assertArrayEquals(content, Disks.content(image));
      assertSameCheck();
    }
  }

  @Test
  void writtenDisksInChains() throws IOException {
    Random random = new Random(6);
    Path base = directory.resolve("base.qed");
    qemuImg.mustRun("convert", "-O", "qed", "-o", "cluster_size=4k", raw, base);
    qemuImg.mustRun("create", "-q", "-f", "qed", "-b", base, "-F", "qed", image, "6M");
    Object[] line = new Object[41];
    for (int i = 0; i < 40; i += 2) {
      line[i] = "-c";
      String what = random.nextInt(3) == 0 ? "write -z" : "write -P " + random.nextInt(256);
      line[i + 1] =
          "%s %d %d".formatted(what, 512L * random.nextInt(9000), 512L * (1 + random.nextInt(500)));
    }
    line[40] = image;
    ExternalTool.qemuIo().mustRun(line);
    Disks.assertReadAsQemu(image);
    assertSameCheck();
  }

  @Test
  void theBackingFileIsNamedAndWithItWhetherItIsRaw() throws IOException {
    for (String format : new String[] {"raw", "qcow2"}) {
      qemuImg.mustRun(
          "create", "-q", "-u", "-f", "qed", "-b", "below.img", "-F", format, image, "1M");
      try (FileStorage storage = FileStorage.openForReading(image);
          DiskImage opened = new QedFormat().open(storage, OpenRequest.strict())) {
        assertEquals("below.img", opened.parent().orElseThrow().name());
        assertEquals(
            format.equals("raw") ? Optional.of("raw") : Optional.empty(),
            opened.parent().orElseThrow().format());
        assertEquals(1, opened.dangers().size());
      }
    }
  }

  @Test
  void anImageThatWasNotClosedIsToldAndReadAsItIs() throws IOException {
    byte[] file = new HandMadeQed(content, 4096, 2).build();
    file[16] = 2;
    Files.write(image, file);
    try (FileStorage storage = FileStorage.openForReading(image);
        DiskImage opened = new QedFormat().open(storage, OpenRequest.strict())) {
      assertEquals(true, opened.info().more().get("needs-check"));
    }
    Disks.assertReadAsQemu(image);
    assertSameCheck();
  }

  @Test
  void qemuImgReadsTheHandMadeOnes() throws IOException {
    for (int size : new int[] {4096, 65536}) {
      Files.write(image, new HandMadeQed(content, size, 2).build());
      Disks.assertReadAsQemu(image);
      assertSameCheck();
    }
  }

  /** Entries that point nowhere, to the same, and to nothing any more. */
  @Test
  void damageIsCountedAsQemuImgCountsIt() throws IOException {
    HandMadeQed made = new HandMadeQed(content, 4096, 2);
    byte[] honest = made.build();
    Random random = new Random(7);
    for (int i = 0; i < 40; i++) {
      byte[] file = honest.clone();
      ByteBuffer words = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
      for (int j = random.nextInt(3); j >= 0; j--) {
        int at = made.l2At + 8 * random.nextInt(1280);
        switch (random.nextInt(5)) {
          case 0 -> words.putLong(at, 0);
          case 1 -> words.putLong(at, random.nextInt(file.length));
          case 2 -> words.putLong(at, made.dataAt + 4096L * random.nextInt(900));
          case 3 -> words.putLong(4096 + 8 * random.nextInt(2), 4096L * random.nextInt(900));
          default -> words.putLong(at, 1L << 40);
        }
      }
      Files.write(image, i % 4 == 0 ? Arrays.copyOf(file, file.length + 4096) : file);
      assertSameCheck();
    }
  }

  private void assertSameCheck() throws IOException {
    String json = qemuImg.run("check", "--output=json", image).stdout();
    try (FileStorage storage = FileStorage.openForReading(image);
        DiskImage opened = new QedFormat().open(storage, OpenRequest.strict())) {
      CheckReport report = opened.check().orElseThrow();
      assertEquals(number(json, "corruptions"), report.corruptions(), report::toString);
      assertEquals(number(json, "leaks"), report.leaks(), report::toString);
      assertEquals(number(json, "check-errors"), report.checkErrors(), report::toString);
      assertEquals(number(json, "total-clusters"), report.totalClusters());
      assertEquals(number(json, "allocated-clusters"), report.allocatedClusters());
      assertEquals(number(json, "fragmented-clusters"), report.fragmentedClusters());
      assertEquals(0, report.imageEndOffset());
    }
  }

  private static long number(String json, String key) {
    Matcher matcher = Pattern.compile("\"" + key + "\": (\\d+)").matcher(json);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }
}
