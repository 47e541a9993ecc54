package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  private static final int DISK_BYTES = 1 << 20;

  @TempDir Path directory;
  private Path raw;
  private Path target;

  @BeforeEach
  void makeDisk() throws IOException {
    byte[] disk = new byte[DISK_BYTES];
    new Random(1).nextBytes(disk);
    Arrays.fill(disk, 0, 300_000, (byte) 0);
    raw = Files.write(directory.resolve("disk.raw"), disk);
    target = directory.resolve("target");
  }

  private static void fails(int exitCode, String message, Run run) {
    assertEquals(message + "\n", run.err());
    assertEquals(exitCode, run.exitCode());
    assertEquals("", run.out());
  }

  private List<String> filesLeft() throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void saysItsVersionAsCallersParseIt() {
    assertEquals(
        "qemu-img version 10.2.2 (Platter 0.1.0)", Run.qemuImg("--version").mustWork().strip());
    assertTrue(Run.platter("-V").mustWork().startsWith("platter 0.1.0 "));
  }

  /** The lines that scripts look for. */
  @Test
  void helpAsQemuImgHasItsForm() {
    List<String> lines = Run.qemuImg("--help").mustWork().lines().toList();
    assertTrue(lines.getFirst().startsWith("qemu-img version "), lines::toString);
    for (String name : Commands.NAMES) {
      assertTrue(lines.stream().anyMatch(line -> line.startsWith("  " + name + " - ")), name);
    }
    int formats = lines.indexOf("Supported image formats:");
    assertEquals("", lines.get(formats + 1));
    List<String> words = new ArrayList<>();
    for (String line : lines.subList(formats + 2, lines.size())) {
      assertTrue(line.startsWith("  ") && line.length() <= 80, line);
      words.addAll(List.of(line.strip().split(" ")));
    }
    assertEquals(words.stream().sorted().toList(), words);
    assertTrue(
        words.containsAll(List.of("raw", "qcow2", "vmdk", "nbd", "quorum")), words::toString);
  }

  @Test
  void optionsAreListedWithThoseOfTheirFile() {
    String alone = Run.qemuImg("create", "-f", "qcow2", "-o", "help").mustWork();
    assertTrue(alone.startsWith("Supported qcow2 options:\n"), alone);
    assertFalse(alone.contains("nocow"), alone);
    String withFile = Run.qemuImg("create", "-f", "qcow2", "-o", "help", "x").mustWork();
    assertTrue(withFile.startsWith("Supported options:\n"), withFile);
    assertTrue(withFile.contains("  nocow=<bool (on/off)>  - "), withFile);
  }

  @Test
  void explainsEveryCommand() {
    String all = Run.platter("--help").mustWork();
    for (String name : Commands.NAMES) {
      assertTrue(all.contains("\n  " + name + " "), name);
      String one = Run.platter(name, "--help").mustWork();
      assertTrue(one.startsWith("Usage:\n  platter " + name + " "), one);
    }
  }

  @Test
  void tellsInOneLineWhatIsWrongWithACommandLine() {
    fails(
        1,
        "qemu-img: Command not found: resurrect\n" + "Try 'qemu-img --help' for more information",
        Run.qemuImg("resurrect"));
    fails(
        1,
        "qemu-img info: unrecognized option '--bogus'\n"
            + "Try 'qemu-img info --help' for more information",
        Run.qemuImg("info", "--bogus", raw));
    fails(
        1,
        "platter: Not enough arguments\nTry 'platter --help' for more information",
        Run.platter());
  }

  @Test
  void namesTheFileThatIsMissing() {
    fails(
        1,
        "qemu-img: Could not open '/no/file': Could not open '/no/file': No such file or directory",
        Run.qemuImg("info", "/no/file"));
    fails(
        2,
        "qemu-img: Could not open '/no/file': Could not open '/no/file': No such file or directory",
        Run.qemuImg("compare", raw, "/no/file"));
  }

  @Test
  void refusesUnknownFormatsAndFormatsThatTheFileIsNot() {
    fails(
        1,
        "qemu-img: Could not open '" + raw + "': Unknown driver 'bogus'",
        Run.qemuImg("info", "-f", "bogus", raw));
    fails(
        1,
        "qemu-img: Could not open '" + raw + "': Image is not in qcow2 format",
        Run.qemuImg("info", "-fqcow2", raw));
    fails(
        1,
        "qemu-img: Unknown file format 'bogus'",
        Run.qemuImg("convert", "-O", "bogus", raw, target));
  }

  @Test
  void answersInfoWithTheKeysThatCallersRead() {
    String json =
        Run.qemuImg("info", raw, "--force-share", "--output=json", "-f", "raw")
            .mustWork()
            .replaceAll("\"actual-size\": [0-9]+", "\"actual-size\": N");
    assertEquals(
        """
        {
            "children": [
                {
                    "name": "file",
                    "info": {
                        "children": [
                        ],
                        "virtual-size": 1048576,
                        "filename": "FILE",
                        "format": "file",
                        "actual-size": N,
                        "format-specific": {
                            "type": "file",
                            "data": {
                            }
                        },
                        "dirty-flag": false
                    }
                }
            ],
            "virtual-size": 1048576,
            "filename": "FILE",
            "format": "raw",
            "actual-size": N,
            "dirty-flag": false
        }
        """
            .replace("FILE", raw.toString()),
        json);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-c", "-o compression_type=zstd -c", "-S 0", "-C", "-m 1", "-W -n"})
  void convertsThereAndBack(String options) throws IOException {
    Path back = directory.resolve("back");
    boolean inPlace = options.contains("-n");
    String line = "convert -O qcow2 " + (inPlace ? "-W" : options) + " SOURCE TARGET";
    Object[] there =
        line.replace("SOURCE", raw.toString()).replace("TARGET", target.toString()).split(" +");
    if (inPlace) {
      Files.write(back, new byte[DISK_BYTES + 512]);
    }
    assertEquals("", Run.qemuImg(there).mustWork());
    Object[] andBack =
        inPlace
            ? new Object[] {"convert", "-n", "-O", "raw", target, back}
            : new Object[] {"convert", "-O", "raw", target, back};
    assertEquals("", Run.qemuImg(andBack).mustWork());
    byte[] disk = Files.readAllBytes(back);
    assertArrayEquals(Files.readAllBytes(raw), Arrays.copyOf(disk, DISK_BYTES));
  }

  @Test
  void showsProgressAsCallersParseIt() {
    String shown = Run.qemuImg("convert", "-p", raw, target).mustWork();
    assertTrue(shown.startsWith("    (0.00/100%)\r"), shown);
    assertTrue(shown.endsWith("    (100.00/100%)\r\n"), shown);
    assertEquals("", Run.qemuImg("convert", "-p", "-q", raw, target).mustWork());
  }

  @Test
  void showsProgressAsJson() {
    String[] lines = Run.platter("convert", "--progress=json", raw, target).mustWork().split("\n");
    String last = lines[lines.length - 1];
    assertTrue(
        last.matches(
            "\\{\"done\": 1048576, \"total\": 1048576, \"bytes-per-second\": \\d+, \"complete\": true}"),
        last);
  }

  @Test
  void leavesTheOldTargetAndNothingElseWhenAConversionFails() throws IOException {
    Files.writeString(target, "old");
    Path torn = directory.resolve("torn.qcow2");
    Run.qemuImg("convert", "-c", "-O", "qcow2", raw, torn).mustWork();
    byte[] image = Files.readAllBytes(torn);
    Arrays.fill(image, 5 * 65536, image.length, (byte) 0xff);
    Files.write(torn, image);
    Run run = Run.qemuImg("convert", "-O", "raw", torn, target);
    assertEquals(1, run.exitCode());
    assertTrue(run.err().startsWith("qemu-img: "), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals("old", Files.readString(target));
    assertEquals(List.of("disk.raw", "target", "torn.qcow2"), filesLeft());
  }

  @Test
  void refusesToWriteOntoItsOwnSource() throws IOException {
    byte[] before = Files.readAllBytes(raw);
    Run run =
        Run.qemuImg(
            "convert",
            "-O",
            "raw",
            raw,
            directory.resolve("../" + directory.getFileName() + "/disk.raw"));
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("Failed to get \"write\" lock"), run.err());
    assertArrayEquals(before, Files.readAllBytes(raw));
  }

  @Test
  void refusesByNameWhatItDoesNotDo() {
    fails(
        1,
        "qemu-img: Source lacks bitmap support",
        Run.qemuImg("convert", "--bitmaps", raw, target));
    fails(
        1,
        "qemu-img: --object tls-creds-x509 is not supported",
        Run.qemuImg("convert", "--object", "tls-creds-x509,id=t,dir=x", raw, target));
    fails(
        1,
        "qemu-img: Compression not supported for this file format",
        Run.qemuImg("rebase", "-f", "raw", "-c", "-b", "", raw));
  }

  @Test
  void saysWhatASnapshotOfAFormatWithoutSnapshotsIs() {
    Path disk = target.resolveSibling("disk.vdi");
    Run.platter("create", "-q", "-f", "vdi", disk, "1M").mustWork();
    String why =
        "images of format vdi take no snapshots in place; one of them is another image over this"
            + " one (create -b, commit, rebase)";
    fails(
        1,
        "platter: Could not create snapshot 'x': " + why,
        Run.platter("snapshot", "-c", "x", disk));
    fails(
        1,
        "platter: Could not apply snapshot 'x': " + why,
        Run.platter("snapshot", "-a", "x", disk));
    fails(
        1,
        "platter: Could not delete snapshot 'x': " + why,
        Run.platter("snapshot", "-d", "x", disk));
  }

  @Test
  void whatStandsBehindVersionOrHelpCountsForNothing() {
    for (String option : new String[] {"--version", "--help"}) {
      String alone = Run.qemuImg(option).mustWork();
      assertEquals(alone, Run.qemuImg(option, "--bogus", "info").mustWork());
    }
    fails(
        1,
        "qemu-img: unrecognized option '--bogus'\nTry 'qemu-img --help' for more information",
        Run.qemuImg("--bogus", "--version"));
  }

  @Test
  void tellsWhatANewImageIsLike() {
    assertEquals(
        "Formatting '"
            + target
            + "', fmt=qcow2 cluster_size=65536 extended_l2=off "
            + "compression_type=zlib size=1048576 lazy_refcounts=off refcount_bits=16\n",
        Run.qemuImg("create", target, "-fqcow2", "1M").mustWork());
    assertEquals("", Run.qemuImg("create", "-q", "-f", "raw", target, "1000").mustWork());
    assertEquals(1024, target.toFile().length(), "qemu-img's raw files have whole sectors");
    assertEquals("", Run.platter("create", "-q", "-f", "raw", target, "1000").mustWork());
    assertEquals(1000, target.toFile().length());
  }

  @Test
  void wantsTheFormatOfABackingFile() {
    fails(
        1,
        "qemu-img: "
            + target
            + ": Backing file specified without backing format\nDetected format of raw.",
        Run.qemuImg("create", "-f", "qcow2", "-b", raw, target));
    assertFalse(Files.exists(target));
  }

  @Test
  void takesTheSizeOfTheBackingFile() {
    Run.qemuImg("create", "-f", "qcow2", "-b", "disk.raw", "-F", "raw", target).mustWork();
    String info = Run.qemuImg("info", target).mustWork();
    assertTrue(info.contains("\nvirtual size: 1 MiB (1048576 bytes)\n"), info);
    assertTrue(info.contains("\nbacking file: disk.raw (actual path: " + raw + ")\n"), info);
    assertEquals("Images are identical.\n", Run.qemuImg("compare", raw, target).mustWork());
  }

  @Test
  void comparesWithExitCodes() throws IOException {
    byte[] other = Files.readAllBytes(raw);
    other[700_000] ^= 1;
    Files.write(target, other);
    Run run = Run.qemuImg("compare", raw, target);
    assertEquals(1, run.exitCode());
    assertEquals("Content mismatch at offset 699904!\n", run.out());
    Files.write(target, Files.readAllBytes(raw));
    Files.write(target, new byte[1024], StandardOpenOption.APPEND);
    assertEquals(
        "Warning: Image size mismatch!\nImages are identical.\n",
        Run.qemuImg("compare", raw, target).mustWork());
    assertEquals(1, Run.qemuImg("compare", "-s", raw, target).exitCode());
  }

  @Test
  void hasNoCheckForRawDisks() {
    fails(63, "qemu-img: This image format does not support checks", Run.qemuImg("check", raw));
  }

  @Test
  void takesADashAsAFileNameUnderTheNameQemuImgOnly() {
    fails(
        1,
        "qemu-img: Could not open '-': Could not open '-': No such file or directory",
        Run.qemuImg("convert", "-f", "raw", "-", target));
    fails(
        1,
        "platter: a stream can only be the disk of one image",
        Run.platter("convert", "--disk", "1", "-", target));
  }

  @Test
  void measuresRawTargetsAsTheProfileDoes() {
    assertEquals(
        "required size: 1048576\nfully allocated size: 1048576\n",
        Run.qemuImg("measure", raw).mustWork());
    assertEquals(
        "{\n    \"required\": 1024,\n    \"fully-allocated\": 1024\n}\n",
        Run.qemuImg("measure", "--output=json", "--size", "1000").mustWork());
  }

  @Test
  void mapsAWindow() throws IOException {
    Files.write(target, new byte[] {1});
    assertEquals(
        "[{ \"start\": 65536, \"length\": 1024, \"depth\": 0, \"present\": true, \"zero\": false,"
            + " \"data\": true, \"compressed\": false, \"offset\": 65536}]\n",
        Run.qemuImg("map", "--output=json", "-s", "64k", "-l", "1024", raw).mustWork());
  }
}
