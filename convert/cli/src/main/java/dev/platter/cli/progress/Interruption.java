package dev.platter.cli.progress;

import dev.platter.convert.Cancellation;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Makes Ctrl-C and kill end a conversion in order: the work is cancelled, its files are given up,
 * and only then does the process end, with the exit code that the signal stands for.
 */
public final class Interruption implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 10;

  private final Cancellation cancellation = new Cancellation();
  private final CountDownLatch cleanedUp = new CountDownLatch(1);
  private final Thread hook = new Thread(this::end, "platter-interruption");

  private volatile Closeable endedBy;
  private volatile int exitCode = -1;

  private Interruption() {}

  /** Listens from now on until it is closed. */
  public static Interruption listen() {
    Interruption interruption = new Interruption();
    try {
      Runtime.getRuntime().addShutdownHook(interruption.hook);
    } catch (IllegalStateException e) {
      interruption.cancellation.cancel();
    }
    return interruption;
  }

  /** What the work must look at. */
  public Cancellation cancellation() {
    return cancellation;
  }

  /** What an interruption closes, as nothing else would end the work. */
  public void closes(Closeable work) {
    endedBy = work;
    if (cancellation.isCancelled()) {
      closeWork();
    }
  }

  /** The exit code of a process whose work was ended in order by a signal, as is usual for it. */
  public void endWith(int code) {
    exitCode = code;
  }

  private void closeWork() {
    Closeable work = endedBy;
    if (work != null) {
      try {
        work.close();
      } catch (IOException e) {
        // Whoever does the work meets it, too.
      }
    }
  }

  private void end() {
    cancellation.cancel();
    closeWork();
    try {
      boolean inTime = cleanedUp.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (!inTime) {
        // A call to a dead disk or server does not come back: the process ends all the same, and
        // what it was writing never had a name.
        return;
      }
      if (exitCode >= 0) {
        Runtime.getRuntime().halt(exitCode);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** To be called when everything that must not be left behind is gone. */
  @Override
  public void close() {
    cleanedUp.countDown();
    if (!cancellation.isCancelled()) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The process is ending already; the hook has just been let go.
        return;
      }
    }
  }
}
