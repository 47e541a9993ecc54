package dev.platter.vhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.Limits;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.FileStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("interop")
class VhdInteropTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "subformat=dynamic, 9M",
    "subformat=fixed, 9M",
    "'subformat=dynamic,force_size=on', 9M",
    "'subformat=fixed,force_size=on', 9M",
    "subformat=dynamic, 70M"
  })
  void whatQemuImgWroteReadsAsQemuImgReadsIt(String options, String size) throws IOException {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    Path image = directory.resolve("q.vhd");
    qemuImg.mustRun("create", "-q", "-f", "vpc", "-o", options, image, size);
    ExternalTool.qemuIo()
        .mustRun(
            "-f",
            "vpc",
            "-c",
            "write -P 17 0 64k",
            "-c",
            "write -P 3 5M 3M",
            "-c",
            "write -P 4 4608 512",
            image);
    Path raw = directory.resolve("q.raw");
    qemuImg.mustRun("convert", "-f", "vpc", "-O", "raw", image, raw);
    BlockMap map = VhdReadTest.open(MemoryStorage.of("q.vhd", Files.readAllBytes(image))).map();
    assertEquals(Files.size(raw), map.size());
    assertArrayEquals(Files.readAllBytes(raw), VhdReadTest.content(map));
  }

  @ParameterizedTest
  @CsvSource({
    "''",
    "subformat=fixed",
    "force_size=on",
    "'force_size=on,subformat=fixed'",
    "profile=azure",
    "'force_size=on,block_size=64k'"
  })
  void whatIsWrittenReadsTheSameInQemuImgAndSevenZip(String options) throws IOException {
    byte[] model = new byte[(9 << 20) + 512 * 77];
    MemoryStorage storage = new MemoryStorage("w.vhd");
    List<Piece> pieces = VhdWriteTest.randomPieces(model, 2000, new Random(4));
    VhdWriteTest.write(VhdWriteTest.request(model.length, options, storage), pieces, new Random(5));
    BlockMap map = VhdReadTest.open(storage).map();
    byte[] expected = Arrays.copyOf(model, (int) map.size());
    assertArrayEquals(expected, VhdReadTest.content(map));
    Path image = Files.write(directory.resolve("w.vhd"), storage.toByteArray());
    Path raw = directory.resolve("w.raw");
    ExternalTool.qemuImg().mustRun("convert", "-f", "vpc", "-O", "raw", image, raw);
    assertArrayEquals(expected, Files.readAllBytes(raw));
    byte[] bySevenZip =
        ExternalTool.sevenZip().run("e", "-so", "-tvhd", image).mustExit(0).stdoutBytes();
    assertEquals(expected.length, bySevenZip.length);
    assertArrayEquals(expected, bySevenZip);
  }

  @ParameterizedTest
  @CsvSource({"1000000", "5242880", "33554432", "1073741824", "10737418240", "136365211648"})
  void footerIsQemuImgsButForIdentifierAndTime(long size) throws IOException {
    Path image = directory.resolve("q.vhd");
    ExternalTool.qemuImg().mustRun("create", "-q", "-f", "vpc", image, size);
    MemoryStorage storage = new MemoryStorage("w.vhd");
    VhdWriteTest.write(
        VhdWriteTest.request(size, "", storage), List.of(new Piece.Zero(0, size)), new Random(1));
    byte[] theirs = Arrays.copyOf(Files.readAllBytes(image), 512);
    byte[] ours = Arrays.copyOf(storage.toByteArray(), 512);
    for (byte[] footer : List.of(theirs, ours)) {
      Arrays.fill(footer, 24, 28, (byte) 0);
      Arrays.fill(footer, 64, 84, (byte) 0);
    }
    assertArrayEquals(theirs, ours);
  }

  @Test
  void libvhdiAndSevenZipReadTheChainThatIsWritten() throws IOException {
    Path base = directory.resolve("base.vhd");
    Path child = directory.resolve("child.vhd");
    byte[] model = new byte[5 << 20];
    MemoryStorage below = new MemoryStorage("base.vhd");
    VhdWriteTest.write(
        VhdWriteTest.request(model.length, "force_size=on", below),
        VhdWriteTest.randomPieces(model, 500, new Random(6)),
        new Random(7));
    Files.write(base, below.toByteArray());
    MemoryStorage above = new MemoryStorage("child.vhd");
    VhdWriteTest.write(
        VhdWriteTest.over(
            VhdReadTest.open(below),
            "base.vhd",
            Identity.seeded("child", Instant.EPOCH),
            "",
            above),
        VhdWriteTest.randomPieces(model, 500, new Random(8)),
        new Random(9));
    Files.write(child, above.toByteArray());
    String info = ExternalTool.named("vhdiinfo").mustRun(child);
    assertTrue(info.contains("Differential"), info);
    assertTrue(info.contains(model.length + " bytes"), info);
    String parentId = VhdReadTest.open(below).info().more().get("unique-id").toString();
    assertTrue(info.contains(parentId), info);
    byte[] bySevenZip =
        ExternalTool.sevenZip()
            .runIn(directory, "e", "-so", "-tvhd", child)
            .mustExit(0)
            .stdoutBytes();
    assertArrayEquals(model, bySevenZip);
  }

  /** The third has so small blocks that its table must move. */
  @ParameterizedTest
  @CsvSource({
    "force_size=on",
    "'force_size=on,subformat=fixed'",
    "'force_size=on,block_size=64k'",
  })
  void aResizedDiskReadsTheSameInQemuImgSevenZipAndLibvhdi(String options) throws IOException {
    byte[] model = new byte[9 << 20];
    MemoryStorage made = new MemoryStorage("r.vhd");
    VhdWriteTest.write(
        VhdWriteTest.request(model.length, options, made),
        VhdWriteTest.randomPieces(model, 2000, new Random(4)),
        new Random(5));
    Path image = Files.write(directory.resolve("r.vhd"), made.toByteArray());
    for (long size : new long[] {20L << 20, 40L << 20, (8L << 20) + 512}) {
      try (FileStorage storage = FileStorage.openForWriting(image);
          ImageEditor editor = new VhdFormat().edit(storage, EditRequest.strict())) {
        editor.resize(new ResizeRequest(size));
      }
      model = Arrays.copyOf(model, (int) size);
      Path raw = directory.resolve("r.raw");
      ExternalTool.qemuImg().mustRun("convert", "-f", "vpc", "-O", "raw", image, raw);
      assertArrayEquals(model, Files.readAllBytes(raw));
      assertArrayEquals(
          model, ExternalTool.sevenZip().run("e", "-so", "-tvhd", image).mustExit(0).stdoutBytes());
      String info = ExternalTool.named("vhdiinfo").mustRun(image);
      assertTrue(info.contains("(" + size + " bytes)"), info);
    }
  }

  /** The qemu-img of the distribution may be of before 10.0; the modes are the same in all. */
  @ParameterizedTest
  @ValueSource(strings = {"win ", "qem2", "qemu", "vpc ", "d2v ", "tap\0", "CTXS", "vbox", "    "})
  void sizeIsToldAsQemuImgTellsIt(String creator) throws IOException {
    HandMadeVhd vhd = new HandMadeVhd(10 << 20);
    vhd.type = 2;
    vhd.creator = creator;
    vhd.geometry = new int[] {100, 4, 17};
    vhd.fixedContent = new byte[10 << 20];
    Path image = Files.write(directory.resolve("c.vhd"), vhd.build());
    MemoryStorage storage = MemoryStorage.of("c.vhd", vhd.build());
    ExternalTool qemuImg = ExternalTool.qemuImg();
    String version = qemuImg.mustRun("--version");
    boolean before10 = Integer.parseInt(version.replaceAll("(?s).*?version (\\d+).*", "$1")) < 10;
    for (String mode : List.of("", "chs", "current_size")) {
      String name =
          "json:{\"driver\":\"vpc\",\"file\":{\"driver\":\"file\",\"filename\":\""
              + image
              + "\"}"
              + (mode.isEmpty() ? "" : ",\"force_size_calc\":\"" + mode + "\"")
              + "}";
      String theirs = qemuImg.mustRun("info", name);
      String option = mode.isEmpty() && before10 ? "by_creator_before_10" : mode;
      List<String> options = option.isEmpty() ? List.of() : List.of("force_size_calc=" + option);
      OpenRequest request =
          new OpenRequest(
              Limits.DEFAULT,
              OpenRequest.strict().outside(),
              Optional.empty(),
              FormatOptions.parse(options, new VhdFormat().openOptions()));
      long ours = new VhdFormat().open(storage, request).info().virtualSize();
      assertTrue(theirs.contains("(" + ours + " bytes)"), mode + ": " + ours + "\n" + theirs);
    }
  }
}
