package dev.platter.server.health;

import dev.platter.server.health.Health.Finding;
import dev.platter.server.store.Stores;
import dev.platter.service.store.Store;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks a store whether it is there, by asking for an image that it has not. However many want to
 * know, and however long it takes, one thread asks at a time, and not again within some seconds.
 */
final class StoreProbe {
  /** No image has this identifier. */
  private static final String NOBODY = "00000000-0000-0000-0000-000000000000";

  private static final long GOOD_FOR_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Stores.Entry entry;
  private FutureTask<Finding> question;
  private long asked;

  StoreProbe(Stores.Entry entry) {
    this.entry = entry;
  }

  /** Asks, unless that is under way, or was just done. */
  synchronized void begin() {
    boolean fresh = question != null && System.nanoTime() - asked < GOOD_FOR_NANOS;
    if (fresh || question != null && !question.isDone()) {
      return;
    }
    asked = System.nanoTime();
    question = new FutureTask<>(this::ask);
    Thread.ofVirtual().name("probe-" + entry.store().id()).start(question);
  }

  private synchronized FutureTask<Finding> question() {
    return question;
  }

  /**
   * What the store says, or that it does not answer.
   *
   * @param end until when it may do so, as of {@link System#nanoTime}
   */
  Finding end(long end) {
    try {
      return question().get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return finding("it does not answer", OptionalLong.empty());
    } catch (ExecutionException e) {
      return finding(String.valueOf(e.getCause().getMessage()), OptionalLong.empty());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return finding("nobody waited for its answer", OptionalLong.empty());
    }
  }

  private Finding ask() throws IOException {
    Store store = entry.store();
    if (entry.config().type().equals("http")) {
      return finding("", OptionalLong.empty()); // a web server for each image
    }
    Optional<String> refused = store.writesRefused();
    if (refused.isPresent()) {
      return finding(refused.get(), OptionalLong.empty());
    }
    store.exists(entry.locations().of(NOBODY));
    OptionalLong free = store.freeBytes();
    return finding(free.orElse(1) > 0 ? "" : "it is full", free);
  }

  private Finding finding(String reason, OptionalLong free) {
    return new Finding("store", entry.store().id(), reason, false, free);
  }
}
