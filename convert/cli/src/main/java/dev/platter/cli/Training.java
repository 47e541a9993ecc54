package dev.platter.cli;

import dev.platter.cli.line.CommandLine;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Profile;
import dev.platter.storage.ProgramStart;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The runs from which the build makes the AOT caches: every command over every format, so that
 * their classes are loaded and linked in a cache. What is not driven here starts slower, and works
 * all the same. Every start loads all of a cache's classes, needed or not, some microseconds for
 * each: so commands that move a disk's data have a cache of their own, {@code info} has one, which
 * is called most often, and the others share one.
 */
final class Training {
  private static final int ROUNDS = 3;
  private static final int DISK_BYTES = 4 << 20;
  private static final int NOISE_BYTES = 1 << 20;

  private static final String[][] LINES = {
    {"--help"},
    {"--version"},
    {"create", "-f", "qcow2", "empty.qcow2", "8M"},
    {"create", "-q", "-f", "raw", "empty.raw", "8M"},
    {"convert", "-p", "-f", "raw", "-O", "qcow2", "disk.raw", "disk.qcow2"},
    {"convert", "-c", "-O", "qcow2", "-o", "cluster_size=64k", "disk.raw", "zlib.qcow2"},
    {"convert", "-c", "-O", "qcow2", "-o", "compression_type=zstd", "disk.raw", "zstd.qcow2"},
    {"convert", "-O", "qcow2", "-o", "extended_l2=on", "disk.raw", "extended.qcow2"},
    {"convert", "-c", "-O", "qcow2", "zlib.qcow2", "again.qcow2"},
    {"convert", "-O", "raw", "disk.qcow2", "back.raw"},
    {"convert", "-O", "raw", "-t", "none", "-T", "none", "zlib.qcow2", "back.raw"},
    {"convert", "-n", "-O", "raw", "zstd.qcow2", "back.raw"},
    {"convert", "-O", "raw", "-S", "0", "-W", "disk.raw", "full.raw"},
    {"convert", "-C", "disk.raw", "copy.raw"},
    {"create", "-f", "qcow2", "-b", "disk.qcow2", "-F", "qcow2", "over.qcow2"},
    {"convert", "-O", "qcow2", "-B", "disk.qcow2", "-F", "qcow2", "over.qcow2", "thin.qcow2"},
    {"convert", "-O", "raw", "over.qcow2", "back.raw"},
    {"info", "disk.raw"},
    {"info", "--output=json", "disk.raw"},
    {"info", "disk.qcow2", "--force-share", "--output=json", "-f", "qcow2"},
    {"info", "--backing-chain", "over.qcow2"},
    {"info", "--output", "json", "file://" + Path.of("disk.qcow2").toAbsolutePath()},
    {"compare", "disk.raw", "zlib.qcow2"},
    {"compare", "-s", "disk.qcow2", "over.qcow2"},
    {"map", "over.qcow2"},
    {"map", "--output=json", "over.qcow2"},
    {"check", "disk.qcow2"},
    {"check", "--output=json", "zlib.qcow2"},
    {"measure", "-O", "qcow2", "--output=json", "disk.raw"},
    {"measure", "-O", "raw", "--size", "1G"},
    {"convert", "-O", "raw", "disk.raw", "disk.raw.zst"},
    {"convert", "-O", "raw", "disk.raw", "disk.raw.gz"},
    {"convert", "-O", "raw", "disk.raw", "disk.raw.lz4"},
    {"convert", "-O", "qcow2", "disk.raw.zst", "back.qcow2"},
    {"convert", "-O", "raw", "disk.raw.gz", "back.raw"},
    {"convert", "-O", "vdi", "disk.raw.lz4", "back.vdi"},
    {
      "measure",
      "-O",
      "qcow2",
      "--output=json",
      "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\"over.qcow2\"},"
          + "\"backing\":null}"
    },
    {"convert", "-O", "vdi", "disk.raw", "disk.vdi"},
    {"convert", "-O", "raw", "disk.vdi", "back.raw"},
    {"info", "disk.vdi"},
    {"check", "disk.vdi"},
    {"convert", "-O", "parallels", "disk.raw", "disk.hdd"},
    {"convert", "-O", "raw", "disk.hdd", "back.raw"},
    {"info", "disk.hdd"},
    {"check", "disk.hdd"},
    {"convert", "-O", "vmdk", "disk.raw", "disk.vmdk"},
    {"convert", "-O", "vmdk", "-o", "subformat=streamOptimized", "disk.raw", "stream.vmdk"},
    {"convert", "-O", "raw", "disk.vmdk", "back.raw"},
    {"convert", "-c", "-O", "qcow2", "stream.vmdk", "stream.qcow2"},
    {"info", "stream.vmdk"},
    {"convert", "-O", "qcow2", "disk.raw", "/dev/null"}, // laid out, as it is written in order
    {"convert", "-O", "qcow2", "disk.qcow2", "/dev/null"},
    {"convert", "-O", "vhdx", "disk.raw", "/dev/null"},
    {"convert", "-O", "vpc", "disk.raw", "disk.vhd"},
    {"convert", "-O", "raw", "-f", "vpc", "disk.vhd", "back.raw"},
    {"info", "disk.vhd"},
    {"convert", "-O", "vhdx", "disk.raw", "disk.vhdx"},
    {"convert", "-O", "raw", "disk.vhdx", "back.raw"},
    {"info", "disk.vhdx"},
    {"check", "disk.vhdx"},
    {"dd", "bs=64k", "skip=1", "-O", "qcow2", "if=disk.raw", "of=back.qcow2"},
    {"bench", "-q", "-c", "100", "disk.qcow2"},
    {"convert", "-n", "-O", "qcow2", "disk.raw", "disk.qcow2"},
    {"rebase", "-f", "qcow2", "-b", "empty.qcow2", "-F", "qcow2", "over.qcow2"},
    {"rebase", "-f", "qcow2", "-b", "disk.qcow2", "-F", "qcow2", "over.qcow2"},
    {"commit", "-d", "over.qcow2"},
    {"snapshot", "-c", "one", "disk.qcow2"},
    {"snapshot", "-l", "disk.qcow2"},
    {"snapshot", "-d", "one", "disk.qcow2"},
    {"resize", "-f", "raw", "back.raw", "+1M"},
    {"compact", "-f", "raw", "back.raw"},
    {"diff", "-q", "disk.raw", "disk.raw"},
    {"digest", "-a", "sha256,sha256-blocks", "disk.qcow2"},
  };

