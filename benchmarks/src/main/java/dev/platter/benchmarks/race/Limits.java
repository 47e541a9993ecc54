package dev.platter.benchmarks.race;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The report's sections about what no converter, or no Java program, can be faster than. */
final class Limits {
  private final List<Report.Judged> rows;

  Limits(List<Report.Judged> rows) {
    this.rows = rows;
  }

  /**
   * How far from what cannot be left out.
   *
   * @param memory how fast memory is copied, for people to read
   */
  void distances(Markdown page, String memory) {
    List<List<String>> lines = new ArrayList<>();
    for (Report.Judged judged : rows) {
      for (String limit : List.of(Contender.CP, Contender.CODEC, Contender.EMPTY_MAIN)) {
        Optional<RowResult.Spread> bound = judged.result().wall(limit);
        Optional<RowResult.Spread> ratio = judged.result().speedupOver(limit);
        if (bound.isPresent() && ratio.isPresent()) {
          lines.add(
              List.of(
                  judged.row().name(),
                  Words.wall(judged.result(), Contender.PLATTER),
                  limit,
                  Words.wall(judged.result(), limit),
                  String.format(Locale.ROOT, "%+.0f %%", 100 / ratio.get().median() - 100)));
        }
      }
    }
    page.paragraph("## How far from the limit");
    page.paragraph(
        """
        A copy is compared with `cp --sparse=always` of the source's file, a codec with its library alone, on the same
        blocks in memory and on all cores: what it takes if reading and writing took nothing. `info` is compared with an
        empty main on the same Java. Memory is copied at %s.
        """
            .formatted(memory));
    page.folded(
        lines.size() + " rows",
        new Markdown().table(List.of("row", "platter", "limit", "it takes", "above it"), lines));
  }

  /**
   * What Java's start has to do with the gap where data is little.
   *
   * @param data how little, for people to read
   */
  void start(Markdown page, String data) {
    Optional<RowResult.Spread> gap = gap("matrix/", Goal.SMALL_PLAIN);
    Optional<RowResult.Spread> info = gap("info/", Goal.INFO);
    List<Double> empty =
        rows.stream()
            .flatMap(j -> j.result().wall(Contender.EMPTY_MAIN).stream())
            .map(RowResult.Spread::median)
            .toList();
    if (gap.isPresent() && info.isPresent() && !empty.isEmpty()) {
      page.paragraph(
          """
          ## What Java's start costs

          Converting %s of data uncompressed takes %s longer than with qemu-img (the median over all pairs; %s to %s). `info`,
          which does next to nothing, takes %s longer than qemu-img's; an empty main takes %s.
          """
              .formatted(
                  data,
                  Words.seconds(gap.get().median()),
                  Words.seconds(gap.get().min()),
                  Words.seconds(gap.get().max()),
                  Words.seconds(info.get().median()),
                  Words.seconds(RowResult.Spread.of(empty, false).orElseThrow().median())));
    }
  }

  /** How many seconds longer than qemu-img we take, over all rows of that name and work. */
  private Optional<RowResult.Spread> gap(String prefix, String work) {
    List<Double> gaps = new ArrayList<>();
    for (Report.Judged judged : rows) {
      Optional<RowResult.Spread> ours = judged.result().wall(Contender.PLATTER);
      Optional<RowResult.Spread> theirs = judged.result().wall(Contender.QEMU);
      boolean wanted =
          judged.row().name().startsWith(prefix) && judged.row().goal().work().equals(work);
      if (wanted && ours.isPresent() && theirs.isPresent()) {
        gaps.add(ours.get().median() - theirs.get().median());
      }
    }
    return RowResult.Spread.of(gaps, false);
  }
}
