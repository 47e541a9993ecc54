package dev.platter.server.imports;

import dev.platter.convert.Cancellation;
import dev.platter.service.ImportException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Cancels an import that takes too long, whatever it is doing. */
final class Deadline implements AutoCloseable {
  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("deadlines").factory());

  private final Duration longest;
  private final ScheduledFuture<?> alarm;
  private volatile boolean passed;

  Deadline(Duration longest, Cancellation cancellation) {
    this.longest = longest;
    alarm =
        CLOCK.schedule(
            () -> {
              passed = true;
              cancellation.cancel();
            },
            longest.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** The failure, by its cause. */
  ImportException explain(ImportException failure) {
    return passed
        ? new ImportException(
            ImportException.Reason.CANCELLED,
            "the import took longer than " + longest.toSeconds() + " seconds",
            failure)
        : failure;
  }

  @Override
  public void close() {
    alarm.cancel(false);
  }
}
