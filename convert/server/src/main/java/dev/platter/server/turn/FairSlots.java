package dev.platter.server.turn;

import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Threads for work that projects ask for. What waits for one is no thread yet. */
public final class FairSlots {
  private final FairQueue<Runnable> queue;
  private final Thread[] threads;
  private boolean closed;

  public FairSlots(TurnLimits limits) {
    queue = new FairQueue<>(limits);
    threads = new Thread[limits.count()];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = Thread.ofPlatform().daemon().name("import-" + (i + 1)).start(this::work);
    }
  }

  /** Whether a project may ask for more. */
  public synchronized boolean takes(String project) {
    return queue.takes(project);
  }

  /**
   * Lets work wait for its turn.
   *
   * @return false when there will be no turn any more
   */
  public synchronized boolean execute(String project, Runnable work) {
    if (closed) {
      return false;
    }
    queue.add(project, work);
    notifyAll();
    return true;
  }

  private void work() {
    for (FairQueue.Turn<Runnable> turn = next(); turn != null; turn = next()) {
      try {
        turn.item().run();
      } catch (RuntimeException e) {
        System.getLogger(FairSlots.class.getName())
            .log(System.Logger.Level.ERROR, "an import ended in an unexpected way", e);
      } finally {
        done(turn.project());
      }
    }
  }

  /** What is to be done next; null when all is over. */
  private synchronized FairQueue.Turn<Runnable> next() {
    while (!closed) {
      Optional<FairQueue.Turn<Runnable>> turn = queue.next();
      if (turn.isPresent()) {
        return turn.get();
      }
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return null;
      }
    }
    return null;
  }

  private synchronized void done(String project) {
    queue.done(project);
    notifyAll();
  }

  /** Begins nothing any more, and waits for what is under way. */
  public void close(long seconds) throws InterruptedException {
    synchronized (this) {
      closed = true;
      queue.clear();
      notifyAll();
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (Thread thread : threads) {
      thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
    }
    for (Thread thread : threads) {
      thread.interrupt();
    }
  }
}
