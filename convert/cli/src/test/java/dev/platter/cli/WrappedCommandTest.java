package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files in a compression, as sources and as targets. */
class WrappedCommandTest {
  private static final int SIZE = (9 << 20) + 512;
  private static final int HOLE = 3 << 20;

  @TempDir Path directory;
  private Path raw;

  @BeforeEach
  void makeDisk() throws IOException {
    byte[] disk = new byte[SIZE];
    new Random(1).nextBytes(disk);
    Arrays.fill(disk, 1 << 20, HOLE, (byte) 7);
    Arrays.fill(disk, HOLE, 8 << 20, (byte) 0);
    raw = Files.write(directory.resolve("disk.raw"), disk);
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  private void mustEqual(Path image) {
    assertTrue(Run.platter("compare", image, raw).mustWork().contains("identical"));
  }

  private static void mustFail(String reason, Run run) {
    assertEquals(1, run.exitCode(), run.toString());
    assertTrue(run.err().contains(reason), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"zst", "xz", "gz", "lz4"})
  void aTargetIsWrappedAsItsNameSaysAndComesBackSparse(String ending) throws IOException {
    Path packed = file("disk.raw." + ending);
    Run.platter("convert", "-O", "raw", raw, packed).mustWork();
    assertTrue(Files.size(packed) < HOLE, packed + ": " + Files.size(packed));
    for (String format : List.of("raw", "qcow2", "vdi")) {
      Path back = file("back." + format);
      Run.platter("convert", "-O", format, packed, back).mustWork();
      mustEqual(back);
    }
    assertEquals(-1, Files.mismatch(raw, file("back.raw")));
    String map = Run.platter("map", "--output=json", file("back.raw")).mustWork();
    assertTrue(map.contains("\"zero\": true, \"data\": false"), map);
  }

  @ParameterizedTest
  @ValueSource(strings = {"resize FILE +1M", "check -r all FILE", "compact FILE"})
  void whatIsWrappedIsNotChangedInPlace(String line) throws IOException {
    for (Path disk : List.of(raw, qcow2())) {
      String format = disk == raw ? "raw" : "qcow2";
      Path packed = wrap(disk, disk.getFileName() + ".gz");
      byte[] before = Files.readAllBytes(packed);
      mustFail("is a gz file", Run.platter(words(line, packed)));
      if (format.equals("qcow2")) {
        mustFail("is a gz file", Run.platter(words(line.replace("FILE", "-f qcow2 FILE"), packed)));
      }
      assertArrayEquals(before, Files.readAllBytes(packed));
    }
  }

  @Test
  void bytesThatAreToBeTakenAsTheyAreMayBeChanged() throws IOException {
    Path packed = wrap(raw, "disk.raw.gz");
    byte[] before = Files.readAllBytes(packed);
    Run.platter("resize", "-f", "raw", packed, "16M").mustWork();
    assertArrayEquals(Arrays.copyOf(before, 16 << 20), Files.readAllBytes(packed));
  }

  private static Object[] words(String line, Path file) {
    return Arrays.stream(line.split(" ")).map(word -> word.equals("FILE") ? file : word).toArray();
  }

  private Path qcow2() {
    Path image = file("image.qcow2");
    Run.platter("convert", "-O", "qcow2", raw, image).mustWork();
    return image;
  }

  @Test
  void everyCommandReadsWhatIsWrapped() {
    Path packed = file("disk.raw.zst");
    Run.platter("convert", "-O", "raw", raw, packed).mustWork();
    String info = Run.platter("info", packed).mustWork();
    assertTrue(info.contains("file format: raw\nwrapped in: zst\n"), info);
    assertTrue(info.contains("virtual size: 9 MiB (" + SIZE + " bytes)"), info);
    String json = Run.platter("info", "--output=json", packed).mustWork();
    assertTrue(json.contains("\"wrapping\": \"zst\""), json);
    Path image = file("disk.qcow2");
    Run.platter("convert", "-O", "qcow2", raw, image).mustWork();
    Path wrapped = wrap(image, "disk.qcow2.gz");
    mustEqual(wrapped);
    Run.platter("check", wrapped).mustWork();
    assertEquals(
        Run.platter("measure", "-O", "qcow2", image).mustWork(),
        Run.platter("measure", "-O", "qcow2", wrapped).mustWork());
    assertEquals(
        Run.platter("map", image).mustWork(),
        Run.platter("map", wrapped).mustWork().replace("disk.qcow2.gz", "disk.qcow2"));
    Path back = file("back.raw");
    Run.platter("convert", "-f", "qcow2", "-O", "raw", wrapped, back).mustWork();
    mustEqual(back);
  }

  /** Wraps any file: as the raw disk that it is in itself. */
  private Path wrap(Path plain, String name) {
    Run.platter("convert", "-f", "raw", "-O", "raw", plain, file(name)).mustWork();
    return file(name);
  }

  @Test
  void aDiskThatIsSaidToBeRawIsTakenAsItIs() throws IOException {
    Path packed = file("disk.raw.gz");
    Run.platter("convert", "-O", "raw", raw, packed).mustWork();
    Path same = file("same");
    Run.platter("convert", "-f", "raw", packed, same).mustWork();
    assertEquals(-1, mismatchBefore(packed, same));
    Run.platter("convert", "--unwrap", "never", packed, same).mustWork();
    assertEquals(-1, mismatchBefore(packed, same));
    Run.platter("convert", "-f", "raw", "--unwrap", "always", packed, same).mustWork();
    mustEqual(same);
    mustFail("in no compression", Run.platter("info", "--unwrap", "always", raw));
    mustFail("--unwrap expects", usage(Run.platter("info", "--unwrap", "perhaps", raw)));
  }

  private static Run usage(Run run) {
    return new Run(run.exitCode(), run.out(), run.err().lines().findFirst().orElse(""));
  }

  /** A raw disk has whole sectors; the rest of the last one reads as zeros. */
  private static long mismatchBefore(Path packed, Path sectors) throws IOException {
    byte[] bytes = Files.readAllBytes(packed);
    byte[] whole = Arrays.copyOf(bytes, (bytes.length + 511) / 512 * 512);
    return Arrays.mismatch(whole, Files.readAllBytes(sectors));
  }

  @Test
  void asQemuImgItIsARawFileAndTheOptionsAreUnknown() throws IOException {
    Path packed = file("disk.raw.gz");
    Run.platter("convert", "-O", "raw", raw, packed).mustWork();
    String info = Run.qemuImg("info", packed).mustWork();
    assertTrue(info.contains("file format: raw\n"), info);
    assertTrue(!info.contains("wrapped"), info);
    Path copy = file("copy.raw.gz");
    Run.qemuImg("convert", "-O", "raw", raw, copy).mustWork();
    assertEquals(-1, Files.mismatch(raw, copy));
    Run unknown = Run.qemuImg("info", "--unwrap", "never", packed);
    assertTrue(unknown.err().contains("unrecognized option '--unwrap'"), unknown.err());
    assertTrue(!Run.qemuImg("convert", "--help").mustWork().contains("wrap"));
  }

  @Test
  void levelsAreAskedForAndThreadsMakeNoDifference() throws IOException {
    Path fast = file("fast.zst");
    Run.platter("convert", "-m", "1", "-O", "raw", raw, fast).mustWork();
    Path many = file("many.zst");
    Run.platter("convert", "-m", "4", "-O", "raw", raw, many).mustWork();
    assertEquals(-1, Files.mismatch(fast, many));
    Path hard = file("hard");
    Run.platter("convert", "-O", "raw", "--wrap", "xz:1", raw, hard).mustWork();
    mustEqual(hard);
    Path none = file("none.zst");
    Run.platter("convert", "-O", "raw", "--wrap", "none", raw, none).mustWork();
    assertEquals(-1, Files.mismatch(raw, none));
    Path target = file("target");
    mustFail("levels 1 to 22", Run.platter("convert", "--wrap", "zst:23", raw, target));
    mustFail("unknown compression", Run.platter("convert", "--wrap", "rar", raw, target));
    mustFail("only read", Run.platter("convert", "-O", "raw", raw, file("disk.raw.bz2")));
    mustFail(
        "written in order", Run.platter("convert", "-O", "qcow2", "--wrap", "zst", raw, target));
    mustFail("(-n)", Run.platter("convert", "-n", "--wrap", "zst", raw, raw));
    assertTrue(Files.notExists(target));
  }

  @Test
  void whatIsCutOffIsAnErrorAndLeavesNothing() throws IOException {
    for (String ending : List.of("zst", "xz", "gz", "lz4")) {
      Path packed = file("disk.raw." + ending);
      Run.platter("convert", "-O", "raw", raw, packed).mustWork();
      Path cut = file("cut." + ending);
      byte[] bytes = Files.readAllBytes(packed);
      Files.write(cut, Arrays.copyOf(bytes, bytes.length - 5));
      for (String format : List.of("raw", "qcow2", "vdi")) {
        Path target = file("target." + format);
        mustFail("damaged or cut off", Run.platter("convert", "-O", format, cut, target));
        assertTrue(Files.notExists(target));
      }
      mustFail("damaged or cut off", Run.platter("info", cut));
      mustFail("damaged or cut off", Run.platter("info", "-f", "qcow2", cut));
    }
  }

  /** That the rest is missing goes unseen, and so was not read. */
  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "vmdk", "vpc", "vhdx", "vdi", "parallels"})
  void infoReadsNoMoreThanTheHeadOfAnImage(String format) throws IOException {
    byte[] noise = new byte[16 << 20];
    new Random(2).nextBytes(noise);
    Path image = file("image");
    Run.platter("convert", "-O", format, Files.write(file("noise"), noise), image).mustWork();
    Path packed = wrap(image, "image.gz");
    byte[] bytes = Files.readAllBytes(packed);
    Path cut = Files.write(file("cut.gz"), Arrays.copyOf(bytes, bytes.length / 2));
    assertEquals(told(packed), told(cut));
    mustFail("damaged or cut off", Run.platter("convert", "-O", "raw", cut, file("target")));
  }

  private static List<String> told(Path image) {
    return Run.platter("info", image)
        .mustWork()
        .lines()
        .takeWhile(line -> !line.startsWith("Child node"))
        .filter(line -> !line.matches("image: .*|disk size: .*| *filename: .*"))
        .toList();
  }

  @Test
  void whatUnwrapsToTooMuchIsRefusedByName() {
    Path packed = file("disk.raw.zst");
    Run.platter("convert", "-O", "raw", raw, packed).mustWork();
    Path target = file("target");
    for (String format : List.of("raw", "qcow2", "vdi")) {
      mustFail(
          "--max-unwrapped",
          Run.platter("convert", "--max-unwrapped", "8M", "-O", format, packed, target));
      assertTrue(Files.notExists(target));
    }
    Run.platter("convert", "--max-unwrapped", "10M", packed, target).mustWork();
    mustEqual(target);
  }

  @Test
  void aFixedVhdIsKnownByItsEnd() throws IOException {
    Path vhd = file("disk.vhd");
    Run.platter("convert", "-O", "vpc", "-o", "subformat=fixed,force_size=on", raw, vhd).mustWork();
    Path packed = wrap(vhd, "disk.vhd.gz");
    assertTrue(Run.platter("info", packed).mustWork().contains("file format: vpc\n"));
    Path back = file("back.qcow2");
    Run.platter("convert", "-O", "qcow2", packed, back).mustWork();
    mustEqual(back);
    mustEqual(packed);
  }

  @Test
  void aStreamOptimizedDiskIsReadInOrder() {
    Path vmdk = file("disk.vmdk");
    Run.platter("convert", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, vmdk).mustWork();
    Path packed = wrap(vmdk, "disk.vmdk.lz4");
    Path back = file("back.qcow2");
    Run.platter("convert", "-O", "qcow2", packed, back).mustWork();
    mustEqual(back);
  }

  /** What Google's import takes: GNU's own form, {@code disk.raw}, whole gibibytes. */
  @Test
  @Tag("interop")
  void aTarIsMadeAndReadBack() throws IOException {
    Path archive = file("image.tar.gz");
    Run.platter("convert", "-O", "raw", raw, archive).mustWork();
    ExternalTool tar = ExternalTool.named("tar");
    assertTrue(
        tar.run("-tvf", archive)
            .mustExit(0)
            .stdout()
            .matches("(?s)-rw.* " + SIZE + " .* disk.raw\n"));
    tar.mustRun("-C", directory, "-xf", archive, "--transform=s/disk.raw/back/");
    assertEquals(-1, Files.mismatch(raw, file("back")));
    assertTrue(
        Run.platter("info", archive).mustWork().contains("file format: raw\nwrapped in: gz\n"));
    for (String format : List.of("raw", "qcow2", "vdi")) {
      Run.platter("convert", "-O", format, archive, file("back." + format)).mustWork();
      mustEqual(file("back." + format));
    }
    Path large = file("large.tar.xz");
    Run.platter("convert", "--round-size", "16M", "-O", "raw", raw, large).mustWork();
    assertTrue(Run.platter("info", large).mustWork().contains("(16777216 bytes)"));
    assertTrue(tar.run("-tvf", large).stdout().contains(" 16777216 "));
    Path plain = file("plain");
    Run.platter("convert", "--wrap", "tar", "-O", "raw", raw, plain).mustWork();
    mustEqual(plain);
    mustFail("unknown compression", Run.platter("convert", "--wrap", "gz.tar", raw, file("no")));
    mustFail("--round-size", Run.platter("convert", "--round-size", "100", raw, file("no")));
    Run unknown = Run.qemuImg("convert", "--round-size", "1G", raw, file("no"));
    assertTrue(unknown.err().contains("unrecognized option '--round-size'"), unknown.err());
    assertTrue(Files.notExists(file("no")));
  }

  @Test
  void theSourceIsNotOverwritten() throws IOException {
    Path packed = file("disk.raw.zst");
    Run.platter("convert", "-O", "raw", raw, packed).mustWork();
    byte[] before = Files.readAllBytes(packed);
    mustFail("source's own files", Run.platter("convert", "-O", "raw", packed, packed));
    mustFail("source's own files", Run.platter("convert", "-O", "vdi", packed, packed));
    assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(packed)));
  }

  @Test
  @Tag("interop")
  void whatOtherToolsReadFromOursAndOursFromTheirsIsTheSame() throws IOException {
    Path packed = file("disk.raw.zst");
    Run.platter("convert", "-O", "raw", raw, packed).mustWork();
    Path back = file("back.raw");
    ExternalTool.named("zstd").mustRun("-q", "-d", "-o", back, packed);
    assertEquals(-1, Files.mismatch(raw, back));
    Path image = file("theirs.qcow2");
    ExternalTool.qemuImg().mustRun("convert", "-O", "qcow2", raw, image);
    ExternalTool.named("bzip2").mustRun("-1", image);
    Path target = file("back.qcow2");
    Run.platter("convert", "-O", "qcow2", file("theirs.qcow2.bz2"), target).mustWork();
    ExternalTool.qemuImg().mustRun("compare", target, raw);
    ExternalTool.named("zip").mustRun("-q", "-j", file("disk.zip"), raw);
    Run.platter("convert", "-O", "qcow2", file("disk.zip"), target).mustWork();
    ExternalTool.qemuImg().mustRun("compare", target, raw);
    ExternalTool.qemuImg().mustRun("check", target);
  }
}