  /** Lines that are to fail, because errors have a path of their own. */
  private static final String[][] FAILING = {
    {"info", "missing.img"},
    {"info", "--no-such-option", "disk.raw"},
    {"convert", "-O", "qcow2", "missing.img", "never.qcow2"},
    {"ls", "disk.qcow2"},
    {"packages", "disk.qcow2"},
  };

  /**
   * The commands that move data, whose cache is {@code convert.aot}; the launcher names them too.
   */
  private static final List<String> MOVING =
      List.of(
          "convert", "compare", "compact", "commit", "rebase", "diff", "digest", "serve", "verify",
          "dd", "bench");

  private Training() {}

  /**
   * Works in the current directory: without arguments runs everything once, which makes the images
   * that a run for one cache needs; with a cache's name, its commands.
   */
  public static void main(String[] args) throws IOException, Failure {
    ProgramStart.prepare(); // what the program's own main does first
    CommandLine.of(args);
    if (args.length == 0) {
      Files.write(Path.of("disk.raw"), disk());
    }
    Predicate<String[]> chosen = line -> args.length == 0 || cacheOf(line[0]).equals(args[0]);
    int rounds = args.length == 0 ? 1 : ROUNDS;
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    for (Profile profile : Profile.values()) {
      for (int round = 0; round < rounds; round++) {
        for (String[] line : linesOf(profile)) {
          if (chosen.test(line)) {
            run(profile, line, nowhere);
          }
        }
        for (String[] line : FAILING) {
          if (chosen.test(line)) {
            Main.run(profile, line, nowhere, nowhere);
          }
        }
      }
    }
  }

  /** The cache that a command starts from; the launcher knows it, too. */
  private static String cacheOf(String command) {
    if (MOVING.contains(command)) {
      return "convert";
    }
    return command.equals("info") ? "info" : "other";
  }

  private static List<String[]> linesOf(Profile profile) {
    return Stream.of(LINES)
        .filter(line -> !profile.asQemuImg() || !Commands.OWN_NAMES.contains(line[0]))
        .toList();
  }

  /** Runs a line; one that does not work any more would silently train nothing. */
  private static void run(Profile profile, String[] line, PrintStream nowhere) {
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    PrintStream err = new PrintStream(errors, true, StandardCharsets.UTF_8);
    int exitCode = Main.run(profile, line, nowhere, err);
    boolean differs = exitCode == 1 && line[0].equals("compare");
    if (exitCode != 0 && !differs) {
      throw new IllegalStateException(
          String.join(" ", line) + ": " + errors.toString(StandardCharsets.UTF_8));
    }
  }

  /** A disk with text, noise and holes. */
  private static byte[] disk() {
    byte[] bytes = new byte[DISK_BYTES];
    byte[] text = "A disk holds much that repeats itself. ".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < NOISE_BYTES; i++) {
      bytes[i] = text[i % text.length];
    }
    int state = 1;
    for (int i = 2 * NOISE_BYTES; i < 3 * NOISE_BYTES; i++) {
      state = state * 1_103_515_245 + 12_345;
      bytes[i] = (byte) (state >> 16);
    }
    Arrays.fill(bytes, 3 * NOISE_BYTES, 3 * NOISE_BYTES + 4096, (byte) 1);
    return bytes;
  }
}
