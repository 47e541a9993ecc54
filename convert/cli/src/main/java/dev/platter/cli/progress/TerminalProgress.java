package dev.platter.cli.progress;

import dev.platter.image.Sizes;
import java.io.PrintStream;

/** Progress for a person at a terminal: bytes, percent, rate and the time left, on one line. */
final class TerminalProgress extends PacedProgress {
  private final PrintStream out;
  private int width;

  TerminalProgress(PrintStream out) {
    super(5, false);
    this.out = out;
  }

  @Override
  public synchronized void complete() {
    show();
  }

  @Override
  public synchronized void end() {
    out.println();
    out.flush();
  }

  @Override
  void show() {
    long done = done();
    long total = total();
    long rate = rate();
    StringBuilder line = new StringBuilder(Sizes.text(done));
    if (total > done) {
      line.append(" of ").append(Sizes.text(total));
      line.append(" (").append((int) (100.0 * done / total)).append("%)");
    }
    line.append(", ").append(Sizes.text(rate)).append("/s, ");
    if (total > done && rate > 0) {
      line.append(clock((total - done) / rate)).append(" left");
    } else {
      line.append(clock((long) seconds()));
    }
    int length = line.length();
    line.repeat(' ', Math.max(0, width - length));
    width = length;
    out.print(line);
    out.write('\r');
    out.flush();
  }

  private static String clock(long seconds) {
    long rest = seconds % 60;
    String tail = (rest < 10 ? ":0" : ":") + rest;
    return seconds < 3600
        ? seconds / 60 + tail
        : seconds / 3600 + (seconds / 60 % 60 < 10 ? ":0" : ":") + seconds / 60 % 60 + tail;
  }
}
