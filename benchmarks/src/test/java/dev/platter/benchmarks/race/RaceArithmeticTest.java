package dev.platter.benchmarks.race;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.benchmarks.race.Verdict.Subject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaceArithmeticTest {
  private static final String ROW = "matrix/raw/qcow2-zlib";
  private static final Goal GOAL = Goal.ofConversion(ImageKind.RAW, ImageKind.QCOW2_ZLIB, false);

  @Test
  void aSampleSurvivesItsLineOfJson() {
    Sample sample =
        new Sample("2026-01-01T00:00:00Z", ROW, 3, "qemu-img -W -m 16", 1.5, 2.25, 4096, 77, "ok");
    assertEquals(sample, Sample.parse(sample.toJson()));
  }

  @Test
  void aStateWithQuotesAndNewLinesStaysOneLine() {
    Sample sample = sample("s", "platter", 1, 1, 1, 100, 1, "exit code 1: \"no\"\nsuch {file}");
    assertEquals(1, sample.toJson().lines().count());
    assertEquals("exit code 1: 'no' such {file}", Sample.parse(sample.toJson()).state());
  }

  @Test
  void aLineThatIsNoSampleIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Sample.parse("{\"row\":\"x\"}"));
  }

  @Test
  void eachRoundBeginsWithAnotherContender() {
    List<String> names = List.of("a", "b", "c");
    assertEquals(names, Race.inTurn(names, 1));
    assertEquals(List.of("b", "c", "a"), Race.inTurn(names, 2));
    assertEquals(List.of("c", "a", "b"), Race.inTurn(names, 3));
    assertEquals(names, Race.inTurn(names, 4));
    assertEquals(List.of(), Race.inTurn(List.of(), 2));
  }

  @Test
  void ratiosAreOfRunsOfTheSameRound() {
    RowResult result =
        new RowResult(
            ROW,
            List.of(
                sample("s", "platter", 1, 1.0, 1, 100, 1, "ok"),
                sample("s", "qemu-img", 1, 10.0, 1, 100, 1, "ok"),
                sample("s", "platter", 2, 2.0, 1, 100, 1, "ok"),
                sample("s", "qemu-img", 2, 12.0, 1, 100, 1, "ok"),
                sample("s", "platter", 3, 1.0, 1, 100, 1, "ok"),
                sample("s", "qemu-img", 3, 9.0, 1, 100, 1, "ok")));
    RowResult.Spread ratio = result.speedupOver("qemu-img").orElseThrow();
    assertEquals(new RowResult.Spread(9, 6, 10, false), ratio);
    assertEquals(1.0, result.wall("platter").orElseThrow().median());
    assertEquals(3, result.rounds());
  }

  @Test
  void aRunEndedByItsTimeoutGivesALowerBound() {
    RowResult result =
        new RowResult(
            ROW,
            List.of(
                sample("s", "platter", 1, 0.1, 1, 100, 1, "ok"),
                sample("s", "qemu-img", 1, 30, 0, 0, 0, Sample.TIMEOUT)));
    assertTrue(result.speedupOver("qemu-img").orElseThrow().atLeast());
    assertEquals(300, result.speedupOver("qemu-img").orElseThrow().median(), 1e-9);
  }

  @Test
  void aRowThatReachesEverythingPasses() {
    Verdict verdict = Verdict.of(GOAL, result(1, 9, 5, 4.9, 195_000, 1000));
    assertTrue(verdict.reached(), verdict.toString());
  }

  @Test
  void eachMissIsFoundByItself() {
    assertMissed(Subject.SPEED, result(1, 8.9, 5, 5, 195_000, 1000));
    assertMissed(Subject.SPEED, result(1, 9, 4.9, 5, 195_000, 1000));
    assertMissed(Subject.SIZE, result(1, 9, 5, 5, 195_000, 1001));
    assertMissed(Subject.CPU, result(1, 9, 5, 5.16, 195_000, 1000));
    assertMissed(Subject.MEMORY, result(1, 9, 5, 5, 196_000, 1000));
  }

  @Test
  void wrongContentIsAMiss() {
    List<Sample> samples = new ArrayList<>(result(1, 9, 5, 5, 1000, 1000).samples());
    samples.add(sample("s", Race.CHECK, 0, 0, 0, 0, 0, "Content mismatch at offset 0!"));
    Verdict verdict = Verdict.of(GOAL, new RowResult(ROW, samples));
    assertFalse(verdict.reached(Subject.CONTENT));
  }

  @Test
  void theLatestSessionOfARowCounts() {
    Results results =
        Results.of(
            List.of(
                sample("1", "platter", 1, 9, 1, 100, 1, "ok"),
                sample("1", "platter", 2, 9, 1, 100, 1, "ok"),
                sample("2", "platter", 1, 3, 1, 100, 1, "ok")));
    assertEquals(1, results.of(ROW).orElseThrow().samples().size());
    assertEquals(3, results.of(ROW).orElseThrow().wall("platter").orElseThrow().median());
  }

  @Test
  void aSessionInWhichNothingRanHidesNoResults() {
    Results results =
        Results.of(
            List.of(
                sample("1", "platter", 1, 9, 1, 100, 1, "ok"),
                sample("2", Race.OTHERS, 0, 0.5, 0, 0, 0, "ok")));
    assertEquals(9, results.of(ROW).orElseThrow().wall("platter").orElseThrow().median());
  }

  @Test
  void theLongestNoteCounts(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("notes.txt");
    Files.writeString(file, "# words: none\nmatrix/: one\nmatrix/raw/: two\n");
    Notes notes = Notes.read(file);
    assertEquals("two", notes.of("matrix/raw/vdi").orElseThrow());
    assertEquals("one", notes.of("matrix/vdi/raw").orElseThrow());
    assertTrue(notes.of("# words").isEmpty());
  }

  private static void assertMissed(Subject subject, RowResult result) {
    Verdict verdict = Verdict.of(GOAL, result);
    assertEquals(
        List.of(subject), verdict.missed().stream().map(Verdict.Finding::subject).toList());
  }

  /** Ours, then qemu-img at 5 s of processor time and a file of 1000 bytes, then its best. */
  private static RowResult result(
      double ours, double theirs, double best, double cpu, long rss, long bytes) {
    return new RowResult(
        ROW,
        List.of(
            sample("s", Contender.PLATTER, 1, ours, cpu, rss, bytes, "ok"),
            sample("s", Contender.QEMU, 1, theirs, 5, 9000, 1000, "ok"),
            sample("s", Contender.QEMU_BEST, 1, best, 5, 9000, 1000, "ok")));
  }

  private static Sample sample(
      String session,
      String tool,
      int round,
      double wall,
      double cpu,
      long rss,
      long bytes,
      String state) {
    return new Sample(session, ROW, round, tool, wall, cpu, rss, bytes, state);
  }
}
