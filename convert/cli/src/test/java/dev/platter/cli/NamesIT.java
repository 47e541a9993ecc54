package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The assembled program where names are bytes of any kind, and where sources and targets are pipes.
 */
class NamesIT {
  private static final Path PROGRAM = Path.of("target/platter/bin/platter").toAbsolutePath();

  @TempDir Path scratch;

  private record Result(int exitCode, String out, String err) {}

  @BeforeEach
  void makeADisk() throws IOException {
    byte[] disk = new byte[1 << 20];
    disk[12345] = 1;
    Files.write(scratch.resolve("disk.raw"), disk);
  }

  /** Names as printf(1) has them: a byte that is in no UTF-8, Latin-1, UTF-8, a real U+FFFD. */
  @ParameterizedTest
  @CsvSource({
    "a\\377b, C",
    "m\\374ll, C.UTF-8",
    "m\\303\\274ll, C",
    "\\357\\277\\275, C.UTF-8",
    "\\377, POSIX"
  })
  void aNameIsItsBytes(String name, String locale) throws Exception {
    mustWork(
        "N=$(printf '%b'); export LC_ALL=%s; mkdir \"d$N\" && cp disk.raw \"d$N/s$N\" && cd \"d$N\""
                .replace("%b", name)
                .replace("%s", locale)
            + " && $P convert -O qcow2 \"s$N\" \"t$N\""
            + " && $P create -q -f qcow2 -b \"t$N\" -F qcow2 o && $P compare -q \"s$N\" o && cd .."
            + " && $P compare -q disk.raw \"$PWD/d$N/o\" && $P convert -O raw \"d$N/o\" \"r$N\""
            + " && cmp disk.raw \"r$N\" && $P info \"d$N/o\" | grep -aqF \"backing file: t$N\""
            + " && $P convert -O vmdk -o subformat=monolithicFlat disk.raw \"f$N.vmdk\""
            + " && $P compare -q disk.raw \"f$N.vmdk\" && test -f \"f$N-flat.vmdk\""
            + " && test $(ls | wc -l) = 5");
  }

  @Test
  void otherProgramsSeeTheSameNames() throws Exception {
    mustWork(
        "N=$(printf '\\377\\374'); command -v qemu-img >/dev/null || exit 0;"
            + " $P convert -O qcow2 disk.raw \"b$N\" && $P create -q -f qcow2 -b \"b$N\" -F qcow2 ours"
            + " && qemu-img compare -q disk.raw ours"
            + " && qemu-img create -q -f qcow2 -b \"b$N\" -F qcow2 theirs"
            + " && $P compare -q disk.raw theirs");
  }

  @Test
  void jsonIsValidWhateverANameIs() throws Exception {
    Result json =
        mustWork("N=$(printf 'x\\377\\033'); cp disk.raw \"$N\"; $P info --output=json \"$N\"");
    assertTrue(json.out().contains("\"filename\": \"x\\uFFFD\\u001B\""), json.out());
    assertTrue(json.out().chars().allMatch(c -> c == '\n' || (c >= ' ' && c < 0x7f)));
  }

  @Test
  void whatAFormatCannotNameIsRefused() throws Exception {
    Result result =
        run(
            "N=$(printf '\\377'); for f in vpc vhdx; do $P create -q -f $f \"$N\" 4M &&"
                + " $P create -q -f $f -b \"$N\" -F $f child; test -e child && exit 9;"
                + " rm \"$N\"; done; exit 1");
    assertEquals(1, result.exitCode());
    assertEquals(2, result.err().lines().filter(line -> line.contains("not UTF-8")).count());
  }

  @Test
  void namesInMessagesDoNothingToATerminal() throws Exception {
    Result result = run("$P info \"$(printf 'x\\033[31m\\ny')\"");
    assertEquals(1, result.exitCode());
    assertEquals(
        "platter: Could not open 'x\\x1b[31m\\ny': No such file or" + " directory\n", result.err());
  }

  @Test
  void pipesUnderNamesAreStreams() throws Exception {
    mustWork(
        "mkfifo in out; cat disk.raw >in & $P convert -O qcow2 in a.qcow2 && $P compare -q disk.raw a.qcow2");
    mustWork(
        "cat disk.raw | $P convert -O qcow2 /dev/stdin b.qcow2 && $P compare -q disk.raw b.qcow2");
    mustWork("$P convert -O qcow2 /dev/stdin c.qcow2 <a.qcow2 && $P compare -q disk.raw c.qcow2");
    mustWork(
        "cat <disk.raw | { gzip -c 3<&0 | $P convert -O raw /dev/fd/0 d.raw; } && cmp disk.raw d.raw");
    mustWork("cat out >e.raw & $P convert -O raw a.qcow2 out && wait && cmp disk.raw e.raw");
    mustWork(
        "{ echo x; $P convert -O raw a.qcow2 /dev/stdout; } >f && tail -c +3 f | cmp - disk.raw");
    mustWork("$P convert -O raw a.qcow2 /dev/stdout | cmp - disk.raw");
  }

  @Test
  void nothingIsNoDisk() throws Exception {
    for (String sender : new String[] {"false", "false | gzip", ": | xz"}) {
      for (String format : new String[] {"", "-f raw "}) {
        Result result =
            run("cp disk.raw old.raw; " + sender + " | $P convert " + format + "-O raw - old.raw");
        if (format.isEmpty() || sender.equals("false")) {
          assertEquals(1, result.exitCode(), sender + format);
          assertTrue(result.err().contains("nothing came"), result.err());
          mustWork("cmp disk.raw old.raw");
        }
      }
    }
    assertEquals(
        1, run(": >empty; mkfifo p; cat empty >p & $P convert -O raw p old.raw").exitCode());
  }

  private Result mustWork(String line) throws Exception {
    Result result = run(line);
    assertEquals("", result.err(), line);
    assertEquals(0, result.exitCode(), line + "\n" + result.out());
    return result;
  }

  private Result run(String line) throws Exception {
    Path out = scratch.resolveSibling(scratch.getFileName() + ".out");
    Path err = scratch.resolveSibling(scratch.getFileName() + ".err");
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", line);
    builder.environment().putAll(Map.of("P", PROGRAM.toString()));
    Process process =
        builder
            .directory(scratch.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), line);
    try {
      return new Result(
          process.exitValue(),
          Files.readString(out, StandardCharsets.ISO_8859_1),
          Files.readString(err, StandardCharsets.ISO_8859_1));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
