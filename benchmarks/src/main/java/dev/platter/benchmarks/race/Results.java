package dev.platter.benchmarks.race;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The file of results: of every row, the runs of the latest session that ran it. */
final class Results {
  /** Rows that hold a note about the session instead of a run. */
  private static final String NOTES = "session/";

  static final String QEMU_VERSION = NOTES + "qemu-img";
  static final String MEMORY_BANDWIDTH = NOTES + "memory";

  private final Map<String, RowResult> rows = new LinkedHashMap<>();

  private Results(List<Sample> samples) {
    Map<String, List<Sample>> byRow = new LinkedHashMap<>();
    Set<List<String>> ran = new HashSet<>();
    for (Sample sample : samples) {
      if (sample.round() > 0 || sample.row().startsWith(NOTES)) {
        ran.add(List.of(sample.session(), sample.row()));
      }
    }
    for (Sample sample : samples) {
      if (!ran.contains(List.of(sample.session(), sample.row()))) {
        continue; // a session that ended before anything ran must not hide one that has results
      }
      List<Sample> kept = byRow.computeIfAbsent(sample.row(), row -> new ArrayList<>());
      if (!kept.isEmpty() && !kept.getFirst().session().equals(sample.session())) {
        kept.clear();
      }
      kept.add(sample);
    }
    byRow.forEach((row, kept) -> rows.put(row, new RowResult(row, kept)));
  }

  static Results of(List<Sample> samples) {
    return new Results(samples);
  }

  static Results read(Path file) throws IOException {
    return new Results(Files.readAllLines(file).stream().map(Sample::parse).toList());
  }

  /** The row's latest result. */
  Optional<RowResult> of(String row) {
    return Optional.ofNullable(rows.get(row));
  }

  /** A note about the latest session. */
  String note(String what) {
    return of(what).map(row -> row.samples().getFirst().state()).orElse("unknown");
  }
}
