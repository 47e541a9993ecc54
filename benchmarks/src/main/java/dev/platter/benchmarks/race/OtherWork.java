package dev.platter.benchmarks.race;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How busy the processors are with something else than this race: what makes its figures worth
 * less. Counts from when it is made.
 */
final class OtherWork {
  /** The part of all processors from which on a row counts as disturbed. */
  static final double DISTURBING = 0.1;

  /** Fields of /proc/stat's first line that are idle time: idle and iowait. */
  private static final List<Integer> IDLE = List.of(4, 5);

  private static final int STEAL = 8;

  private final long all;
  private final long busy;
  private final long own;

  OtherWork() throws IOException {
    all = ticks(true);
    busy = ticks(false);
    own = ownTicks();
  }

  /** The part of all processors' time since the beginning that others used, 0 to 1. */
  double part() throws IOException {
    long elapsed = ticks(true) - all;
    long others = ticks(false) - busy - (ownTicks() - own);
    return elapsed == 0 ? 0 : Math.clamp((double) others / elapsed, 0.0, 1.0);
  }

  /** Time of all processors: in all, or but for what they idled. */
  private static long ticks(boolean idleToo) throws IOException {
    String line = Files.readAllLines(Path.of("/proc/stat")).getFirst();
    String[] fields = line.split(" +");
    long sum = 0;
    for (int i = 1; i <= STEAL; i++) {
      if (idleToo || !IDLE.contains(i)) {
        sum += Long.parseLong(fields[i]);
      }
    }
    return sum;
  }

  /** Time of this process and of its children that have ended. */
  private static long ownTicks() throws IOException {
    String line = Files.readString(Path.of("/proc/self/stat"));
    List<String> fields =
        new ArrayList<>(List.of(line.substring(line.lastIndexOf(')') + 2).split(" ")));
    long sum = 0;
    for (String field : fields.subList(11, 15)) {
      sum += Long.parseLong(field);
    }
    return sum;
  }
}
