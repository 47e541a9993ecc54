package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The assembled program ended in mid-conversion: no file under the target's name, no scraps. */
class InterruptionIT {
  private static final Path PROGRAM = Path.of("target/platter/bin/platter").toAbsolutePath();
  private static final int SIZE = 64 << 20;

  @TempDir Path scratch;
  private Path source;
  private Path directory;

  @BeforeEach
  void makeASource() throws IOException {
    source = scratch.resolve("source.raw");
    byte[] noise = new byte[1 << 20];
    new Random(1).nextBytes(noise);
    try (RandomAccessFile file = new RandomAccessFile(source.toFile(), "rw")) {
      for (int at = 0; at < SIZE; at += noise.length) {
        file.write(noise);
      }
    }
    directory = Files.createDirectory(scratch.resolve("directory"));
  }

  @ParameterizedTest
  @CsvSource({
    "KILL, qcow2, 137", "INT, qcow2, 130", "TERM, qcow2, 143",
    "KILL, raw, 137", "INT, raw, 130", "TERM, raw, 143"
  })
  void aSignalLeavesNothing(String signal, String format, int exitCode) throws Exception {
    Path target = directory.resolve("target");
    assertEquals(exitCode, interrupt(signal, format, target));
    assertEquals(List.of(), names());
  }

  @ParameterizedTest
  @CsvSource({"KILL", "INT", "TERM"})
  void aSignalLeavesTheOldTarget(String signal) throws Exception {
    Path target = Files.write(directory.resolve("target"), new byte[] {1, 2, 3});
    interrupt(signal, "qcow2", target);
    assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(target));
    assertEquals(List.of("target"), names());
  }

  @ParameterizedTest
  @CsvSource({"qcow2", "raw"})
  void aFullDiskLeavesTheOldTarget(String format) throws Exception {
    // A file system of its own, which only root can make.
    boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", directory) == 0;
    assumeTrue(mounted, "cannot mount a small file system here");
    try {
      Path target = Files.write(directory.resolve("target"), new byte[] {1, 2, 3});
      Path err = scratch.resolve("err");
      Process process =
          new ProcessBuilder(command("convert", "-O", format, source, target))
              .redirectError(err.toFile())
              .start();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertEquals(1, process.exitValue());
      List<String> lines = Files.readAllLines(err);
      assertEquals(1, lines.size(), lines::toString);
      assertTrue(lines.getFirst().contains("No space left on device"), lines::toString);
      assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(target));
      assertEquals(List.of("target"), names());
    } finally {
      run("umount", directory);
    }
  }

  @Test
  void aSignalInTheMiddleOfCreatingNeverShowsHalfAnImage() throws Exception {
    // The preallocation takes long enough to be interrupted.
    Path target = directory.resolve("target");
    Process process =
        new ProcessBuilder(command("create", "-f", "raw", "-o", "preallocation=full", target, "2G"))
            .redirectErrorStream(true)
            .start();
    Thread.sleep(300);
    send("KILL", process);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    boolean whole = process.exitValue() == 0;
    assertEquals(whole ? List.of("target") : List.of(), names());
  }

  /** Starts a slow conversion, waits until it has moved something, and ends it. */
  private int interrupt(String signal, String format, Path target) throws Exception {
    assumeTrue(
        !signal.equals("INT") || !interruptIsIgnored(),
        "SIGINT is ignored here, as in what a shell runs in the background");
    Process process =
        new ProcessBuilder(command("convert", "-p", "-r", "8M", "-O", format, source, target))
            .start();
    InputStream out = process.getInputStream();
    StringBuilder shown = new StringBuilder();
    for (int c = out.read(); c >= 0; c = out.read()) {
      shown.append((char) c);
      if (shown.toString().matches("(?s).*\\(([1-9]|[1-9][0-9])\\.[0-9]+/100%\\).*")) {
        break;
      }
    }
    send(signal, process);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "ends soon");
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(err.lines().count() <= 1, err);
    return process.exitValue();
  }

  /** Whether these tests run where SIGINT is ignored, and so their children, too. */
  private static boolean interruptIsIgnored() throws IOException {
    int interrupt = 1 << 1; // signal 2
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .anyMatch(line -> (Long.parseUnsignedLong(line.split("\\s+")[1], 16) & interrupt) != 0);
  }

  private static void send(String signal, Process process) throws Exception {
    assertEquals(0, run("kill", "-" + signal, process.pid()));
  }

  private static int run(Object... arguments) throws Exception {
    List<String> command = Stream.of(arguments).map(Object::toString).toList();
    return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  private static List<String> command(Object... arguments) {
    List<String> command = new ArrayList<>(List.of(PROGRAM.toString()));
    Stream.of(arguments).map(Object::toString).forEach(command::add);
    return command;
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
