package dev.platter.server.turn;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;

/**
 * What waits for its turn. Whoever has the least under way is next, and no project gets all turns:
 * one that asks a thousand times, or for what never ends, does not keep the others waiting. Whoever
 * uses it sees to it that one thread at a time does.
 */
final class FairQueue<T> {
  private final Map<String, Queue<T>> waiting = new LinkedHashMap<>();
  private final Map<String, Integer> running = new HashMap<>();
  private final TurnLimits limits;
  private int begun;

  FairQueue(TurnLimits limits) {
    this.limits = limits;
  }

  /** What begins now; {@link #done} says that it has ended. */
  record Turn<T>(String project, T item) {}

  /** Whether a project may ask for more. */
  boolean takes(String project) {
    Queue<T> own = waiting.get(key(project));
    return mayBegin(key(project)) || (own == null ? 0 : own.size()) < limits.mostWaiting();
  }

  private boolean mayBegin(String project) {
    return begun < limits.count() && running.getOrDefault(project, 0) < limits.perProject();
  }

  void add(String project, T item) {
    waiting.computeIfAbsent(key(project), name -> new ArrayDeque<>()).add(item);
  }

  /** Waits no more; false: it does not wait any more anyway. */
  boolean remove(String project, T item) {
    Queue<T> own = waiting.get(key(project));
    boolean there = own != null && own.remove(item);
    if (there && own.isEmpty()) {
      waiting.remove(key(project));
    }
    return there;
  }

  void clear() {
    waiting.clear();
  }

  /** Begins what is next; empty: nothing waits that may begin. */
  Optional<Turn<T>> next() {
    String best = null;
    for (String project : waiting.keySet()) {
      int own = running.getOrDefault(project, 0);
      if (mayBegin(project) && (best == null || own < running.getOrDefault(best, 0))) {
        best = project;
      }
    }
    if (best == null) {
      return Optional.empty();
    }
    begun++;
    running.merge(best, 1, Integer::sum);
    Queue<T> own = waiting.remove(best);
    T item = own.remove();
    if (!own.isEmpty()) {
      waiting.put(best, own); // behind all others
    }
    return Optional.of(new Turn<>(best, item));
  }

  /** A turn of a project has ended. */
  void done(String project) {
    begun--;
    running.computeIfPresent(key(project), (name, count) -> count == 1 ? null : count - 1);
  }

  private static String key(String project) {
    return project == null ? "" : project;
  }
}
