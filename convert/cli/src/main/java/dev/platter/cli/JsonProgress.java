package dev.platter.cli;

import java.io.PrintStream;

/**
 * Progress for programs: one JSON object a line, at most ten a second, with the guest bytes done
 * and in all and the bytes a second so far; the last one says whether the work is complete.
 */
final class JsonProgress extends ProgressDisplay {
  private static final long STEP_NANOS = 100_000_000L;
  private static final double NANOS = 1e9;

  private final PrintStream out;
  private final long start = System.nanoTime();
  private long shownAt = start - STEP_NANOS;
  private long done;
  private long total;
  private boolean complete;

  JsonProgress(PrintStream out) {
    this.out = out;
  }

  @Override
  public synchronized void advanced(long nowDone, long ofTotal) {
    done = nowDone;
    total = ofTotal;
    long now = System.nanoTime();
    if (now - shownAt >= STEP_NANOS) {
      shownAt = now;
      show("");
    }
  }

  @Override
  synchronized void complete() {
    complete = true;
  }

  @Override
  synchronized void end() {
    show(", \"complete\": " + complete);
  }

  private void show(String more) {
    long rate = (long) (done / Math.max(1e-9, (System.nanoTime() - start) / NANOS));
    out.println(
        "{\"done\": "
            + done
            + ", \"total\": "
            + total
            + ", \"bytes-per-second\": "
            + rate
            + more
            + "}");
    out.flush();
  }
}
