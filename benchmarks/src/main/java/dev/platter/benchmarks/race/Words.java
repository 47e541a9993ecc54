package dev.platter.benchmarks.race;

import java.util.Locale;
import java.util.OptionalDouble;

/** Figures as the report says them. */
final class Words {
  static final String NOTHING = "–";

  private Words() {}

  /** How much a disk holds, for people to read. */
  static String data(DataSet set) {
    double gigabytes = set.bytes() / (double) (1L << 30);
    return String.format(Locale.ROOT, gigabytes < 0.3 ? "%.2f GiB" : "%.1f GiB", gigabytes);
  }

  /** Fit for a cell of a table. */
  static String inTable(String text) {
    String line = text.replace('|', '/').replaceAll("\\s+", " ");
    return line.length() > 200 ? line.substring(0, 200) + "…" : line;
  }

  static String wall(RowResult result, String tool) {
    return result
        .wall(tool)
        .map(s -> (s.atLeast() ? "> " : "") + seconds(s.median()))
        .orElse(NOTHING);
  }

  static String seconds(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.3f s" : "%.1f s", value);
  }

  static String speedup(RowResult result, String tool) {
    return result
        .speedupOver(tool)
        .map(s ->
            s.atLeast()
                ? "> " + two(s.median())
                : two(s.median()) + " (" + two(s.min()) + "–" + two(s.max()) + ")")
        .orElse(NOTHING);
  }

  static String two(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%.0f", value);
  }

  static String number(String format, OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, format, value.getAsDouble()) : NOTHING;
  }
}
