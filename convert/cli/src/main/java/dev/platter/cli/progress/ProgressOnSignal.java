package dev.platter.cli.progress;

import java.io.PrintStream;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Says nothing until SIGUSR1 asks how far it is; then a line on standard error, as qemu-img does.
 */
final class ProgressOnSignal extends ProgressDisplay implements SignalHandler {
  private static final Signal ASKED = new Signal("USR1");

  private final PrintStream err;
  private final SignalHandler before;
  private volatile long done;
  private volatile long total;

  ProgressOnSignal(PrintStream err) {
    this.err = err;
    this.before = Signal.handle(ASKED, this);
  }

  @Override
  public void advanced(long nowDone, long ofTotal) {
    total = ofTotal;
    done = nowDone;
  }

  @Override
  public void handle(Signal signal) {
    int hundredths = total == 0 ? 0 : PercentProgress.hundredths(done, total);
    err.println(PercentProgress.text(hundredths));
    err.flush();
  }

  @Override
  public void complete() {
    done = total;
  }

  @Override
  public void end() {
    Signal.handle(ASKED, before);
  }
}
