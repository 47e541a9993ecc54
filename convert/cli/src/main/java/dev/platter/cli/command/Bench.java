package dev.platter.cli.command;

import dev.platter.cli.line.Failure;
import dev.platter.cli.text.Reasons;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Carries out the requests of a {@code bench}: as many threads as there are to be requests at a
 * time, each with one under way, so that the depth of the queue is what was asked for.
 */
final class Bench {
  /** The most threads; a deeper queue is refused, as it would not be one. */
  static final int MAX_DEPTH = 2048;

  /** What the buffers of all threads may take, bytes. */
  private static final long MAX_BUFFERS = 2L << 30;

  private static final int PAGE = 4096;
  private static final int STACK_BYTES = 256 << 10;

  private final Requests requests;
  private final BenchDisk disk;
  private long next;
  private int claimed;
  private int underWay;
  private int sinceFlush;
  private boolean flushing;
  private Throwable failure;

  Bench(Requests requests, BenchDisk disk) {
    this.requests = requests;
    this.disk = disk;
    this.next = requests.offset();
  }

  /**
   * Carries them out.
   *
   * @return how long it took, nanoseconds
   * @throws IOException what the first request to fail failed for; no more are made then
   */
  long run() throws IOException, Failure {
    int depth = Math.min(requests.depth(), requests.count());
    if (depth > MAX_DEPTH) {
      throw new Failure("A queue depth of more than " + MAX_DEPTH + " is not possible");
    }
    if ((long) depth * requests.bytes() > MAX_BUFFERS) {
      throw new Failure("Cannot allocate memory for " + depth + " requests of that size at a time");
    }
    List<Thread> threads = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 1; i < depth; i++) {
      threads.add(new Thread(null, this::work, "bench-" + i, STACK_BYTES));
      threads.getLast().setDaemon(true);
      threads.getLast().start();
    }
    work();
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure != null) {
      throw new IOException(Reasons.message(failure), failure);
    }
    return System.nanoTime() - start;
  }

  private void work() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(requests.bytes(), PAGE);
      for (long offset = claim(); offset >= 0; offset = claim()) {
        if (offset > disk.size() - requests.bytes()) {
          throw new IOException("Input/output error");
        }
        disk.request(offset, buffer);
        if (isFlushDue()) {
          disk.flush();
          flushed();
        }
      }
    } catch (Throwable e) {
      fail(e);
    }
  }

  /** Where the next request begins; -1: there are no more. */
  private synchronized long claim() throws InterruptedException {
    while (flushing) {
      wait();
    }
    if (claimed == requests.count() || failure != null) {
      return -1;
    }
    claimed++;
    underWay++;
    if (requests.flushInterval() > 0 && ++sinceFlush == requests.flushInterval()) {
      flushing = !requests.flushesAmid();
    }
    long offset = next;
    next = requests.next(next, disk.size());
    return offset;
  }

  /** Ends a request; whether the thread that made it is to flush now. */
  private synchronized boolean isFlushDue() {
    underWay--;
    boolean due = requests.flushInterval() > 0 && sinceFlush >= requests.flushInterval();
    if (!due || (!requests.flushesAmid() && underWay > 0)) {
      return false;
    }
    sinceFlush -= requests.flushInterval();
    return true;
  }

  private synchronized void flushed() {
    flushing = false;
    notifyAll();
  }

  private synchronized void fail(Throwable e) {
    failure = failure == null ? e : failure;
    flushing = false;
    notifyAll();
  }
}
