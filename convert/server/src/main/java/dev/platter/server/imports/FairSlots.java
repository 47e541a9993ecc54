package dev.platter.server.imports;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Threads for work that projects ask for. Whoever has the least of it under way is next, and no
 * project gets all threads: one that asks for a thousand imports, or for some that never end, does
 * not keep the others waiting.
 */
public final class FairSlots {
  private final Map<String, Queue<Runnable>> waiting = new LinkedHashMap<>();
  private final Map<String, Integer> running = new HashMap<>();
  private final Thread[] threads;
  private final int perProject;
  private final int mostWaiting;
  private boolean closed;

  /**
   * @param count how many run at once
   * @param perProject how many of one project run at once
   * @param mostWaiting how many of one project wait
   */
  public FairSlots(int count, int perProject, int mostWaiting) {
    this.perProject = perProject;
    this.mostWaiting = mostWaiting;
    threads = new Thread[count];
    for (int i = 0; i < count; i++) {
      threads[i] = Thread.ofPlatform().daemon().name("import-" + (i + 1)).start(this::work);
    }
  }

  /** Whether a project may ask for more. */
  synchronized boolean takes(String project) {
    Queue<Runnable> own = waiting.get(key(project));
    return own == null || own.size() < mostWaiting;
  }

  /**
   * Lets work wait for its turn.
   *
   * @return false when there will be no turn any more
   */
  synchronized boolean execute(String project, Runnable work) {
    if (closed) {
      return false;
    }
    waiting.computeIfAbsent(key(project), name -> new ArrayDeque<>()).add(work);
    notifyAll();
    return true;
  }

  private static String key(String project) {
    return project == null ? "" : project;
  }

  private record Turn(String project, Runnable work) {}

  private void work() {
    for (Turn turn = next(); turn != null; turn = next()) {
      try {
        turn.work().run();
      } catch (RuntimeException e) {
        System.getLogger(FairSlots.class.getName())
            .log(System.Logger.Level.ERROR, "an import ended in an unexpected way", e);
      } finally {
        done(turn.project());
      }
    }
  }

  /** What is to be done next; null when all is over. */
  private synchronized Turn next() {
    while (!closed) {
      String best = null;
      for (Map.Entry<String, Queue<Runnable>> entry : waiting.entrySet()) {
        int own = running.getOrDefault(entry.getKey(), 0);
        if (own < perProject && (best == null || own < running.getOrDefault(best, 0))) {
          best = entry.getKey();
        }
      }
      if (best != null) {
        running.merge(best, 1, Integer::sum);
        return new Turn(best, take(best));
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

  private Runnable take(String project) {
    Queue<Runnable> own = waiting.remove(project);
    Runnable work = own.remove();
    if (!own.isEmpty()) {
      waiting.put(project, own); // behind all others
    }
    return work;
  }

  private synchronized void done(String project) {
    running.computeIfPresent(project, (name, count) -> count == 1 ? null : count - 1);
    notifyAll();
  }

  /** Begins nothing any more, and waits for what is under way. */
  void close(long seconds) throws InterruptedException {
    synchronized (this) {
      closed = true;
      waiting.clear();
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
