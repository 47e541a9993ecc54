package dev.platter.parallels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CheckReport;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.FileStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.ModelDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("interop")
class ParallelsInteropTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"1M, 9M", "64k, 9M", "32256, 7000001", "512, 7000001"})
  void whatQemuImgWroteReadsAsQemuImgReadsIt(String clusterSize, String size) throws IOException {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    Path image = directory.resolve("q.hdd");
    qemuImg.mustRun(
        "create", "-q", "-f", "parallels", "-o", "cluster_size=" + clusterSize, image, size);
    ExternalTool.qemuIo()
        .mustRun(
            "-f",
            "parallels",
            "-c",
            "write -P 17 5M 1M",
            "-c",
            "write -P 3 0 64k",
            "-c",
            "write -P 4 6993408 512",
            image);
    Path raw = directory.resolve("q.raw");
    qemuImg.mustRun("convert", "-f", "parallels", "-O", "raw", image, raw);
    MemoryStorage storage = MemoryStorage.of("q.hdd", Files.readAllBytes(image));
    assertArrayEquals(Files.readAllBytes(raw), HandMade.content(storage));
    agreesWithQemuImg(image);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "cluster_size=32256",
        "cluster_size=512",
        "magic=WithoutFreeSpace",
        "magic=WithoutFreeSpace,cluster_size=32256"
      })
  void whatIsWrittenReadsTheSameInQemuImg(String options) throws IOException {
    MemoryStorage storage = new MemoryStorage("w.hdd");
    ModelDisk model = ModelDisk.random(11, (9 << 20) + 512 * 77, 1 << 18);
    ParallelsWriteTest.write(ParallelsWriteTest.request(model.size(), options, storage), model);
    Path image = Files.write(directory.resolve("w.hdd"), storage.toByteArray());
    Path raw = directory.resolve("w.raw");
    ExternalTool.qemuImg().mustRun("convert", "-f", "parallels", "-O", "raw", image, raw);
    assertArrayEquals(model.content(), Files.readAllBytes(raw));
    agreesWithQemuImg(image);
    // QEMU can go on with it.
    ExternalTool.qemuIo().mustRun("-f", "parallels", "-c", "write -P 9 1M 3M", image);
    ExternalTool.qemuImg().mustRun("check", "-f", "parallels", image);
    byte[] expected = model.content();
    Arrays.fill(expected, 1 << 20, 4 << 20, (byte) 9);
    assertArrayEquals(
        expected, HandMade.content(MemoryStorage.of("w.hdd", Files.readAllBytes(image))));
  }

  @ParameterizedTest
  @CsvSource({"0, 1M", "512, 1M", "1000001, 64k", "1073741824, 32256", "1099511627776, 1M"})
  void anEmptyImageIsTheSameAsQemuImgs(long size, String clusterSize) throws IOException {
    Path image = directory.resolve("q.hdd");
    String option = "cluster_size=" + clusterSize;
    ExternalTool.qemuImg().mustRun("create", "-q", "-f", "parallels", "-o", option, image, size);
    MemoryStorage storage = new MemoryStorage("w.hdd");
    try (ImageWriter writer =
        new ParallelsFormat().create(ParallelsWriteTest.request(size, option, storage))) {
      if (size > 0) {
        writer.reserve(new Chunk(0, size, List.of(new Piece.Zero(0, size))));
      }
      writer.finish();
    }
    assertArrayEquals(Files.readAllBytes(image), storage.toByteArray());
  }

  /** What is wrong, by name, and how many bytes the file is cut or extended by. */
  @ParameterizedTest
  @CsvSource({
    "sound, 0",
    "in use, 0",
    "outside, 0",
    "far outside, 0",
    "sound, 1",
    "sound, 65536",
    "sound, 100000",
    "in use, 4096",
    "outside, 65536"
  })
  void checkFindsWhatQemuImgFinds(String wrong, int extension) throws IOException {
    for (boolean extended : new boolean[] {false, true}) {
      agreesWithQemuImg(damaged(extended, wrong, extension));
    }
  }

  private Path damaged(boolean extended, String wrong, int extension) throws IOException {
    HandMade made = new HandMade(extended, 64, 8);
    byte[] cluster = HandMade.random(32768, 1);
    made.cluster(1, cluster).cluster(0, cluster).cluster(5, cluster).cluster(6, cluster);
    byte[] file = made.build();
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    switch (wrong) {
      case "in use" -> bytes.putInt(44, 0x746F6E59);
      case "outside" -> bytes.putInt(HandMade.BAT_AT + 12, 1000);
      case "far outside" -> bytes.putInt(HandMade.BAT_AT + 12, 1 << 22);
      case "twice" -> bytes.putInt(HandMade.BAT_AT + 12, made.entryOf(1));
      case "out of line" -> bytes.putInt(HandMade.BAT_AT + 12, made.entryOf(1) + 3);
      default -> {}
    }
    return Files.write(directory.resolve("c.hdd"), Arrays.copyOf(file, file.length + extension));
  }

  /** Repaired by either, a damaged image is the same disk, and both say the same about it. */
  @ParameterizedTest
  @CsvSource({"in use, 0", "outside, 0", "far outside, 65536", "sound, 65536"})
  void repairsAsQemuImgDoes(String wrong, int extension) throws IOException {
    for (boolean extended : new boolean[] {false, true}) {
      Path ours = damaged(extended, wrong, extension);
      Path theirs = Files.copy(ours, directory.resolve("theirs" + extended + ".hdd"));
      ExternalTool.Result result =
          ExternalTool.qemuImg().run("check", "-r", "all", "-f", "parallels", theirs).mustExit(0);
      try (FileStorage storage = FileStorage.openForWriting(ours);
          ImageEditor editor = new ParallelsFormat().edit(storage, EditRequest.strict())) {
        RepairReport report = editor.repair(Repair.ALL);
        assertEquals(result.stderr().lines().toList(), report.found().messages());
        assertTrue(
            result.stdout().contains("    " + report.corruptionsFixed() + " corruptions"),
            result.toString());
      }
      agreesWithQemuImg(ours);
      ExternalTool.qemuImg().mustRun("compare", "-f", "parallels", "-F", "parallels", ours, theirs);
      if (!wrong.contains("outside")) { // QEMU leaves the file as long as the cluster made it seem
        assertArrayEquals(Files.readAllBytes(theirs), Files.readAllBytes(ours));
      }
    }
  }

  /** QEMU 7.2 does not look for these: it must find nothing, and the disk must be the same. */
  @ParameterizedTest
  @ValueSource(strings = {"twice", "out of line"})
  void whatIsRepairedIsSoundToQemuImg(String wrong) throws IOException {
    Path image = damaged(false, wrong, 0);
    Path before = directory.resolve("before.raw");
    ExternalTool.qemuImg().mustRun("convert", "-f", "parallels", "-O", "raw", image, before);
    try (FileStorage storage = FileStorage.openForWriting(image);
        ImageEditor editor = new ParallelsFormat().edit(storage, EditRequest.strict())) {
      assertEquals(1, editor.repair(Repair.ALL).corruptionsFixed());
    }
    agreesWithQemuImg(image);
    ExternalTool.qemuImg().mustRun("compare", "-f", "parallels", "-F", "raw", image, before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "cluster_size=32256", "magic=WithoutFreeSpace,cluster_size=4k"})
  void whatIsChangedInPlaceReadsTheSameInQemuImg(String options) throws IOException {
    MemoryStorage written = new MemoryStorage("e.hdd");
    ModelDisk model = ModelDisk.random(12, (9 << 20) + 512 * 77, 1 << 18);
    ParallelsWriteTest.write(ParallelsWriteTest.request(model.size(), options, written), model);
    Path image = Files.write(directory.resolve("e.hdd"), written.toByteArray());
    byte[] content = model.content();
    for (int size : new int[] {12 << 20, 7 << 20, (64 << 20) + 512, 5 << 20}) {
      try (FileStorage storage = FileStorage.openForWriting(image);
          ImageEditor editor = new ParallelsFormat().edit(storage, EditRequest.strict())) {
        editor.resize(new ResizeRequest(size));
        editor.compact();
      }
      content = Arrays.copyOf(content, size);
      agreesWithQemuImg(image);
      ExternalTool.qemuImg().mustRun("check", "-f", "parallels", image);
      Path raw = directory.resolve("e.raw");
      ExternalTool.qemuImg().mustRun("convert", "-f", "parallels", "-O", "raw", image, raw);
      assertArrayEquals(content, Files.readAllBytes(raw));
      // QEMU goes on with it.
      ExternalTool.qemuIo().mustRun("-f", "parallels", "-c", "write -P 9 1M 1M", image);
      Arrays.fill(content, 1 << 20, 2 << 20, (byte) 9);
    }
  }

  private static void agreesWithQemuImg(Path image) throws IOException {
    ExternalTool.Result result =
        ExternalTool.qemuImg().run("check", "--output=json", "-f", "parallels", image);
    CheckReport report =
        HandMade.open(MemoryStorage.of("c.hdd", Files.readAllBytes(image))).check().orElseThrow();
    String json = result.stdout();
    assertEquals(number(json, "corruptions"), report.corruptions(), json);
    assertEquals(number(json, "leaks"), report.leaks(), json);
    assertEquals(number(json, "image-end-offset"), report.imageEndOffset(), json);
    assertEquals(number(json, "total-clusters"), report.totalClusters(), json);
    assertEquals(number(json, "allocated-clusters"), report.allocatedClusters(), json);
    assertEquals(number(json, "fragmented-clusters"), report.fragmentedClusters(), json);
    assertEquals(result.stderr().lines().toList(), report.messages());
  }

  private static long number(String json, String key) {
    Matcher matcher = Pattern.compile("\"" + key + "\": ([0-9]+)").matcher(json);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }
}
