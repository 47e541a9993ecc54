package dev.platter.server.imports;

import dev.platter.server.task.Progress;
import dev.platter.service.ImportListener.Phase;
import java.util.function.LongSupplier;

/**
 * Makes of what an import tells how far and how fast it is. The rate is that of the last seconds,
 * older ones counting less and less, so that it neither jumps nor lags. Used by one thread at a
 * time.
 */
final class ProgressMeter {
  private static final long SAMPLE_NANOS = 250_000_000;

  /** After so long, what was before counts for about a third. */
  private static final double MEMORY_NANOS = 5e9;

  private final LongSupplier clock;
  private Phase phase;
  private long last;
  private long sampled;
  private long sampledAt;
  private double rate;

  /**
   * @param clock nanoseconds, as of {@link System#nanoTime}
   */
  ProgressMeter(LongSupplier clock) {
    this.clock = clock;
  }

  /**
   * So many bytes of a phase are done.
   *
   * @param total bytes in all; 0: unknown
   */
  Progress told(Phase present, long done, long total) {
    long now = clock.getAsLong();
    if (present != phase || done < last) { // another phase, or another store
      phase = present;
      sampled = done;
      sampledAt = now;
      rate = 0;
    }
    last = done;
    long nanos = now - sampledAt;
    if (nanos >= SAMPLE_NANOS) {
      double sample = (done - sampled) * 1e9 / nanos;
      rate = rate == 0 ? sample : sample + (rate - sample) * Math.exp(-nanos / MEMORY_NANOS);
      sampled = done;
      sampledAt = now;
    }
    return new Progress(word(present), done, Math.max(0, total), Math.round(rate));
  }

  private static String word(Phase phase) {
    return switch (phase) {
      case WAITING -> "waiting";
      case FETCHING -> "downloading";
      case INSPECTING -> "inspecting";
      case PLUGINS -> "processing";
      case STORING -> "storing";
      case CLEANING -> "cleaning";
    };
  }
}
