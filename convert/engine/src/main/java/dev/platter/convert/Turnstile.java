package dev.platter.convert;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Lets numbered holders through one at a time, in the order of their numbers. */
final class Turnstile {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private long next;
  private boolean broken;

  /** Waits until it is {@code number}'s turn; false when the turnstile was broken instead. */
  boolean await(long number) {
    lock.lock();
    try {
      while (next != number && !broken) {
        moved.awaitUninterruptibly();
      }
      return !broken;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the present turn. */
  void pass() {
    lock.lock();
    try {
      next++;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Lets nobody through any more and wakes all who wait. */
  void breakDown() {
    lock.lock();
    try {
      broken = true;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
