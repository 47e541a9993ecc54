package dev.platter.convert;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Work along a disk that several threads share: each claims the next span, deals with it, and tells
 * how far all are. The first failure ends it.
 */
abstract class SharedWork {
  private final long size;
  private final Progress progress;
  private final Cancellation cancellation;
  private long done;
  private Throwable failure;

  /** A stretch of the disk that one thread deals with. */
  record Span(long offset, long length) {
    long end() {
      return offset + length;
    }
  }

  /** What one thread has for itself. */
  interface Worker extends Closeable {
    void run(Span span) throws IOException;

    @Override
    void close();
  }

  SharedWork(long size, Progress progress, Cancellation cancellation) {
    this.size = size;
    this.progress = progress;
    this.cancellation = cancellation;
  }

  /**
   * The next span, in order; what lies between two spans needs no work. One thread at a time calls
   * it.
   *
   * @return null when there is no more
   */
  abstract Span next() throws IOException;

  abstract Worker newWorker();

  /**
   * Does all of it, on the calling thread and others.
   *
   * @throws Cancellation.CancelledException if it was cancelled
   */
  final void run(int workers) throws IOException {
    List<Thread> helpers = new ArrayList<>();
    for (int i = 1; i < workers; i++) {
      helpers.add(Thread.ofPlatform().name("platter-worker-" + i).daemon().start(this::work));
    }
    work();
    for (Thread helper : helpers) {
      Workers.join(helper);
    }
    cancellation.check();
    if (failure != null) {
      throw Workers.rethrow(failure);
    }
  }

  private void work() {
    try (Worker worker = newWorker()) {
      for (Span span = claim(); span != null; span = claim()) {
        worker.run(span);
      }
    } catch (Throwable e) {
      fail(e);
    }
  }

  private synchronized Span claim() throws IOException {
    if (failure != null || cancellation.isCancelled()) {
      return null;
    }
    Span span = next();
    long reached = span == null ? size : span.offset();
    if (reached > done) {
      done = reached;
      progress.advanced(done, size);
    }
    return span;
  }

  private synchronized void fail(Throwable e) {
    if (failure == null) {
      failure = e;
    } else {
      failure.addSuppressed(e);
    }
  }
}
