package dev.platter.convert;

import dev.platter.image.spi.Chunk;
import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Brings finished chunks into the order of their segments. A worker that is ahead of its turn lays
 * its chunk down here and goes on with another maker; whoever finishes the chunk that all wait for
 * also deals with those that lie behind it.
 *
 * <p>Makers are lent from here, as a chunk lies in its maker's buffers: how many there are bounds
 * how far workers run ahead. Who wants one while all are lent waits; the worker that has the
 * earliest segment never does, so that the others wait for it alone.
 */
final class Sequencer implements Closeable {
  /** A chunk, and the maker to give back when it is dealt with. */
  record Finished(Segment segment, Chunk chunk, ChunkMaker maker) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Supplier<ChunkMaker> newMaker;
  private final int maxMakers;
  private final List<ChunkMaker> makers = new ArrayList<>();
  private final Deque<ChunkMaker> free = new ArrayDeque<>();
  private final Map<Long, Finished> waiting = new HashMap<>();
  private long next;
  private boolean taken;
  private boolean broken;

  Sequencer(Supplier<ChunkMaker> newMaker, int maxMakers) {
    this.newMaker = newMaker;
    this.maxMakers = maxMakers;
  }

  /** Lends a maker, the one given back last if there is one; null when all is broken off. */
  ChunkMaker lend() {
    lock.lock();
    try {
      while (free.isEmpty() && makers.size() == maxMakers && !broken) {
        changed.awaitUninterruptibly();
      }
      if (broken) {
        return null;
      }
      if (free.isEmpty()) {
        ChunkMaker maker = newMaker.get();
        makers.add(maker);
        return maker;
      }
      return free.pop();
    } finally {
      lock.unlock();
    }
  }

  /** Takes a maker back; nobody reads its chunk any more. */
  void giveBack(ChunkMaker maker) {
    lock.lock();
    try {
      free.push(maker);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Lays a chunk down until it is its turn. */
  void layDown(Finished finished) {
    lock.lock();
    try {
      waiting.put(finished.segment.index(), finished);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The chunk whose turn it is; null when it is not finished, somebody has it, or all is broken
   * off. Who gets one {@linkplain #passed says} when the turn is over, and asks again: there may be
   * nobody else who would.
   */
  Finished take() {
    lock.lock();
    try {
      Finished finished = taken || broken ? null : waiting.remove(next);
      taken |= finished != null;
      return finished;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the turn of the chunk taken. */
  void passed() {
    lock.lock();
    try {
      next++;
      taken = false;
    } finally {
      lock.unlock();
    }
  }

  /** Gives out no maker and no chunk any more, and wakes all who wait. */
  void breakOff() {
    lock.lock();
    try {
      broken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Closes all makers; no worker is left then. */
  @Override
  public void close() {
    makers.forEach(ChunkMaker::close);
  }
}
