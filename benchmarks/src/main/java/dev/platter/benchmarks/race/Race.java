package dev.platter.benchmarks.race;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Races whole processes: each row's contenders do the same work on the same files, in turn, round
 * after round. Every run is appended to the file of results at once, so a race may be stopped,
 * resumed, and run in parts.
 */
public final class Race {
  /** The tool of a sample that tells whether our output was right. */
  static final String CHECK = "check";

  /** The tool of a sample whose wall time is the part of the processors that others used. */
  static final String OTHERS = "others";

  /** What a run may need beyond the room for what it writes, bytes. */
  private static final long SPARE_MEMORY = 4L << 30;

  private final Settings settings;
  private final Disks disks;
  private final Stopwatch stopwatch;
  private final Path classes;
  private final PrintStream log;

  /** How long a row's images have been looked at, nanoseconds: does not count as its own time. */
  private long checking;

  private final String session = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();

  private Race(Settings settings, Path classes, PrintStream log) throws IOException {
    this.settings = settings;
    this.classes = classes;
    this.disks = new Disks(settings.data(), settings.qemuImg(), log);
    this.stopwatch = new Stopwatch(settings.data());
    this.log = log;
  }

  /** Runs the race as the command line asks. */
  public static void main(String[] args) {
    Settings settings;
    try {
      settings = Settings.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println("race: " + e.getMessage() + "\n" + Settings.USAGE);
      System.exit(2);
      return;
    }
    try {
      start(settings);
    } catch (IOException e) {
      System.err.println("race: " + e.getMessage());
      System.exit(1);
    }
  }

  private static void start(Settings settings) throws IOException {
    Files.createDirectories(settings.data());
    Path classes = settings.home().resolve("target/classes");
    Java java = new Java(settings.program(), classes, settings.data());
    List<Row> rows = Rows.all(new Contenders(settings, java), settings.quick());
    List<Row> chosen = new ArrayList<>(rows);
    chosen.removeIf(row -> !settings.filter().matcher(row.name()).find());
    if (settings.list()) {
      chosen.forEach(row -> System.out.println(row.name()));
      return;
    }
    if (settings.run()) {
      if (settings.resume() && Files.exists(settings.results())) {
        Results results = Results.read(settings.results());
        chosen.removeIf(row -> results.of(row.name()).isPresent());
      }
      java.makeEmptyMain();
      new Race(settings, classes, System.out).run(chosen);
    }
    if (Files.exists(settings.results())) {
      Report report = new Report(settings, rows, Results.read(settings.results()));
      if (report.hasRows()) {
        report.write();
        System.out.println("report: " + settings.output().resolve(Report.FILE));
      }
    }
  }

