package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Profile;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.ResizedMap;
import dev.platter.cli.source.Source;
import dev.platter.cli.text.Decimals;
import dev.platter.image.name.Locking;
import dev.platter.image.spi.FileUse;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the commands answer in corners that callers of qemu-img have run into. */
class AnswersTest {
  private static final int DISK_BYTES = 1 << 20;
  private static final int DATA_BYTES = 64 << 10;

  @TempDir Path directory;
  private Path raw;

  /** One cluster of data in a disk of one mebibyte; the rest is a hole. */
  @BeforeEach
  void makeDisk() throws IOException {
    raw = sparse("disk.raw", DATA_BYTES);
  }

  private Path sparse(String name, int dataBytes) throws IOException {
    Path path = directory.resolve(name);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      byte[] data = new byte[dataBytes];
      java.util.Arrays.fill(data, 0, Math.min(dataBytes, DATA_BYTES), (byte) 1);
      file.write(data);
      file.setLength(DISK_BYTES);
    }
    return path;
  }

  private Path converted(String name, Object... options) {
    Path path = directory.resolve(name);
    Object[] line = new Object[options.length + 3];
    line[0] = "convert";
    System.arraycopy(options, 0, line, 1, options.length);
    line[options.length + 1] = raw;
    line[options.length + 2] = path;
    Run.platter(line).mustWork();
    return path;
  }

  @Test
  void roundsPercentagesAsPrintfDoes() {
    assertEquals("15.62", Decimals.twoDecimals(15.625));
    assertEquals("10.62", Decimals.twoDecimals(17 * 100.0 / 160));
    assertEquals("33.33", Decimals.twoDecimals(100.0 / 3));
    assertEquals("100.00", Decimals.twoDecimals(100));
    assertEquals("0.01", Decimals.twoDecimals(0.005000001));
  }

  @Test
  void strictComparisonSeesEveryWayOfStoring() throws IOException {
    Path plain = converted("plain", "-O", "qcow2");
    Path same = converted("same", "-O", "qcow2", "-o", "cluster_size=64k,lazy_refcounts=on");
    Path compressed = converted("compressed", "-c", "-O", "qcow2");
    Path zeros = sparse("zeros.raw", 2 * DATA_BYTES);
    assertEquals("Images are identical.\n", Run.qemuImg("compare", "-s", plain, same).mustWork());
    assertStrictMismatch(0, plain, compressed);
    assertStrictMismatch(DATA_BYTES, plain, raw);
    assertStrictMismatch(DATA_BYTES, raw, zeros);
    for (Path other : new Path[] {same, compressed, raw, zeros}) {
      assertEquals("Images are identical.\n", Run.qemuImg("compare", plain, other).mustWork());
    }
  }

  @Test
  void strictComparisonTellsADifferenceThatComesBeforeAnotherWayOfStoring() throws IOException {
    Path plain = converted("plain", "-O", "qcow2");
    try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
      file.seek(5000);
      file.write(9);
    }
    Run run = Run.qemuImg("compare", "-s", plain, raw);
    assertEquals("Content mismatch at offset 4608!\n", run.out());
    assertEquals(1, run.exitCode());
  }

  private static void assertStrictMismatch(long offset, Path one, Path other) {
    Run run = Run.qemuImg("compare", "-s", one, other);
    assertEquals("Strict mode: Offset " + offset + " block status mismatch!\n", run.out());
    assertEquals(1, run.exitCode());
  }

  @Test
  void asQemuImgASnapshotHasTodaysSize() {
    Path golden = Path.of("..", "..", "testdata", "golden", "snapshots.qcow2");
    String today = Run.qemuImg("info", "--output=json", golden).mustWork();
    Path target = directory.resolve("snapshot.raw");
    Run.qemuImg("convert", "-l", "1", golden, target).mustWork();
    assertTrue(today.contains("\n    \"virtual-size\": " + target.toFile().length() + ","), today);
  }

  @Test
  void aMapCanBeCutAndExtended() throws IOException, Failure {
    Access read = new Access(Profile.PLATTER, CacheMode.WRITEBACK, FileUse.READ, Locking.USUAL);
    try (Source source = Source.open(raw.toString(), "raw", true, read)) {
      ResizedMap longer = new ResizedMap(source.map(), DISK_BYTES + 512);
      assertEquals(512, longer.extentAt(DISK_BYTES, longer.size()).length());
      assertEquals(DISK_BYTES, longer.extentAt(DISK_BYTES - 512, longer.size()).end());
      assertEquals(512, new ResizedMap(source.map(), 512).extentAt(0, 512).length());
    }
  }

  @Test
  void aSeedMakesTheSameImageEachTime() throws IOException {
    Path first = converted("first.vdi", "-O", "vdi", "--seed", "tree");
    Path second = converted("second.vdi", "-O", "vdi", "--seed", "tree");
    Path other = converted("other.vdi", "-O", "vdi", "--seed", "leaf");
    Path random = converted("random.vdi", "-O", "vdi");
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
    assertFalse(java.util.Arrays.equals(Files.readAllBytes(first), Files.readAllBytes(other)));
    assertFalse(java.util.Arrays.equals(Files.readAllBytes(first), Files.readAllBytes(random)));
    Run create = Run.platter("create", "-f", "vdi", "--seed", "tree", first, "1M");
    create.mustWork();
    Run.platter("create", "-f", "vdi", "--seed", "tree", second, "1M").mustWork();
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
  }

  @Test
  void qemuImgHasNoSeed() {
    Run run = Run.qemuImg("convert", "--seed", "tree", raw, directory.resolve("target"));
    assertEquals(
        "qemu-img convert: unrecognized option '--seed'\n"
            + "Try 'qemu-img convert --help' for more information\n",
        run.err());
    assertEquals(1, run.exitCode());
    assertFalse(Run.qemuImg("convert", "--help").mustWork().contains("--seed"));
    assertTrue(Run.platter("convert", "--help").mustWork().contains("--seed"));
  }

  @Test
  void acceptsWhatQemuImgPassesToTheFileSystem() {
    converted("hint.raw", "-o", "nocow=on,extent_size_hint=1M");
    converted("hint.qcow2", "-O", "qcow2", "-o", "nocow=off");
    Path fresh = directory.resolve("fresh");
    assertEquals(
        "Formatting '" + fresh + "', fmt=raw size=1048576 extent_size_hint=65536\n",
        Run.qemuImg("create", "-o", "extent_size_hint=64k", fresh, "1M").mustWork());
    Run run = Run.qemuImg("create", "-o", "nocow=perhaps", directory.resolve("new"), "1M");
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("Parameter 'nocow' expects 'on' or 'off'"), run.err());
  }

  @Test
  void asQemuImgADataFileIsNamedFromTheCurrentDirectory() throws IOException {
    Path data = Files.createTempFile(Path.of("target"), "data", ".raw");
    try {
      Path image = directory.resolve("image");
      Object[] line = {"convert", "-O", "qcow2", "-o", "data_file=" + data, raw, image};
      Run.qemuImg(line).mustWork();
      assertEquals(DISK_BYTES, Files.size(data));
      assertEquals("Images are identical.\n", Run.qemuImg("compare", raw, image).mustWork());
      assertEquals(2, Run.platter("compare", raw, image).exitCode());
    } finally {
      Files.delete(data);
    }
  }

  @Test
  void asPlatterADataFileIsNamedFromItsImage() throws IOException {
    Path image = directory.resolve("image");
    Object[] line = {"convert", "-O", "qcow2", "-o", "data_file=image.data", raw, image};
    Run.platter(line).mustWork();
    assertEquals(DISK_BYTES, Files.size(directory.resolve("image.data")));
    assertEquals("Images are identical.\n", Run.platter("compare", raw, image).mustWork());
  }

  @Test
  @Timeout(20)
  void refusesAFifoInsteadOfWaitingForAWriter() throws Exception {
    Path fifo = directory.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    Run run = Run.qemuImg("info", fifo);
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("' to be a regular file"), run.err());
  }

  @Test
  void tellsTheLimitsOfEachFormat() {
    Path extended = converted("extended", "-O", "qcow2", "-o", "extended_l2=on,cluster_size=64k");
    String qcow2 = Run.qemuImg("info", "--limits", extended).mustWork();
    assertTrue(qcow2.contains("    write zeroes alignment: 2048\n"), qcow2);
    assertTrue(qcow2.contains("    discard alignment: 65536\n"), qcow2);
    String vpc = Run.qemuImg("info", "--limits", converted("disk.vhd", "-O", "vpc")).mustWork();
    assertFalse(vpc.contains("write zeroes alignment"), vpc);
    assertFalse(vpc.contains("discard alignment"), vpc);
  }

  @Test
  void asQemuImgAVhdxIsAllDataWithoutAPlace() {
    Path vhdx = converted("disk.vhdx", "-O", "vhdx");
    assertEquals(
        "[{ \"start\": 0, \"length\": 1048576, \"depth\": 0, \"present\": true, \"zero\": false,"
            + " \"data\": true, \"compressed\": false}]\n",
        Run.qemuImg("map", "--output=json", vhdx).mustWork());
    Run human = Run.qemuImg("map", vhdx);
    assertEquals(1, human.exitCode());
    assertTrue(human.err().contains("external, encrypted or compressed"), human.err());
    assertTrue(Run.platter("map", "--output=json", vhdx).mustWork().contains("\"offset\": "));
  }
}
