package dev.platter.benchmarks.race;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a contender and tells what it took.
 *
 * <p>Bash's {@code time} tells the wall and processor time of the whole tree in milliseconds. GNU
 * time tells the memory: it forks from a process of its own small size, where a child of this one
 * would be said to have been as large as this one is. Both together add a millisecond to every
 * contender alike.
 */
final class Stopwatch {
  private static final String SCRIPT =
      "TIMEFORMAT='%3R %3U %3S'; times=$1 peak=$2 out=$3 err=$4; shift 4; "
          + "{ time \"$GNU_TIME\" -q -f %M -o \"$peak\" -- \"$@\" >\"$out\" 2>\"$err\" </dev/null; }"
          + " 2>\"$times\"";

  private final Path gnuTime;
  private final Path times;
  private final Path peak;
  private final Path out;
  private final Path errors;

  /**
   * @param scratch a directory for small files
   */
  Stopwatch(Path scratch) throws IOException {
    gnuTime =
        Shell.find("time")
            .orElseThrow(() -> new IOException("GNU time is needed (Debian's package time)"));
    times = scratch.resolve("times.txt");
    peak = scratch.resolve("peak.txt");
    out = scratch.resolve("out.txt");
    errors = scratch.resolve("errors.txt");
  }

  /** Runs it once. */
  Sample time(String session, Row row, int round, Contender contender) throws IOException {
    Path output = contender.pipe() ? contender.target().orElseThrow() : out;
    List<String> command = new ArrayList<>(List.of("bash", "-c", SCRIPT, "race"));
    for (Path file : List.of(times, peak, output, errors)) {
      command.add(file.toString());
    }
    command.addAll(contender.command());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("GNU_TIME", gnuTime.toString());
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.redirectErrorStream(true);
    builder.redirectOutput(new File("/dev/null"));
    builder.redirectInput(new File("/dev/null"));
    Process process = builder.start();
    if (!Shell.await(process, row.timeout())) {
      return new Sample(
          session, row.name(), round, contender.name(), row.timeout(), 0, 0, 0, Sample.TIMEOUT);
    }
    String[] seconds = Files.readString(times).strip().split(" ");
    if (seconds.length != 3) {
      throw new IOException(
          "%s: %s was killed from outside, with its clock (exit code %d)"
              .formatted(row.name(), contender.name(), process.exitValue()));
    }
    double wall = Double.parseDouble(seconds[0]);
    double cpu = Double.parseDouble(seconds[1]) + Double.parseDouble(seconds[2]);
    long rss = Long.parseLong(Files.readString(peak).strip().lines().toList().getLast());
    if (process.exitValue() != 0) {
      String told = Files.readString(errors).strip().replace(errors.getParent() + "/", "");
      String state = "exit code " + process.exitValue() + ": " + told;
      return new Sample(session, row.name(), round, contender.name(), wall, cpu, rss, 0, state);
    }
    if (contender.selfTimed()) {
      wall = Double.parseDouble(Files.readString(out).strip());
    }
    long bytes = contender.target().isPresent() ? Files.size(contender.target().get()) : 0;
    return new Sample(
        session, row.name(), round, contender.name(), wall, cpu, rss, bytes, Sample.OK);
  }
}
