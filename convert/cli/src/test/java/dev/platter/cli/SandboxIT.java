package dev.platter.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.platter.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code --sandbox} of the assembled program: the same answers and the same bytes as without, and
 * nothing but what is named.
 */
class SandboxIT {
  private static final Path PROGRAM = Path.of("target/platter/bin/platter").toAbsolutePath();
  private static final Path GOLDEN = Path.of("../../testdata/golden").toAbsolutePath().normalize();

  @TempDir Path directory;

  /** What came of a command line. */
  private record Result(int exitCode, String out, String err) {}

  @BeforeEach
  void makeAnImage() throws IOException {
    assumeTrue(Sandbox.lacking().isEmpty(), () -> Sandbox.lacking().toString());
    Files.copy(GOLDEN.resolve("zlib.qcow2"), directory.resolve("source.qcow2"));
  }

  private ProcessBuilder builder(String... words) {
    List<String> line = new ArrayList<>(List.of(PROGRAM.toString()));
    line.addAll(Arrays.asList(words));
    return new ProcessBuilder(line).directory(directory.toFile());
  }

  private Result run(String... words) throws Exception {
    Path out = Files.createTempFile("platter-", ".out");
    Path err = Files.createTempFile("platter-", ".err");
    try {
      Process process =
          builder(words).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  private Result sandboxed(String line) throws Exception {
    return run(("--sandbox " + line).split(" ", -1));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "info source.qcow2",
        "info --output=json --deep source.qcow2",
        "check source.qcow2",
        "map --output=json source.qcow2",
        "measure -O qcow2 source.qcow2",
        "compare source.qcow2 source.qcow2",
        "digest -a sha256,sha256-blocks source.qcow2",
        "convert -o help -O qcow2 source.qcow2 never.qcow2",
        "convert --help",
        "info missing.qcow2",
        "compare source.qcow2 missing.qcow2",
        "info source.qcow2 source.qcow2"
      })
  void answersAsWithout(String line) throws Exception {
    assertEquals(run(line.split(" ", -1)), sandboxed(line));
    assertEquals(List.of("source.qcow2"), names());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-O raw @.raw",
        "-O raw @.raw.zst",
        "-O raw @.raw.gz",
        "-O qcow2 @.qcow2",
        "-c -O qcow2 @.qcow2",
        "-c -O qcow2 -o compression_type=zstd @.qcow2",
        "-O qcow2 -o extended_l2=on,preallocation=metadata @.qcow2",
        "-O vdi @.vdi",
        "-O vhdx @.vhdx",
        "-O vpc @.vhd",
        "-O vmdk @.vmdk",
        "-O vmdk -o subformat=streamOptimized @.vmdk",
        "-O parallels @.hdd",
        "-O ova @.ova",
        "--for gcp @.tar.gz",
        "-m 1 -O qcow2 -t none @.qcow2"
      })
  void convertsToTheSameBytesAndBack(String line) throws Exception {
    String name = line.substring(line.indexOf('@')).replace("@", "target");
    String options = "convert --seed 5 " + line.substring(0, line.indexOf('@'));
    Path plain = Files.createDirectory(directory.resolve("plain")).resolve(name);
    Path confined = Files.createDirectory(directory.resolve("confined")).resolve(name);
    Result without = run((options + "source.qcow2 plain/" + name).split(" ", -1));
    Result within = sandboxed(options + "source.qcow2 confined/" + name);
    assertEquals(without, within);
    assertEquals(0, within.exitCode(), within.err());
    assertArrayEquals(Files.readAllBytes(plain), Files.readAllBytes(confined));
    // Some formats round the disk's size up, which is said either way.
    Result compared = sandboxed("compare source.qcow2 confined/" + name);
    assertEquals(run("compare", "source.qcow2", "plain/" + name), compared);
    assertEquals(0, compared.exitCode(), compared.out());
    assertTrue(compared.out().endsWith("Images are identical.\n"), compared.out());
    assertEquals(0, sandboxed("convert -O raw confined/" + name + " back.raw").exitCode());
    assertEquals(List.of("back.raw", "confined", "plain", "source.qcow2"), names());
    try (Stream<Path> files = Files.list(confined.getParent())) {
      assertEquals(List.of(confined), files.toList());
    }
  }

  @Test
  void whatImagesNameIsOutOfReach() throws Exception {
    Files.writeString(directory.resolve("secret"), "s".repeat(1024));
    run("create -q -f qcow2 -u -b secret -F raw stranger.qcow2 1M".split(" ", -1));
    Result refused = sandboxed("convert -O raw stranger.qcow2 out.raw");
    assertEquals(1, refused.exitCode());
    assertTrue(refused.err().contains("'secret': Permission denied"), refused.err());
    assertTrue(refused.err().contains("--sandbox-read PATH names more"), refused.err());
    assertFalse(Files.exists(directory.resolve("out.raw")));
    Result within =
        run("--sandbox --sandbox-read secret convert -O raw stranger.qcow2 out.raw".split(" ", -1));
    assertEquals(new Result(0, "", ""), within);
    assertTrue(Files.readString(directory.resolve("out.raw")).startsWith("sss"));
    Result elsewhere =
        run(
            "create",
            "-q",
            "-f",
            "qcow2",
            "-u",
            "-b",
            "nbd://127.0.0.1:1/x",
            "-F",
            "raw",
            "remote.qcow2",
            "1M");
    assertEquals(0, elsewhere.exitCode(), elsewhere.err());
    Result noNetwork = sandboxed("convert -O raw remote.qcow2 net.raw");
    assertEquals(1, noNetwork.exitCode());
    assertFalse(noNetwork.err().contains("refused"), noNetwork.err());
    assertTrue(noNetwork.err().contains("not permitted"), noNetwork.err());
  }

