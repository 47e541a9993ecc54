package dev.platter.benchmarks.race;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;

/** RESULTS.md and its plots, from all results that there are. */
final class Report {
  static final String FILE = "RESULTS.md";

  private final Settings settings;
  private final Notes notes;
  private final String memory;
  private final String qemuVersion;

  /** The rows that have results, in the order of the race. */
  private final List<Judged> rows = new ArrayList<>();

  /** A row, what was measured, and what that means. */
  record Judged(Row row, RowResult result, Verdict verdict) {}

  Report(Settings settings, List<Row> rows, Results results) throws IOException {
    this.settings = settings;
    this.notes = Notes.read(settings.home().resolve("notes.txt"));
    this.memory = results.note(Results.MEMORY_BANDWIDTH);
    this.qemuVersion = results.note(Results.QEMU_VERSION);
    for (Row row : rows) {
      results
          .of(row.name())
          .ifPresent(r -> this.rows.add(new Judged(row, r, Verdict.of(row.goal(), r))));
    }
  }

  boolean hasRows() {
    return !rows.isEmpty();
  }

  void write() throws IOException {
    Files.createDirectories(settings.output());
    Markdown page = new Markdown();
    introduction(page);
    goals(page);
    plots(page);
    Limits limits = new Limits(rows);
    limits.distances(page, memory);
    limits.start(page, Words.data(settings.quick() ? DataSet.SMALL : DataSet.SYSTEM));
    others(page);
    shortfalls(page);
    everything(page);
    Files.writeString(settings.output().resolve(FILE), page.toString().strip() + "\n");
  }

  private void introduction(Markdown page) throws IOException {
    long reached = rows.stream().filter(j -> j.verdict().reached()).count();
    long disturbed = rows.stream().filter(j -> j.result().disturbed()).count();
    page.paragraph("# The race");
    page.paragraph(
        """
        Made by `benchmarks/race%s`, which runs whole processes, Java's start included, on the same files and in turn.
        %s. Compared with %s: without flags for speed (\
        `qemu-img`), and with its fastest (`-W -m 16`).
        A speed-up is the median of the ratios of runs that followed each other; in brackets its smallest and its largest.
        %d of %d rows reach everything that is asked of them. %s
        """
            .formatted(
                settings.quick() ? " --quick" : "",
                Machine.describe(settings.data()),
                qemuVersion,
                reached,
                rows.size(),
                disturbed == 0
                    ? "Nothing else was at work meanwhile."
                    : disturbed
                        + " rows are marked as disturbed: other work took more than a tenth of the processors."));
    page.paragraph(
        """
        The disks: *%s* is a partition of ext4 in a disk of %d GiB, with %s of this machine's own files, taken
        evenly from all below `/usr`; *large* is the same with %s; *noise* is random bytes; *sparse* has 64 GiB, and on
        them twice what *system* holds. All were in the page cache, but for the rows called cold: the source was dropped from
        it before each of their runs. Images to read were made by qemu-img.
        """
            .formatted(
                settings.quick() ? "small" : "system",
                (settings.quick() ? DataSet.SMALL : DataSet.SYSTEM).size() >> 30,
                Words.data(settings.quick() ? DataSet.SMALL : DataSet.SYSTEM),
                Words.data(DataSet.LARGE)));
    if (!settings.quick()) {
      notes.of(Notes.ALL).ifPresent(page::paragraph);
    }
  }

  /** One line for each line of the list of targets. */
  private void goals(Markdown page) {
    Map<String, List<Judged>> byWork = new LinkedHashMap<>();
    for (Judged judged : rows) {
      String work = judged.row().goal().work();
      if (!work.isEmpty()) {
        byWork.computeIfAbsent(work, key -> new ArrayList<>()).add(judged);
      }
    }
    List<List<String>> lines = new ArrayList<>();
    byWork.forEach((work, judged) -> lines.add(goalLine(work, judged)));
    page.paragraph("## The targets");
    if (settings.quick()) {
      page.paragraph(
          "They are meant for the disks of the whole race: on this small one Java's start weighs more.");
    }
    page.table(
        List.of(
            "work",
            "rows",
            "over qemu-img",
            "over its best",
            "content",
            "speed",
            "near the limit",
            "size",
            "CPU",
            "memory"),
        lines);
    page.paragraph(
        """
        Speed-ups are the smallest and the largest of the rows, after them what is wanted. Every row must also take at most
        0.15 s more of processor time than qemu-img, at most 200 MB of memory, and make an image that qemu-img finds equal
        to the source and free of faults.
        """);
  }

  private static List<String> goalLine(String work, List<Judged> judged) {
    List<String> line = new ArrayList<>();
    line.add(work);
    line.add(Integer.toString(judged.size()));
    line.add(range(judged, Contender.QEMU));
    line.add(range(judged, Contender.QEMU_BEST));
    for (Verdict.Subject subject : Verdict.Subject.values()) {
      long applies =
          judged.stream()
              .filter(j -> j.verdict().findings().stream().anyMatch(f -> f.subject() == subject))
              .count();
      long missed = judged.stream().filter(j -> !j.verdict().reached(subject)).count();
      line.add(applies == 0 ? Words.NOTHING : missed == 0 ? "✓" : "✗ " + missed + " of " + applies);
    }
    return line;
  }

