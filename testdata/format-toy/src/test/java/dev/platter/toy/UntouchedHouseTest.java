package dev.platter.toy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.Disk;
import dev.platter.Platter;
import dev.platter.cli.Main;
import dev.platter.cli.line.Profile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The house as it is, with the toy format on its class path: everything knows it. */
class UntouchedHouseTest {
  @TempDir Path directory;
  private byte[] content;
  private Path raw;
  private Path toy;

  @BeforeEach
  void makeToyDisk() throws IOException {
    content = new byte[1 << 20];
    new Random(1).nextBytes(content);
    java.util.Arrays.fill(content, 100_000, 900_000, (byte) 0);
    raw = directory.resolve("disk.raw");
    toy = directory.resolve("disk.toy");
    Files.write(raw, content);
    assertEquals(0, run("convert", "-O", "toy", raw, toy).exitCode());
  }

  private record Answer(int exitCode, String out, String err) {}

  private static Answer run(Object... words) {
    String[] arguments = new String[words.length];
    for (int i = 0; i < words.length; i++) {
      arguments[i] = words[i].toString();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Main.run(
            Profile.PLATTER,
            arguments,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Answer(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void theProgramDetectsDescribesAndComparesIt() {
    String info = run("info", toy).out();
    assertTrue(info.contains("file format: toy"), info);
    assertTrue(info.contains("virtual size: 1 MiB"), info);
    assertEquals(0, run("compare", raw, toy).exitCode());
    assertTrue(run("map", "--output=json", toy).out().contains("\"zero\": true"));
    assertTrue(run("measure", "-O", "toy", raw).out().contains("required size"));
    assertTrue(run("--help").out().contains("toy"));
    assertTrue(run("convert", "-O", "toy", "-o", "help").out().contains("size"));
  }

  @Test
  void itIsConvertedToOtherFormatsAndBack() throws IOException {
    Path qcow2 = directory.resolve("disk.qcow2");
    Path again = directory.resolve("again.toy");
    assertEquals(0, run("convert", "-c", "-O", "qcow2", toy, qcow2).exitCode());
    assertEquals(0, run("convert", "-O", "toy", qcow2, again).exitCode());
    assertArrayEquals(Files.readAllBytes(toy), Files.readAllBytes(again));
  }

  @Test
  void theFrontDoorOpensIt() throws IOException {
    try (Disk disk = Platter.open(toy)) {
      assertEquals("toy", disk.format());
      assertArrayEquals(content, disk.read(0, content.length));
    }
  }

  @Test
  void whatItCannotDoIsRefusedInOneLine() {
    Answer answer = run("resize", toy, "+1M");
    assertEquals(1, answer.exitCode());
    assertEquals(1, answer.err().lines().count(), answer.err());
    assertEquals(0, run("compare", raw, toy).exitCode());
  }

  /** Nobody but the lists of modules names it. */
  @Test
  void theHouseDoesNotNameIt() throws IOException {
    Path root = Path.of("../..");
    try (var files = Files.walk(root)) {
      for (Path file :
          files
              .filter(f -> f.toString().endsWith(".java"))
              .filter(
                  f -> f.toString().contains("src/main") && !f.toString().contains("format-toy"))
              .toList()) {
        assertTrue(!Files.readString(file).contains("dev.platter.toy"), file::toString);
      }
    }
  }
}
