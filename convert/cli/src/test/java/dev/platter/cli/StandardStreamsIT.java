package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The assembled program with standard streams that are full, closed, or a disk. */
class StandardStreamsIT {
  private static final Path PROGRAM = Path.of("target/platter/bin/platter").toAbsolutePath();
  private static final int SIZE = 16 << 20;

  @TempDir Path scratch;
  private Path source;
  private byte[] content;

  private record Result(int exitCode, byte[] out, String err) {}

  @BeforeEach
  void makeASource() throws IOException {
    source = scratch.resolve("source.raw");
    content = new byte[SIZE];
    new Random(1).nextBytes(content);
    Files.write(source, content);
  }

  @ParameterizedTest
  @ValueSource(strings = {">/dev/full", ">&-"})
  void whatIsDoneIsASuccessWhereverItIsTold(String output) throws Exception {
    Result created = shell("$P create -f qcow2 new.qcow2 1M " + output);
    assertEquals(0, created.exitCode(), created.err());
    assertEquals("platter: cannot write to standard output\n", created.err());
    assertEquals(0, shell("$P resize new.qcow2 +1M " + output).exitCode());
    assertEquals(0, shell("$P compact source.raw " + output).exitCode());
    assertEquals(0, shell("$P convert -p -O raw source.raw copy.raw " + output).exitCode());
    assertEquals(0, shell("$P compare source.raw copy.raw " + output).exitCode());
    assertEquals(0, shell("$P check new.qcow2 " + output).exitCode());
    Result info = shell("$P info --output=json new.qcow2");
    String json = new String(info.out(), StandardCharsets.UTF_8);
    assertTrue(json.contains("\"virtual-size\": 2097152"), json);
    assertArrayEquals(content, Files.readAllBytes(scratch.resolve("copy.raw")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "info",
        "map",
        "measure",
        "check --output=json",
        "--help",
        "convert -O raw -o help"
      })
  void anAnswerThatGetsLostIsAFailure(String command) throws Exception {
    for (String output : new String[] {">/dev/full", ">&-"}) {
      String file = command.contains("help") ? "" : " $G";
      Result result = shell("$P " + command + file + " " + output);
      assertEquals(1, result.exitCode(), command + output + result.err());
      assertEquals("platter: cannot write to standard output\n", result.err());
    }
  }

  @Test
  void ddBringsThePartOfADiskToStandardOutput() throws Exception {
    Result all = shell("$P dd bs=64k if=source.raw -f raw -O raw");
    assertEquals("", all.err());
    assertEquals(0, all.exitCode());
    assertArrayEquals(content, all.out());
    Result part = shell("$P dd bs=1M skip=2 count=3 if=source.raw -f raw -O raw | cat");
    assertArrayEquals(Arrays.copyOfRange(content, 2 << 20, 5 << 20), part.out());
  }

  @Test
  void aDiskThatCannotGoOutIsAFailure() throws Exception {
    assertFailed("Bad file descriptor", shell("$P convert -O raw source.raw - >&-"));
    assertFailed("No space left on device", shell("$P convert -O raw source.raw - >/dev/full"));
    assertFailed("Bad file descriptor", shell("$P dd if=source.raw bs=1M >&-"));
    assertFailed("No space left on device", shell("$P dd if=source.raw bs=1M >/dev/full"));
    assertFailed("Bad file descriptor", shell("$P convert -O raw - copy.raw <&-"));
    assertFailed(
        "Broken pipe",
        shell("{ $P convert -O raw source.raw -; echo $? >code; } | :; exit `cat code`"));
  }

  private static void assertFailed(String reason, Result result) {
    assertEquals(1, result.exitCode(), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(result.err().contains(reason), result.err());
  }

  /** Were a file opened under the number of a closed stream, messages would go into it. */
  @ParameterizedTest
  @ValueSource(strings = {">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"})
  void messagesNeverGoIntoADisk(String closed) throws Exception {
    assertEquals(0, shell("$P convert -p -O raw source.raw copy.raw " + closed).exitCode());
    assertArrayEquals(content, Files.readAllBytes(scratch.resolve("copy.raw")));
    assertEquals(0, shell("$P convert -p -n -O raw source.raw copy.raw " + closed).exitCode());
    assertArrayEquals(content, Files.readAllBytes(scratch.resolve("copy.raw")));
    shell("$P convert -n -O raw missing.raw copy.raw " + closed);
    assertEquals(0, shell("$P resize -f raw copy.raw +512 " + closed).exitCode());
    byte[] longer = Arrays.copyOf(content, SIZE + 512);
    assertArrayEquals(longer, Files.readAllBytes(scratch.resolve("copy.raw")));
  }

  /** What the VM has to say of its threads, or of a crash, is no part of the disk. */
  @ParameterizedTest
  @CsvSource({"QUIT, 131", "SEGV, 1", "USR1, 0", "USR2, 0", "PIPE, 0", "XFSZ, 0"})
  void theVirtualMachineWritesNothingIntoADisk(String signal, int exitCode) throws Exception {
    Process process =
        new ProcessBuilder(
                "/usr/bin/env",
                "--default-signal",
                PROGRAM.toString(),
                "convert",
                "-O",
                "raw",
                "-r",
                "16M",
                source.toString(),
                "-")
            .redirectError(scratch.resolve("err").toFile())
            .start();
    InputStream out = process.getInputStream();
    byte[] first = out.readNBytes(1 << 20);
    new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
    byte[] rest = out.readAllBytes();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    String err = Files.readString(scratch.resolve("err"));
    assertEquals(exitCode, process.exitValue(), err);
    int length = first.length + rest.length;
    byte[] disk = Arrays.copyOf(first, length);
    System.arraycopy(rest, 0, disk, first.length, rest.length);
    assertArrayEquals(Arrays.copyOf(content, length), disk);
    if (exitCode == 0) {
      assertEquals(SIZE, length);
    }
    if (signal.equals("USR1")) {
      assertTrue(err.matches(" {4}\\([0-9]+\\.[0-9]{2}/100%\\)\n"), err);
    }
  }

  /** Whoever starts the program may have decided that no key on the terminal ends it. */
  @Test
  void aSignalThatIsIgnoredFromTheStartStaysSo() throws Exception {
    Process process =
        new ProcessBuilder(
                "/usr/bin/env",
                "--ignore-signal=QUIT",
                PROGRAM.toString(),
                "convert",
                "-O",
                "raw",
                "-r",
                "16M",
                source.toString(),
                "-")
            .redirectError(scratch.resolve("err").toFile())
            .start();
    InputStream out = process.getInputStream();
    byte[] first = out.readNBytes(1 << 20);
    new ProcessBuilder("kill", "-QUIT", Long.toString(process.pid())).start().waitFor();
    byte[] rest = out.readAllBytes();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue());
    assertEquals("", Files.readString(scratch.resolve("err")));
    byte[] disk = Arrays.copyOf(first, first.length + rest.length);
    System.arraycopy(rest, 0, disk, first.length, rest.length);
    assertArrayEquals(content, disk);
  }

  private Result shell(String line) throws Exception {
    Path out = scratch.resolve("out");
    Path err = scratch.resolve("err");
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", line);
    builder.environment().put("P", PROGRAM.toString());
    builder
        .environment()
        .put("G", Path.of("../../testdata/golden/v3.qcow2").toRealPath().toString());
    builder.directory(scratch.toFile());
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), line);
    return new Result(process.exitValue(), Files.readAllBytes(out), Files.readString(err));
  }
}
