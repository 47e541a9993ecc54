package dev.platter.qcow2.check;

import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.LenientReader;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Reads L2 tables of standard entries. Those that it is told will come are read on threads of their
 * own, a few at a time, while what they say is counted one table after the other; so a check tells
 * the same in the same order. To be asked by one thread.
 */
final class TablesAhead implements Closeable {
  /** Fewer tables have been read before threads would have begun. */
  private static final int WORTH_THREADS = 64;

  /** How many tables there are at a time that were read and not asked for. */
  private static final int WINDOW = 32;

  private static final int MOST_THREADS = 4;

  private final Storage storage;
  private final Qcow2Header header;
  private final LenientReader reader;
  private final TableRuns[] read = new TableRuns[WINDOW];
  private final List<Thread> threads = new ArrayList<>();
  private long[] coming = new long[0];
  private int claimed;
  private int taken;
  private Throwable failure;
  private boolean closed;

  /**
   * @param reader for tables that nobody was told of
   */
  TablesAhead(Storage storage, Qcow2Header header, LenientReader reader) {
    this.storage = storage;
    this.header = header;
    this.reader = reader;
  }

  /** The active tables will be asked for next, each once, in the order of the disk. */
  void expectActive(ImageHead head) throws IOException {
    int cores = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
    boolean isStandard = !header.extendedL2() && !header.hasDataFile();
    if (!isStandard || header.l1Size() < WORTH_THREADS || cores == 1) {
      return;
    }
    coming = activeTables(head);
    for (int i = 0; i < cores; i++) {
      Thread thread = new Reading();
      thread.start();
      threads.add(thread);
    }
  }

  private long[] activeTables(ImageHead head) throws IOException {
    TableWeights seen = new TableWeights(head);
    LongStream.Builder order = LongStream.builder();
    reader.forEachWord(
        header.l1TableOffset(),
        (long) header.l1Size() * Long.BYTES,
        (_, entry) -> {
          long table = entry & Entries.OFFSET_MASK;
          if (table != 0 && seen.at(table) == 0) {
            seen.add(table, 1);
            order.add(table);
          }
        });
    return order.build().toArray();
  }

  /** What a table says. */
  TableRuns at(long tableOffset) throws IOException {
    return !closed && taken < coming.length && coming[taken] == tableOffset
        ? take()
        : TableRuns.read(reader, header, tableOffset);
  }

  private synchronized TableRuns take() throws IOException {
    int place = taken % WINDOW;
    while (read[place] == null) {
      rethrowFailure();
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the check was interrupted");
      }
    }
    TableRuns runs = read[place];
    read[place] = null;
    taken++;
    notifyAll();
    return runs;
  }

  private void rethrowFailure() throws IOException {
    // No switch: for one over types a class would be made at run time.
    if (failure instanceof IOException e) {
      throw e;
    } else if (failure instanceof RuntimeException e) {
      throw e;
    } else if (failure instanceof Error e) {
      throw e;
    } else if (failure != null) {
      throw new IOException(failure);
    }
  }

  /** The next table to be read; -1: none. */
  private synchronized int claim() throws InterruptedException {
    while (!closed && claimed < coming.length && claimed - taken >= WINDOW) {
      wait();
    }
    return closed || failure != null || claimed == coming.length ? -1 : claimed++;
  }

  private synchronized void put(int index, TableRuns runs) {
    read[index % WINDOW] = runs;
    notifyAll();
  }

  private synchronized void fail(Throwable e) {
    failure = failure == null ? e : failure;
    notifyAll();
  }

  private final class Reading extends Thread {
    Reading() {
      super("platter-tables");
      setDaemon(true);
    }

    @Override
    public void run() {
      try (LenientReader own = new LenientReader(storage)) {
        for (int i = claim(); i >= 0; i = claim()) {
          put(i, TableRuns.read(own, header, coming[i]));
        }
      } catch (Throwable e) {
        fail(e);
      }
    }
  }

  /** Ends what is still being read. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
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
    threads.clear();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
