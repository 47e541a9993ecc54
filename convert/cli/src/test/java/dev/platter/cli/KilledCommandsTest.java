package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands that change chains, killed at random moments: the disk that the top image shows is what
 * it was, and every image is sound but for leaks. {@code -Dkill.times=200 -Dkill.seed=5} tries
 * more, at other moments.
 */
@Tag("interop")
class KilledCommandsTest {
  private static final int TIMES = Integer.getInteger("kill.times", 10);

  private static final List<String> IMAGES = List.of("base", "mid", "top", "new");

  @TempDir Path directory;
  private final ExternalTool qemuImg = ExternalTool.qemuImg();
  private final Random random = new Random(Long.getLong("kill.seed", 4));

  private void make() throws IOException {
    String[] lines = {
      "create -q -f qcow2 base.qcow2 300M",
      "create -q -f qcow2 -b base.qcow2 -F qcow2 mid.qcow2 310M",
      "create -q -f qcow2 -b mid.qcow2 -F qcow2 top.qcow2 320M",
      "create -q -f qcow2 new.qcow2 200M"
    };
    for (String line : lines) {
      qemuImg.runIn(directory, (Object[]) line.split(" ")).mustExit(0);
    }
    for (String name : IMAGES) {
      List<Object> words = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        words.add("-c");
        words.add("write -P " + random.nextInt(1, 255) + " " + random.nextInt(190) + "M 7M");
      }
      words.add(name + ".qcow2");
      ExternalTool.qemuIo().runIn(directory, words.toArray()).mustExit(0);
    }
    qemuImg.runIn(directory, "snapshot", "-c", "one", "top.qcow2").mustExit(0);
    ExternalTool.qemuIo().runIn(directory, "-c", "write -P 5 100M 20M", "top.qcow2").mustExit(0);
    qemuImg.runIn(directory, "convert", "-O", "raw", "top.qcow2", "expected.raw").mustExit(0);
    for (String name : IMAGES) {
      Files.move(directory.resolve(name + ".qcow2"), directory.resolve(name + ".made"));
    }
  }

  private void makeAnew() {
    for (String name : IMAGES) {
      ExternalTool.named("cp")
          .runIn(directory, "--sparse=always", name + ".made", name + ".qcow2")
          .mustExit(0);
    }
  }

  @Test
  void nothingIsLostWhereverItIsKilled() throws Exception {
    String[] commands = {
      "commit top.qcow2",
      "commit mid.qcow2",
      "rebase -b new.qcow2 -F qcow2 top.qcow2",
      "rebase -b base.qcow2 -F qcow2 top.qcow2",
      "snapshot -c two top.qcow2",
      "snapshot -d one top.qcow2",
      "amend -o refcount_bits=64 top.qcow2",
      "amend -o compat=0.10 mid.qcow2"
    };
    int killed = 0;
    long[] took = new long[commands.length]; // milliseconds, where each is left to end first
    make();
    for (int i = 0; i < commands.length + TIMES; i++) {
      makeAnew();
      int which = i % commands.length;
      String command = commands[which];
      long started = System.nanoTime();
      Process process = start(command);
      boolean ended;
      if (i < commands.length) {
        ended = process.waitFor() >= 0;
        took[which] = (System.nanoTime() - started) / 1_000_000;
      } else {
        ended =
            process.waitFor(
                random.nextLong(took[which] / 3, took[which] + 1), TimeUnit.MILLISECONDS);
      }
      process.destroyForcibly().waitFor();
      killed += ended ? 0 : 1;
      for (String name : List.of("base", "mid", "top")) {
        int found = qemuImg.runIn(directory, "check", "-q", name + ".qcow2").exitCode();
        assertTrue(found == 0 || found == 3, command + ": " + name + " check " + found);
      }
      qemuImg
          .runIn(directory, "compare", "-f", "qcow2", "-F", "raw", "top.qcow2", "expected.raw")
          .mustExit(0);
    }
    assertTrue(killed > 0, "none was killed before it ended");
  }

  private Process start(String command) throws IOException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "-Dplatter.program=qemu-img",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.platter.cli.Main"));
    words.addAll(List.of(command.split(" ")));
    return new ProcessBuilder(words)
        .directory(directory.toFile())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
