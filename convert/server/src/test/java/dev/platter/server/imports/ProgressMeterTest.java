package dev.platter.server.imports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.task.Progress;
import dev.platter.service.ImportListener.Phase;
import org.junit.jupiter.api.Test;

/** How fast an import is said to be, by a clock that the test turns. */
class ProgressMeterTest {
  private long now;
  private final ProgressMeter meter = new ProgressMeter(() -> now);

  private Progress after(long millis, Phase phase, long done, long total) {
    now += millis * 1_000_000;
    return meter.told(phase, done, total);
  }

  @Test
  void anEvenRateIsToldExactlyAndSoIsTheRest() {
    after(0, Phase.FETCHING, 0, 10_000);
    Progress progress = null;
    for (int second = 1; second <= 4; second++) {
      progress = after(1000, Phase.FETCHING, second * 1000L, 10_000);
    }
    assertEquals(new Progress("downloading", 4000, 10_000, 1000), progress);
    assertEquals(6, progress.secondsLeft());
  }

  @Test
  void aChangeOfRateCountsMoreAndMore() {
    after(0, Phase.FETCHING, 0, 0);
    after(10_000, Phase.FETCHING, 10_000, 0);
    long soon = after(1000, Phase.FETCHING, 12_000, 0).rate();
    assertTrue(soon > 1100 && soon < 1300, "after a second: " + soon);
    long done = 12_000;
    long late = 0;
    for (int i = 0; i < 20; i++) {
      done += 2000;
      late = after(1000, Phase.FETCHING, done, 0).rate();
    }
    assertTrue(late > 1970 && late <= 2000, "after twenty: " + late);
  }

  @Test
  void nothingIsSaidOfWhatIsNotKnown() {
    Progress first = after(0, Phase.FETCHING, 5, 0);
    assertEquals(0, first.rate());
    assertEquals(-1, first.secondsLeft());
    assertEquals(-1, after(1000, Phase.FETCHING, 1005, 0).secondsLeft());
  }

  @Test
  void eachPhaseAndEachStoreBeginsAnew() {
    after(0, Phase.FETCHING, 0, 4000);
    assertEquals(4000, after(1000, Phase.FETCHING, 4000, 4000).rate());
    assertEquals(0, after(10, Phase.STORING, 100, 4000).rate());
    assertEquals(100, after(1000, Phase.STORING, 200, 4000).rate());
    assertEquals(0, after(1000, Phase.STORING, 0, 4000).rate(), "another store");
  }

  @Test
  void callsInQuickSuccessionDoNotMakeItJump() {
    after(0, Phase.STORING, 0, 1_000_000);
    Progress progress = null;
    for (int i = 1; i <= 1000; i++) { // a burst each millisecond, 0 or 2000 bytes
      progress = after(1, Phase.STORING, (i / 2) * 2000L, 1_000_000);
    }
    assertTrue(Math.abs(progress.rate() - 1_000_000) < 20_000, "" + progress.rate());
  }
}
