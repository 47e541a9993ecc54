package dev.platter.benchmarks.race;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Whether a row reached its goal, and the rules that hold for every row: right content, processor
 * time, memory.
 */
record Verdict(List<Finding> findings) {
  /** Seconds of processor time that ours may take more than qemu-img. */
  static final double CPU_ALLOWANCE = 0.15;

  /** Units of 10^6 bytes. */
  static final double MEMORY_LIMIT = 200;

  /** What a finding is about. */
  enum Subject {
    CONTENT,
    SPEED,
    LIMIT,
    SIZE,
    CPU,
    MEMORY
  }

  /**
   * @param text what was reached and what was wanted
   */
  record Finding(Subject subject, boolean reached, String text) {}

  boolean reached() {
    return findings.stream().allMatch(Finding::reached);
  }

  boolean reached(Subject subject) {
    return findings.stream().filter(f -> f.subject() == subject).allMatch(Finding::reached);
  }

  List<Finding> missed() {
    return findings.stream().filter(f -> !f.reached()).toList();
  }

  static Verdict of(Goal goal, RowResult result) {
    List<Finding> findings = new ArrayList<>();
    Optional<String> failure = result.failure(Contender.PLATTER);
    String check = failure.or(result::check).orElse(Sample.OK);
    findings.add(new Finding(Subject.CONTENT, check.equals(Sample.OK), check));
    for (Map.Entry<String, Double> wanted : goal.speedups().entrySet()) {
      speed(wanted.getKey(), wanted.getValue(), result).ifPresent(findings::add);
    }
    size(goal, result).ifPresent(findings::add);
    seconds(goal, result).ifPresent(findings::add);
    cpu(result).ifPresent(findings::add);
    memory(result).ifPresent(findings::add);
    return new Verdict(List.copyOf(findings));
  }

  private static Optional<Finding> speed(String tool, double wanted, RowResult result) {
    boolean limit = wanted < 1 && !tool.equals(Contender.QEMU);
    return result
        .speedupOver(tool)
        .map(spread -> {
          double reached = spread.median();
          String text =
              limit
                  ? text("%s + %.0f %% of +%.0f %%", tool, 100 / reached - 100, 100 / wanted - 100)
                  : text("%.2f of %s × %s", reached, number(wanted), tool);
          return new Finding(limit ? Subject.LIMIT : Subject.SPEED, reached >= wanted, text);
        });
  }

  private static Optional<Finding> size(Goal goal, RowResult result) {
    OptionalDouble ours = result.bytes(Contender.PLATTER);
    OptionalDouble theirs = result.bytes(Contender.QEMU);
    if (goal.sizeRatio() == 0 || ours.isEmpty() || theirs.isEmpty()) {
      return Optional.empty();
    }
    double ratio = ours.getAsDouble() / theirs.getAsDouble();
    return Optional.of(
        new Finding(
            Subject.SIZE,
            ratio <= goal.sizeRatio(),
            text("file %.3f of %s × qemu-img's", ratio, number(goal.sizeRatio()))));
  }

  private static Optional<Finding> seconds(Goal goal, RowResult result) {
    if (goal.seconds() == 0) {
      return Optional.empty();
    }
    return result
        .wall(Contender.PLATTER)
        .map(spread ->
            new Finding(
                Subject.SPEED,
                spread.median() <= goal.seconds(),
                text("%.3f of %s s", spread.median(), number(goal.seconds()))));
  }

  private static Optional<Finding> cpu(RowResult result) {
    OptionalDouble ours = result.cpu(Contender.PLATTER);
    OptionalDouble theirs = result.cpu(Contender.QEMU);
    if (ours.isEmpty() || theirs.isEmpty()) {
      return Optional.empty();
    }
    double most = theirs.getAsDouble() + CPU_ALLOWANCE;
    return Optional.of(
        new Finding(
            Subject.CPU,
            ours.getAsDouble() <= most,
            text("CPU %.2f of %.2f s", ours.getAsDouble(), most)));
  }

  private static Optional<Finding> memory(RowResult result) {
    OptionalDouble peak = result.peakMegabytes(Contender.PLATTER);
    if (peak.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Finding(
            Subject.MEMORY,
            peak.getAsDouble() < MEMORY_LIMIT,
            text("peak %.0f of %.0f MB", peak.getAsDouble(), MEMORY_LIMIT)));
  }

  /** Without zeros at the end. */
  static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private static String text(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
