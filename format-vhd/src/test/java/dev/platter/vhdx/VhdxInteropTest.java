package dev.platter.vhdx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Sizes;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.FileStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.RecordingStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("interop")
class VhdxInteropTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "subformat=dynamic",
    "subformat=fixed",
    "block_state_zero=off",
    "'block_size=1M,log_size=2M'",
    "block_size=256M"
  })
  void whatQemuImgWroteReadsAsQemuImgReadsIt(String options) throws IOException {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    Path image = directory.resolve("q.vhdx");
    qemuImg.mustRun("create", "-q", "-f", "vhdx", "-o", options, image, "21M");
    ExternalTool.qemuIo()
        .mustRun(
            "-f",
            "vhdx",
            "-c",
            "write -P 17 0 64k",
            "-c",
            "write -P 3 15M 3M",
            "-c",
            "write -P 4 4608 512",
            image);
    Path raw = directory.resolve("q.raw");
    qemuImg.mustRun("convert", "-f", "vhdx", "-O", "raw", image, raw);
    try (Storage storage = FileStorage.openForReading(image)) {
      BlockMap map = VhdxReadTest.open(storage).map();
      assertEquals(Files.size(raw), map.size());
      assertArrayEquals(Files.readAllBytes(raw), VhdxReadTest.content(map));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "''",
    "subformat=fixed",
    "block_size=1M",
    "block_state_zero=off",
    "'block_state_zero=on,block_size=2M,log_size=4M'"
  })
  void whatIsWrittenReadsTheSameInQemuImgAndSevenZip(String options) throws IOException {
    // 7z takes no disk whose size is not in whole 4 KiB, not even from qemu-img.
    byte[] model = new byte[(21 << 20) + 4096 * 9];
    MemoryStorage storage = new MemoryStorage("w.vhdx");
    VhdxWriteTest.write(
        VhdxWriteTest.request(model.length, options, storage),
        VhdxWriteTest.randomPieces(model, 512, 4 << 20, new Random(4)),
        new Random(5));
    assertArrayEquals(model, VhdxReadTest.content(VhdxReadTest.open(storage).map()));
    Path image = Files.write(directory.resolve("w.vhdx"), storage.toByteArray());
    ExternalTool.qemuImg().mustRun("check", "-f", "vhdx", image);
    Path raw = directory.resolve("w.raw");
    ExternalTool.qemuImg().mustRun("convert", "-f", "vhdx", "-O", "raw", image, raw);
    assertArrayEquals(model, Files.readAllBytes(raw));
    assertArrayEquals(
        model, ExternalTool.sevenZip().run("e", "-so", image).mustExit(0).stdoutBytes());
  }

  @ParameterizedTest
  @CsvSource({"5M", "1G", "1025M", "100G", "101G", "32T", "33T", "64T"})
  void blockSizeIsTheOneThatQemuImgTakes(String text) throws IOException {
    Path image = directory.resolve("q.vhdx");
    ExternalTool.qemuImg().mustRun("create", "-q", "-f", "vhdx", image, text);
    long size = Sizes.parse(text);
    MemoryStorage storage = new MemoryStorage("w.vhdx");
    VhdxWriteTest.write(
        VhdxWriteTest.request(size, "", storage),
        List.of(new Piece.Absent(0, size)),
        new Random(1));
    try (Storage theirs = FileStorage.openForReading(image)) {
      DiskImage expected = VhdxReadTest.open(theirs);
      assertEquals(expected.map().blockSize(), VhdxReadTest.open(storage).map().blockSize());
      assertEquals(size, expected.map().extentAt(0, size).length());
    }
  }

  @Test
  void qemuImgAnswersAWrittenFileAsItsOwn() throws IOException {
    MemoryStorage storage = new MemoryStorage("w.vhdx");
    byte[] model = new byte[5 << 20];
    VhdxWriteTest.write(
        VhdxWriteTest.request(model.length, "", storage),
        VhdxWriteTest.randomPieces(model, 512, 1 << 20, new Random(4)),
        new Random(5));
    Path image = Files.write(directory.resolve("w.vhdx"), storage.toByteArray());
    ExternalTool.qemuIo().mustRun("-f", "vhdx", "-c", "write -P 9 1M 64k", image);
    Arrays.fill(model, 1 << 20, (1 << 20) + (64 << 10), (byte) 9);
    try (Storage changed = FileStorage.openForReading(image)) {
      assertArrayEquals(model, VhdxReadTest.content(VhdxReadTest.open(changed).map()));
    }
  }

  @Test
  void libvhdiAndSevenZipReadTheChainThatIsWritten() throws IOException {
    byte[] model = new byte[5 << 20];
    MemoryStorage below = new MemoryStorage("base.vhdx");
    VhdxWriteTest.write(
        VhdxWriteTest.request(model.length, "block_size=1M", below),
        VhdxWriteTest.randomPieces(model, 512, 2 << 20, new Random(6)),
        new Random(7));
    Files.write(directory.resolve("base.vhdx"), below.toByteArray());
    MemoryStorage above = new MemoryStorage("child.vhdx");
    VhdxWriteTest.write(
        VhdxWriteTest.over(VhdxReadTest.open(below), "base.vhdx", "child", "block_size=1M", above),
        VhdxWriteTest.randomPieces(model, 512, 1 << 18, new Random(8)),
        new Random(9));
    Path child = Files.write(directory.resolve("child.vhdx"), above.toByteArray());
    String info = ExternalTool.named("vhdiinfo").mustRun(child);
    assertTrue(info.contains("Differential"), info);
    assertTrue(info.contains(model.length + " bytes"), info);
    assertArrayEquals(
        model,
        ExternalTool.sevenZip().runIn(directory, "e", "-so", child).mustExit(0).stdoutBytes());
  }

  /**
   * QEMU plays the log back on disk; the same file is read here without being changed. Only where a
   * sequence of several entries goes on at the start of the ring do the two part: QEMU then takes
   * the entries after the start for a sequence of their own, though their tail is not among them.
   */
  @ParameterizedTest
  @CsvSource({"0, 1", "0, 2", "983040, 1", "1040384, 1", "983040, 2"})
  void aWaitingLogIsReadAsQemuImgPlaysItBack(long tail, int entries) throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("log.vhdx", 8 << 20);
    vhdx.logCounts = true;
    long block = vhdx.block(1, 0, VhdxReadTest.random(1 << 20, 1));
    MemoryStorage storage = vhdx.build();
    byte[] table = HandMadeVhdx.little(4096).putLong(8, HandMadeVhdx.entry(6, block)).array();
    byte[] sector = VhdxReadTest.random(4096, 2);
    long next =
        new HandMadeLog(7, tail, storage)
            .data(HandMadeVhdx.BAT, table)
            .data(block + 4096, sector)
            .writeTo(storage, tail);
    if (entries == 2) {
      new HandMadeLog(8, tail, storage)
          .zero(block + 8192, 12288)
          .data(block + 65536, sector)
          .writeTo(storage, next);
    }
    byte[] before = storage.toByteArray();
    byte[] content = VhdxReadTest.content(VhdxReadTest.open(storage).map());
    assertArrayEquals(before, storage.toByteArray());
    Path image = Files.write(directory.resolve("log.vhdx"), before);
    ExternalTool.qemuImg().mustRun("check", "-r", "all", "-f", "vhdx", image);
    Path raw = directory.resolve("log.raw");
    ExternalTool.qemuImg().mustRun("convert", "-f", "vhdx", "-O", "raw", image, raw);
    assertArrayEquals(Files.readAllBytes(raw), content);
  }

  @ParameterizedTest
  @ValueSource(strings = {"block_size=1M", "block_size=1M,subformat=fixed", "log_size=3M"})
  void aResizedDiskReadsTheSameInQemuImgAndSevenZip(String options) throws IOException {
    Path image = directory.resolve("r.vhdx");
    ExternalTool.qemuImg().mustRun("create", "-q", "-f", "vhdx", "-o", options, image, "9M");
    ExternalTool.qemuIo()
        .mustRun("-f", "vhdx", "-c", "write -P 17 0 64k", "-c", "write -P 3 5M 4M", image);
    byte[] model = new byte[9 << 20];
    Arrays.fill(model, 0, 64 << 10, (byte) 17);
    Arrays.fill(model, 5 << 20, 9 << 20, (byte) 3);
    for (long size : new long[] {20L << 20, 40L << 20, 17L << 19}) {
      try (FileStorage storage = FileStorage.openForWriting(image);
          ImageEditor editor = new VhdxFormat().edit(storage, EditRequest.strict())) {
        editor.resize(new ResizeRequest(size));
      }
      model = Arrays.copyOf(model, (int) size);
      Path raw = directory.resolve("r.raw");
      ExternalTool.qemuImg().mustRun("check", "-q", "-f", "vhdx", image);
      ExternalTool.qemuImg().mustRun("convert", "-f", "vhdx", "-O", "raw", image, raw);
      assertArrayEquals(model, Files.readAllBytes(raw));
      assertArrayEquals(
          model,
          ExternalTool.sevenZip().run("e", "-so", "-tvhdx", image).mustExit(0).stdoutBytes());
    }
  }

  /** The power fails with the log written and nothing in its place: the log alone must do. */
  @Test
  void qemuImgPlaysBackTheLogThatIsWritten() throws IOException {
    MemoryStorage made = new MemoryStorage("w.vhdx");
    byte[] model = new byte[5 << 20];
    VhdxWriteTest.write(
        VhdxWriteTest.request(model.length, "block_size=1M", made),
        VhdxWriteTest.randomPieces(model, 512, 500_000, new Random(4)),
        new Random(5));
    RecordingStorage storage = new RecordingStorage("w.vhdx", made.toByteArray());
    long size = 300L << 30; // so that the table moves
    try (ImageEditor editor = new VhdxFormat().edit(storage, EditRequest.strict())) {
      editor.resize(new ResizeRequest(size));
    }
    int logs = 0;
    for (int n = 0; n <= storage.changes(); n++) {
      int cut = n;
      MemoryStorage crashed = storage.after(i -> i < cut);
      if (!VhdxReadTest.open(crashed).info().more().get("log-dirty").equals(true)) {
        continue;
      }
      logs++;
      Path image = Files.write(directory.resolve("crashed.vhdx"), crashed.toByteArray());
      String answer = ExternalTool.qemuImg().mustRun("check", "-r", "all", image);
      assertTrue(answer.contains("1 corruptions"), answer);
      assertTrue(answer.contains("No errors were found"), answer);
      String info = ExternalTool.qemuImg().mustRun("info", image);
      assertTrue(info.contains("(" + size + " bytes)"), info);
      Path raw = directory.resolve("crashed.raw");
      ExternalTool.qemuImg()
          .mustRun("dd", "-f", "vhdx", "-O", "raw", "bs=1M", "count=5", "if=" + image, "of=" + raw);
      assertArrayEquals(model, Files.readAllBytes(raw));
    }
    assertTrue(logs > 1, "logs " + logs);
  }
}
