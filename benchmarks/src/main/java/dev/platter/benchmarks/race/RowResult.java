package dev.platter.benchmarks.race;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** All runs of one row in one session. */
record RowResult(String row, List<Sample> samples) {
  /**
   * A middle value and its range.
   *
   * @param atLeast whether the truth may be more, as a run was ended by its timeout
   */
  record Spread(double median, double min, double max, boolean atLeast) {
    static Optional<Spread> of(List<Double> values, boolean atLeast) {
      if (values.isEmpty()) {
        return Optional.empty();
      }
      List<Double> sorted = values.stream().sorted().toList();
      int half = sorted.size() / 2;
      double median =
          sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
      return Optional.of(new Spread(median, sorted.getFirst(), sorted.getLast(), atLeast));
    }
  }

  List<Sample> runsOf(String tool) {
    return samples.stream().filter(s -> s.tool().equals(tool)).toList();
  }

  /** Runs that ended well. */
  private List<Sample> goodRunsOf(String tool) {
    return runsOf(tool).stream().filter(Sample::isOk).toList();
  }

  boolean timedOut(String tool) {
    return runsOf(tool).stream().anyMatch(s -> s.state().equals(Sample.TIMEOUT));
  }

  /** Why a contender gave up or made something wrong; empty when it did well. */
  Optional<String> failure(String tool) {
    return runsOf(tool).stream().filter(s -> !s.isOk()).map(Sample::state).findFirst();
  }

  /** What qemu-img said of our output; empty when there was none. */
  Optional<String> check() {
    return runsOf(Race.CHECK).stream().map(Sample::state).findFirst();
  }

  /** Whether other work took so much of the machine that the figures are worth little. */
  boolean disturbed() {
    return runsOf(Race.OTHERS).stream().anyMatch(s -> s.wall() > OtherWork.DISTURBING);
  }

  int rounds() {
    return samples.stream().mapToInt(Sample::round).max().orElse(0);
  }

  /** Seconds of wall time. */
  Optional<Spread> wall(String tool) {
    List<Sample> runs = timedOut(tool) ? runsOf(tool) : goodRunsOf(tool);
    return Spread.of(runs.stream().map(Sample::wall).toList(), timedOut(tool));
  }

  /** Seconds of processor time. */
  OptionalDouble cpu(String tool) {
    return median(tool, Sample::cpu);
  }

  /** The size of the file that it makes. */
  OptionalDouble bytes(String tool) {
    return median(tool, Sample::bytes);
  }

  /** The largest resident set of any run, in units of 10^6 bytes. */
  OptionalDouble peakMegabytes(String tool) {
    return goodRunsOf(tool).stream().mapToDouble(s -> s.rss() * 1024 / 1e6).max();
  }

  private OptionalDouble median(String tool, ToDoubleFunction<Sample> what) {
    Optional<Spread> spread =
        Spread.of(goodRunsOf(tool).stream().map(what::applyAsDouble).toList(), false);
    return spread.isPresent() ? OptionalDouble.of(spread.get().median()) : OptionalDouble.empty();
  }

  /** How many times as long as ours the contender takes, of each round in which both ran. */
  Optional<Spread> speedupOver(String tool) {
    List<Double> ratios = new ArrayList<>();
    for (Sample theirs : runsOf(tool)) {
      if (!theirs.isOk() && !theirs.state().equals(Sample.TIMEOUT)) {
        continue;
      }
      for (Sample ours : goodRunsOf(Contender.PLATTER)) {
        if (ours.round() == theirs.round()) {
          ratios.add(theirs.wall() / Math.max(0.001, ours.wall()));
        }
      }
    }
    return Spread.of(ratios, timedOut(tool));
  }
}
