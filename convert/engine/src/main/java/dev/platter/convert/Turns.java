package dev.platter.convert;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Brings what several threads have made back into the order in which they took it on. Callers see
 * to it that one thread at a time is in it.
 */
final class Turns<T> {
  private final ArrayDeque<Long> claimed = new ArrayDeque<>();
  private final Map<Long, T> early = new HashMap<>();

  /** What is made of one offset. */
  record Due<T>(long offset, T made) {}

  /** Somebody takes on what is at an offset. */
  void claim(long offset) {
    claimed.add(offset);
  }

  /** What was taken on is made. */
  void deliver(long offset, T made) {
    early.put(offset, made);
  }

  /** What comes next in order, if it is made; it is taken out. */
  Optional<Due<T>> take() {
    if (claimed.isEmpty() || !early.containsKey(claimed.getFirst())) {
      return Optional.empty();
    }
    long first = claimed.removeFirst();
    return Optional.of(new Due<>(first, early.remove(first)));
  }
}
