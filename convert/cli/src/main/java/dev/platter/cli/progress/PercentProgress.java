package dev.platter.cli.progress;

import dev.platter.cli.text.Decimals;
import java.io.PrintStream;

/**
 * Progress as qemu-img shows it and its callers read it: {@code (12.34/100%)}, one step a percent.
 */
final class PercentProgress extends ProgressDisplay {
  private static final int WHOLE = 10_000;
  private static final int STEP = 100;

  private final PrintStream out;
  private int shown = -STEP;

  PercentProgress(PrintStream out) {
    this.out = out;
    show(0);
  }

  @Override
  public synchronized void advanced(long done, long total) {
    if (total > 0) {
      int now = hundredths(done, total);
      if (now < WHOLE && now - shown >= STEP) {
        show(now);
      }
    }
  }

  @Override
  public synchronized void complete() {
    show(WHOLE);
  }

  @Override
  public synchronized void end() {
    out.println();
    out.flush();
  }

  static int hundredths(long done, long total) {
    return (int) ((double) done / total * WHOLE);
  }

  static String text(int hundredths) {
    return "    (" + Decimals.hundredths(hundredths) + "/100%)";
  }

  private void show(int hundredths) {
    out.print(text(hundredths));
    out.write('\r');
    out.flush();
    shown = hundredths;
  }
}