  @Test
  void whatIsThereStaysUntilTheNewOneIsWhole() throws Exception {
    Path target = Files.writeString(directory.resolve("target.raw"), "old");
    run("create -q -f qcow2 -u -b none.qcow2 -F qcow2 bad.qcow2 1M".split(" ", -1));
    assertEquals(1, sandboxed("convert -O raw bad.qcow2 target.raw").exitCode());
    assertEquals("old", Files.readString(target));
    assertEquals(1, sandboxed("convert -O raw source.qcow2 source.qcow2").exitCode());
    assertArrayEquals(
        Files.readAllBytes(GOLDEN.resolve("zlib.qcow2")),
        Files.readAllBytes(directory.resolve("source.qcow2")));
    assertEquals(0, sandboxed("convert -O raw source.qcow2 target.raw").exitCode());
    assertEquals("Images are identical.\n", sandboxed("compare source.qcow2 target.raw").out());
    Files.createLink(directory.resolve("second"), target);
    Result linked = sandboxed("convert -O raw source.qcow2 target.raw");
    assertEquals(1, linked.exitCode());
    assertTrue(linked.err().contains("could only be written in place"), linked.err());
    // Files beside the target are not the target.
    Result flat = sandboxed("convert -O vmdk -o subformat=monolithicFlat source.qcow2 new.vmdk");
    assertEquals(1, flat.exitCode());
    assertTrue(flat.err().contains("in a sandbox no file can be made but the target"), flat.err());
    assertEquals(List.of("bad.qcow2", "second", "source.qcow2", "target.raw"), names());
  }

  @Test
  void pipesDisksInPlaceAndOddNames() throws Exception {
    Path piped = directory.resolve("piped.raw");
    Process pipe =
        builder("--sandbox", "convert", "-O", "raw", "source.qcow2", "-")
            .redirectOutput(piped.toFile())
            .start();
    assertEquals(0, pipe.waitFor());
    Process input =
        builder("--sandbox", "convert", "-O", "qcow2", "-", "from-input.qcow2")
            .redirectInput(piped.toFile())
            .start();
    assertEquals(0, input.waitFor(), () -> text(input));
    assertEquals("Images are identical.\n", sandboxed("compare piped.raw from-input.qcow2").out());
    run("create -q -f vhdx there.vhdx 8M".split(" ", -1));
    long size = Files.size(piped);
    run("create", "-q", "-f", "vdi", "there.vdi", Long.toString(size));
    Result inPlace = sandboxed("convert -n -O vdi source.qcow2 there.vdi");
    assertEquals(0, inPlace.exitCode(), inPlace.err());
    assertEquals("Images are identical.\n", sandboxed("compare piped.raw there.vdi").out());
    Result repaired = sandboxed("check -r all there.vdi");
    assertEquals(0, repaired.exitCode(), repaired.err());
    Path odd = directory.resolve("größe.raw");
    assertEquals(
        0, run("--sandbox", "convert", "-O", "raw", "source.qcow2", "größe.raw").exitCode());
    assertArrayEquals(Files.readAllBytes(piped), Files.readAllBytes(odd));
  }

  /** Whoever kills the process that was started has ended the work, and nothing is left. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isEndedWithItsParent(boolean forcibly) throws Exception {
    Process process =
        builder("--sandbox", "convert", "-O", "raw", "-", "never.raw").start(); // and no input
    ProcessHandle child = null;
    for (int i = 0; i < 600 && child == null; i++) {
      child = process.children().findFirst().orElse(null);
      process.waitFor(50, TimeUnit.MILLISECONDS);
    }
    assertTrue(child != null);
    if (forcibly) {
      process.destroyForcibly();
    } else {
      process.destroy();
    }
    assertEquals(forcibly ? 137 : 143, process.waitFor());
    // Who reaps it may be slow: a zombie runs no more.
    Path state = Path.of("/proc/" + child.pid() + "/stat");
    long begun = System.nanoTime();
    while (runs(state)) {
      assertTrue(System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(20));
      child.onExit().completeOnTimeout(child, 20, TimeUnit.MILLISECONDS).join();
    }
    assertEquals(List.of("source.qcow2"), names());
  }

  private static boolean runs(Path state) {
    try {
      return !Files.readString(state).contains(") Z ");
    } catch (IOException e) {
      return false;
    }
  }

  private static String text(Process process) {
    try {
      return new String(process.getErrorStream().readAllBytes(), UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void refusesWhatItCannotPromise() throws Exception {
    Result commit = sandboxed("commit source.qcow2");
    assertEquals(
        new Result(
            1,
            "",
            "platter: --sandbox: 'commit' cannot be done in one: it is for commands that read"
                + " images, and convert\n"),
        commit);
    assertEquals(1, sandboxed("convert http://127.0.0.1:1/x out.raw").exitCode());
    assertEquals(2, sandboxed("compare source.qcow2 nbd://127.0.0.1:1/x").exitCode());
    assertEquals(1, run("--sandbox=much", "info", "source.qcow2").exitCode());
    assertEquals(1, run("--sandbox-read", ".", "info", "source.qcow2").exitCode());
    Result limited =
        run("--sandbox", "--sandbox-limit", "file=64k", "convert", "source.qcow2", "out.raw");
    assertEquals(1, limited.exitCode());
    assertTrue(limited.err().contains("File too large"), limited.err());
    assertFalse(Files.exists(directory.resolve("out.raw")));
    Process asQemuImg =
        new ProcessBuilder(
                PROGRAM.resolveSibling("qemu-img").toString(), "--sandbox", "info", "source.qcow2")
            .directory(directory.toFile())
            .start();
    assertTrue(text(asQemuImg).contains("unrecognized option '--sandbox'"));
    assertEquals(1, asQemuImg.waitFor());
  }
}