  private static String range(List<Judged> judged, String tool) {
    List<Double> medians =
        judged.stream()
            .flatMap(j -> j.result().speedupOver(tool).stream())
            .map(RowResult.Spread::median)
            .toList();
    if (medians.isEmpty()) {
      return Words.NOTHING;
    }
    Double wanted = judged.getFirst().row().goal().speedups().get(tool);
    String least = Words.two(medians.stream().min(Double::compare).orElseThrow());
    String most = Words.two(medians.stream().max(Double::compare).orElseThrow());
    String range = least.equals(most) ? least : least + " to " + most;
    return wanted == null ? range : range + " / " + Verdict.number(wanted);
  }

  private void plots(Markdown page) throws IOException {
    page.paragraph("## In pictures");
    for (Plots.Plot plot : new Plots(rows).all()) {
      Path file = settings.output().resolve("plots").resolve(plot.name() + ".svg");
      Files.createDirectories(file.getParent());
      Files.writeString(file, plot.svg());
      page.paragraph("![" + plot.title() + "](plots/" + plot.name() + ".svg)");
    }
  }

  private void others(Markdown page) {
    List<List<String>> lines = new ArrayList<>();
    for (Judged judged : rows) {
      for (String tool : List.of(Contender.NBDCOPY, Contender.SEVEN_ZIP, Contender.VMDK_CONVERT)) {
        Optional<String> failure = judged.result().failure(tool);
        if (!judged.result().runsOf(tool).isEmpty()) {
          lines.add(
              List.of(
                  judged.row().name(),
                  tool,
                  failure.isPresent() ? Words.NOTHING : Words.wall(judged.result(), tool),
                  Words.wall(judged.result(), Contender.PLATTER),
                  failure.map(Words::inTable).orElse(Words.speedup(judged.result(), tool))));
        }
      }
    }
    if (!lines.isEmpty()) {
      page.paragraph("## Other converters");
      page.table(List.of("row", "converter", "it takes", "platter", "times as fast"), lines);
    }
  }

  private void shortfalls(Markdown page) {
    page.paragraph("## Where rows fall short");
    List<List<String>> lines = new ArrayList<>();
    for (Judged judged : rows) {
      if (!judged.verdict().reached()) {
        lines.add(
            List.of(
                judged.row().name(),
                missed(judged.verdict()),
                notes.of(judged.row().name()).orElse("")));
      }
    }
    if (lines.isEmpty()) {
      page.paragraph("None does.");
    } else {
      page.table(List.of("row", "reached, of what was wanted", "why, and what was tried"), lines);
    }
  }

  private void everything(Markdown page) {
    page.paragraph("## All rows");
    TreeSet<String> groups = new TreeSet<>();
    rows.forEach(judged -> groups.add(judged.row().group()));
    for (String group : groups) {
      List<List<String>> lines = new ArrayList<>();
      for (Judged judged : rows) {
        if (judged.row().group().equals(group)) {
          lines.add(line(judged));
        }
      }
      page.folded(
          group + ", " + lines.size() + " rows",
          new Markdown()
              .table(
                  List.of(
                      "row",
                      "platter",
                      "qemu-img",
                      "best",
                      "cp",
                      "over qemu-img",
                      "over best",
                      "CPU",
                      "theirs",
                      "MB",
                      "theirs",
                      "size",
                      "runs",
                      "verdict"),
                  lines));
    }
  }

  private static List<String> line(Judged judged) {
    RowResult result = judged.result();
    OptionalDouble ours = result.bytes(Contender.PLATTER);
    OptionalDouble theirs = result.bytes(Contender.QEMU);
    boolean sized = ours.orElse(0) > 0 && theirs.orElse(0) > 0;
    return List.of(
        judged.row().name(),
        Words.wall(result, Contender.PLATTER),
        Words.wall(result, Contender.QEMU),
        Words.wall(result, Contender.QEMU_BEST),
        Words.wall(result, Contender.CP),
        Words.speedup(result, Contender.QEMU),
        Words.speedup(result, Contender.QEMU_BEST),
        Words.number("%.2f s", result.cpu(Contender.PLATTER)),
        Words.number("%.2f s", result.cpu(Contender.QEMU)),
        Words.number("%.0f", result.peakMegabytes(Contender.PLATTER)),
        Words.number("%.0f", result.peakMegabytes(Contender.QEMU)),
        sized
            ? String.format(Locale.ROOT, "%.3f", ours.getAsDouble() / theirs.getAsDouble())
            : Words.NOTHING,
        Integer.toString(result.rounds()),
        (judged.verdict().reached() ? "✓" : "✗ " + missed(judged.verdict()))
            + (result.disturbed() ? " (disturbed)" : ""));
  }

  private static String missed(Verdict verdict) {
    return Words.inTable(
        String.join("; ", verdict.missed().stream().map(Verdict.Finding::text).toList()));
  }
}
