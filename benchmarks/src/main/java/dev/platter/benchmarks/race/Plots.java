package dev.platter.benchmarks.race;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All plots: those for whose rows there are results. */
final class Plots {
  private static final String OURS = "#2a9d8f";
  private static final String THEIRS = "#e0703c";
  private static final String BEST = "#c59a1e";

  private final List<Report.Judged> rows;

  Plots(List<Report.Judged> rows) {
    this.rows = rows;
  }

  /**
   * @param name the file's, without its suffix
   * @param title what it shows
   */
  record Plot(String name, String title, String svg) {}

  List<Plot> all() {
    List<Plot> plots = new ArrayList<>();
    targets().ifPresent(plots::add);
    matrix(Contender.QEMU, "pairs-default").ifPresent(plots::add);
    matrix(Contender.QEMU_BEST, "pairs-best").ifPresent(plots::add);
    data().ifPresent(plots::add);
    empty().ifPresent(plots::add);
    return plots;
  }

  /** Of each line of the targets, the row that is furthest from it. */
  private Optional<Plot> targets() {
    Map<String, List<Report.Judged>> byWork = new LinkedHashMap<>();
    for (Report.Judged judged : rows) {
      Goal goal = judged.row().goal();
      if (goal.speedups().containsKey(Contender.QEMU)) {
        byWork.computeIfAbsent(goal.work(), key -> new ArrayList<>()).add(judged);
      }
    }
    List<Bars.Group> groups = new ArrayList<>();
    byWork.forEach((work, judged) -> {
      List<Bars.Bar> bars = new ArrayList<>();
      worst(judged, Contender.QEMU, THEIRS).ifPresent(bars::add);
      worst(judged, Contender.QEMU_BEST, BEST).ifPresent(bars::add);
      if (!bars.isEmpty()) {
        groups.add(new Bars.Group(work, bars));
      }
    });
    if (groups.isEmpty()) {
      return Optional.empty();
    }
    String title = "Times as fast, the slowest row of each kind of work; marks: what is wanted";
    List<String> names = List.of("as " + Contender.QEMU, "as " + Contender.QEMU_BEST);
    return Optional.of(
        new Plot("targets", title, Bars.draw(title, names, List.of(THEIRS, BEST), groups)));
  }

  private static Optional<Bars.Bar> worst(List<Report.Judged> rows, String tool, String colour) {
    double wanted = rows.getFirst().row().goal().speedups().getOrDefault(tool, 0.0);
    return rows.stream()
        .flatMap(judged -> judged.result().speedupOver(tool).stream())
        .map(RowResult.Spread::median)
        .min(Double::compare)
        .map(value -> new Bars.Bar(value, wanted, colour));
  }

  private Optional<Plot> matrix(String tool, String name) {
    Map<String, RowResult> byPair = new LinkedHashMap<>();
    String data = "";
    for (Report.Judged judged : rows) {
      if (judged.row().group().equals("matrix")) {
        data = Words.data(judged.row().sources().getFirst().set());
        byPair.put(judged.row().name().substring("matrix/".length()), judged.result());
      }
    }
    return byPair.isEmpty()
        ? Optional.empty()
        : Optional.of(new Plot(name, "Times as fast as " + tool, HeatMap.draw(tool, data, byPair)));
  }

  private Optional<Plot> data() {
    List<Curves.Curve> curves = new ArrayList<>();
    curves.add(curve("growth/raw-qcow2/", Contender.PLATTER, "raw → qcow2: platter", OURS));
    curves.add(curve("growth/raw-qcow2/", Contender.QEMU, "→ qcow2: qemu-img", THEIRS));
    curves.add(curve("growth/raw-qcow2-zstd/", Contender.PLATTER, "→ zstd: platter", "#3f7fd1"));
    curves.add(curve("growth/raw-qcow2-zstd/", Contender.QEMU, "→ zstd: qemu-img", "#b5479b"));
    String title = "Seconds by the data that the disk holds";
    return plot("growth-data", title, "data", curves);
  }

  private Optional<Plot> empty() {
    List<Curves.Curve> curves = new ArrayList<>();
    curves.add(curve("empty/qcow2/", Contender.PLATTER, "qcow2: platter", OURS));
    curves.add(curve("empty/qcow2/", Contender.QEMU, "qcow2: qemu-img", THEIRS));
    curves.add(curve("empty/vhdx/", Contender.PLATTER, "vhdx: platter", "#3f7fd1"));
    curves.add(curve("empty/vhdx/", Contender.QEMU, "vhdx: qemu-img", "#b5479b"));
    String title = "Seconds by the size of an empty disk, to qcow2";
    return plot("growth-empty", title, "size of the disk", curves);
  }

  private static Optional<Plot> plot(
      String name, String title, String axis, List<Curves.Curve> curves) {
    curves.removeIf(curve -> curve.points().isEmpty());
    return curves.isEmpty()
        ? Optional.empty()
        : Optional.of(new Plot(name, title, Curves.draw(title, axis, curves)));
  }

  private Curves.Curve curve(String prefix, String tool, String name, String colour) {
    List<Curves.Point> points = new ArrayList<>();
    for (Report.Judged judged : rows) {
      if (judged.row().name().startsWith(prefix) && judged.result().failure(tool).isEmpty()) {
        DataSet set = judged.row().sources().getFirst().set();
        long bytes = set.content() == DataSet.Content.NOTHING ? set.size() : set.bytes();
        judged
            .result()
            .wall(tool)
            .ifPresent(wall -> points.add(new Curves.Point(bytes, wall.median())));
      }
    }
    return new Curves.Curve(name, colour, points);
  }
}
