package dev.platter.image.disk;

import java.io.IOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** One flush for all who ask while another one runs. */
final class SharedFlush {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private final Action action;
  private boolean running;
  private long begun;
  private long done;
  private IOException failure;

  /** What flushes. */
  interface Action {
    void run() throws IOException;
  }

  SharedFlush(Action action) {
    this.action = action;
  }

  /** Returns when a flush that began after the call has succeeded. */
  void flush() throws IOException {
    long mine;
    lock.lock();
    try {
      mine = begun + 1;
      while (running && done < mine) {
        ended.awaitUninterruptibly();
      }
      if (done >= mine) {
        if (failure != null) {
          throw new IOException(failure.getMessage(), failure);
        }
        return;
      }
      running = true;
      begun = mine;
    } finally {
      lock.unlock();
    }
    IOException thrown = new IOException("the flush ended by an error");
    try {
      action.run();
      thrown = null;
    } catch (IOException e) {
      thrown = e;
      throw e;
    } finally {
      end(mine, thrown);
    }
  }

  private void end(long number, IOException thrown) {
    lock.lock();
    try {
      running = false;
      done = number;
      failure = thrown;
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
