package dev.platter.cli.files;

import dev.platter.convert.Cancellation;
import java.io.IOException;

/** The user, or the system, ended the program. */
final class Stopped extends IOException {
  private static final long serialVersionUID = 1L;

  private Stopped() {
    super("stopped");
  }

  static void check(Cancellation cancellation) throws Stopped {
    if (cancellation.isCancelled()) {
      throw new Stopped();
    }
  }
}
