package dev.platter.benchmarks.race;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the command line asks for.
 *
 * @param home the folder benchmarks/
 * @param program the assembled program, a directory
 * @param qemuImg the qemu-img to race with
 * @param data where disks, results and scratch files are
 * @param output where the report goes
 * @param filter which rows
 * @param quick whether to run few rows on a small disk
 * @param resume whether to leave out rows that have results
 * @param run whether to measure at all, or only report
 * @param list whether to print the names of the rows only
 * @param rounds the most rounds of a row
 * @param seconds after how many seconds of a row no further round begins
 */
record Settings(
    Path home,
    Path program,
    Path qemuImg,
    Path data,
    Path output,
    Pattern filter,
    boolean quick,
    boolean resume,
    boolean run,
    boolean list,
    int rounds,
    double seconds) {
  static final String USAGE =
      """
      Usage: benchmarks/race [OPTION...]

      Races Platter against qemu-img and other converters and writes benchmarks/RESULTS.md with its plots.

        --quick            a few rows on a small disk, a report beside the data; under 5 minutes
        --filter REGEX     only rows whose names the expression finds something in (--list tells them)
        --resume           leave out rows that already have results
        --report           measure nothing, make the report from the results there are
        --list             print the names of the rows
        --runs N           at most N rounds of a row (7; quick: 3)
        --seconds N        begin no further round of a row after N seconds (20; quick: 2)
        --data DIR         where disks and results are kept, up to 25 GB (benchmarks/target/race)
        --output DIR       where the report goes (benchmarks; quick: the directory of the data)
        --qemu-img PATH    the qemu-img to race with (the one on the PATH)
        --platter DIR      the assembled program to race (convert/cli/target/platter)
      """;

  /** The file that runs are appended to. */
  Path results() {
    return data.resolve(quick ? "quick.jsonl" : "results.jsonl");
  }

  /** Reads the command line, of which the script has put the project's directory first. */
  static Settings parse(String[] args) {
    Path root = Path.of(args[0]);
    Path home = root.resolve("benchmarks");
    Path program = root.resolve("convert/cli/target/platter");
    Path data = home.resolve("target/race");
    Optional<Path> output = Optional.empty();
    Optional<Path> qemuImg = Optional.empty();
    String filter = "";
    boolean quick = false;
    boolean resume = false;
    boolean run = true;
    boolean list = false;
    Optional<Integer> rounds = Optional.empty();
    Optional<Double> seconds = Optional.empty();
    for (int i = 1; i < args.length; i++) {
      switch (args[i]) {
        case "--quick" -> quick = true;
        case "--resume" -> resume = true;
        case "--report" -> run = false;
        case "--list" -> list = true;
        case "--filter" -> filter = value(args, ++i);
        case "--runs" -> rounds = Optional.of(Integer.parseInt(value(args, ++i)));
        case "--seconds" -> seconds = Optional.of(Double.parseDouble(value(args, ++i)));
        case "--data" -> data = Path.of(value(args, ++i)).toAbsolutePath();
        case "--output" -> output = Optional.of(Path.of(value(args, ++i)).toAbsolutePath());
        case "--qemu-img" -> qemuImg = Optional.of(Path.of(value(args, ++i)).toAbsolutePath());
        case "--platter" -> program = Path.of(value(args, ++i)).toAbsolutePath();
        default -> throw new IllegalArgumentException("unknown option " + args[i]);
      }
    }
    return new Settings(
        home,
        program,
        qemuImg
            .or(() -> Shell.find("qemu-img"))
            .orElseThrow(() ->
                new IllegalArgumentException("there is no qemu-img on the PATH (--qemu-img)")),
        data,
        output.orElse(quick ? data : home),
        Pattern.compile(filter),
        quick,
        resume,
        run,
        list,
        rounds.orElse(quick ? 3 : 7),
        seconds.orElse(quick ? 2.0 : 20.0));
  }

  private static String value(String[] args, int index) {
    if (index == args.length) {
      throw new IllegalArgumentException(args[index - 1] + " needs a value");
    }
    return args[index];
  }
}