  private void run(List<Row> rows) throws IOException {
    String version = Shell.need(settings.qemuImg().toString(), "--version");
    append(note(Results.QEMU_VERSION, version.lines().findFirst().orElseThrow()));
    append(note(Results.MEMORY_BANDWIDTH, MemoryCopy.measure()));
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      log.printf(Locale.ROOT, "[%d/%d] %s%n", i + 1, rows.size(), row.name());
      Set<Disk> needed = disksOf(row);
      for (Disk disk : needed) {
        disks.make(disk);
      }
      if (settings.rounds() > 0) {
        run(row);
      }
      for (Row later : rows.subList(i + 1, rows.size())) {
        needed.removeAll(disksOf(later));
      }
      for (Disk disk : needed) {
        if (disk.isPassing()) {
          Files.delete(disk.in(settings.data()));
        }
      }
    }
  }

  private Sample note(String what, String text) {
    return new Sample(session, what, 0, what, 0, 0, 0, 0, text);
  }

  private static Set<Disk> disksOf(Row row) {
    Set<Disk> disks = new HashSet<>(row.sources());
    if (row.made().isPresent()) {
      row.sources().forEach(disk -> disks.add(disk.reference()));
    }
    return disks;
  }

  private void run(Row row) throws IOException {
    disks.chillAllBut(row.sources());
    long memory = SPARE_MEMORY;
    for (Disk source : row.sources()) {
      // A compressed source is small, and what is made of it need not be.
      memory += Math.max(Disks.warm(source.in(settings.data())), source.set().bytes());
    }
    List<Contender> running = new ArrayList<>(row.contenders());
    OtherWork others = new OtherWork();
    checking = 0;
    long start = System.nanoTime();
    for (int round = 1; round <= settings.rounds(); round++) {
      StringBuilder line = new StringBuilder(" ");
      for (Contender contender : inTurn(running, round)) {
        Sample sample = run(row, round, contender, memory);
        append(sample);
        line.append("  ").append(contender.name()).append(' ').append(describe(sample));
        if (!sample.isOk()) {
          running.remove(contender);
        }
      }
      log.println(line);
      double seconds = (System.nanoTime() - start - checking) / 1e9;
      if (seconds > settings.seconds() || running.isEmpty()) {
        break;
      }
    }
    double part = others.part();
    append(new Sample(session, row.name(), 0, OTHERS, part, 0, 0, 0, Sample.OK));
    if (part > OtherWork.DISTURBING) {
      log.printf(Locale.ROOT, "  disturbed: others use %.0f %% of the processors%n", part * 100);
    }
  }

  /** Another one begins each round, so that none always runs after the same other. */
  static <T> List<T> inTurn(List<T> contenders, int round) {
    List<T> turned = new ArrayList<>(contenders);
    Collections.rotate(turned, -(round - 1));
    return turned;
  }

  private static String describe(Sample sample) {
    return sample.isOk() ? "%.3f s".formatted(sample.wall()) : "(" + sample.state() + ")";
  }

  private Sample run(Row row, int round, Contender contender, long memory) throws IOException {
    remove(contender);
    for (List<String> command : contender.before()) {
      Shell.need(command);
    }
    Shell.need("sync", "-f", settings.data().toString());
    try (FreeMemory _ = FreeMemory.hold(memory, classes)) {
      for (Disk source : row.sources()) {
        Path path = source.in(settings.data());
        if (row.cold()) {
          Disks.chill(path);
        } else {
          // Making room may have taken some of it out of the page cache.
          Disks.warm(path);
        }
      }
    }
    Sample sample = stopwatch.time(session, row, round, contender);
    boolean makes = row.made().isPresent() && contender.target().isPresent();
    if (round == 1 && sample.isOk() && !contender.isReference() && makes) {
      long start = System.nanoTime();
      String state = check(row, contender.target().get());
      checking += System.nanoTime() - start;
      if (contender.name().equals(Contender.PLATTER)) {
        append(new Sample(session, row.name(), 0, CHECK, 0, 0, 0, 0, state));
      } else if (!state.equals(Sample.OK)) {
        sample = sample.failed(state);
      }
      if (!state.equals(Sample.OK)) {
        log.println("  " + contender.name() + " made a wrong image: " + state);
      }
    }
    remove(contender);
    return sample;
  }

  private static void remove(Contender contender) throws IOException {
    if (contender.target().isPresent()) {
      Files.deleteIfExists(contender.target().get());
    }
  }

  /** Whether qemu-img finds the disk in the image, and no fault: "ok", or what it says. */
  private String check(Row row, Path made) throws IOException {
    String qemuImg = settings.qemuImg().toString();
    ImageKind kind = row.made().orElseThrow();
    Disk reference = row.sources().getFirst().reference();
    Path expected = reference.in(settings.data());
    List<String> compare = new ArrayList<>(List.of(qemuImg, "compare"));
    compare.addAll(kind.secret());
    compare.addAll(List.of("--image-opts", reference.kind().named(expected), kind.named(made)));
    Shell.Result compared = Shell.run(compare);
    if (compared.exitCode() != 0) {
      return compared.output();
    }
    if (kind.isCheckable()) {
      Shell.Result checked = Shell.run(qemuImg, "check", "-f", kind.format(), made.toString());
      if (checked.exitCode() != 0) {
        return checked.output();
      }
    }
    return Sample.OK;
  }

  private void append(Sample sample) throws IOException {
    Files.writeString(settings.results(), sample.toJson() + "\n", UTF_8, CREATE, APPEND);
  }
}
