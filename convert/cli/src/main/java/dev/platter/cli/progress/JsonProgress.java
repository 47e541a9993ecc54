package dev.platter.cli.progress;

import java.io.PrintStream;

/**
 * Progress for programs: one JSON object a line, at most ten a second, with the guest bytes done
 * and in all and the bytes a second so far; the last one says whether the work is complete.
 */
final class JsonProgress extends PacedProgress {
  private final PrintStream out;
  private boolean complete;

  JsonProgress(PrintStream out) {
    super(10, true);
    this.out = out;
  }

  @Override
  public synchronized void complete() {
    complete = true;
  }

  @Override
  public synchronized void end() {
    show(", \"complete\": " + complete);
  }

  @Override
  void show() {
    show("");
  }

  private void show(String more) {
    out.println(
        "{\"done\": "
            + done()
            + ", \"total\": "
            + total()
            + ", \"bytes-per-second\": "
            + rate()
            + more
            + "}");
    out.flush();
  }
}
