package dev.platter.vhd.blocks;

import dev.platter.image.spi.LiveImage;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A disk in use whose blocks are found through a table, with bitmaps that tell of their sectors. A
 * place that was given up is free once nothing on the medium points to it: after the next flush.
 * What belongs together in the tables is changed under this object's lock.
 */
public abstract class LiveBlocks implements LiveImage {
  /** As much of changed tables as is kept before it is written though nobody asked. */
  private static final long MOST_CHANGED = 8 << 20;

  private final WritableStorage storage;
  private final Tables tables;
  private final FreeSpace space;
  private final long stride;
  private final Object flushing = new Object();

  /** Places that the table in memory points to no more, and that on the medium may. */
  private List<Long> givenUp = new ArrayList<>();

  /**
   * The tables of a disk.
   *
   * @param entries where the blocks lie
   * @param bits which of their sectors are there
   */
  public record Tables(WritableTable entries, SectorBits bits) {}

  /**
   * @param stride the bytes that a block takes in the file
   */
  protected LiveBlocks(WritableStorage storage, Tables tables, FreeSpace space, long stride) {
    this.storage = storage;
    this.tables = tables;
    this.space = space;
    this.stride = stride;
  }

  /**
   * Brings changes of the tables to the medium, and before them all that was written to the file,
   * in the format's own order.
   */
  protected abstract void write(WritableTable.Changes bits, WritableTable.Changes entries)
      throws IOException;

  /** Where free space is taken; under this object's lock. */
  protected final FreeSpace space() {
    return space;
  }

  /** Keeps what waits to be written within bounds; before something is allocated. */
  protected final void flushWhereMuchHasChanged() throws IOException {
    if (tables.entries().changedBytes() + tables.bits().words().changedBytes() > MOST_CHANGED) {
      flush();
    }
  }

  /** The table points to these places no more; under this object's lock. */
  protected final void giveUp(List<Long> places) {
    givenUp.addAll(places);
  }

  /** A place was taken, and nothing points to it; under this object's lock. */
  protected final void giveBack(long place) {
    space.free(place, place + stride);
  }

  @Override
  public final void flush() throws IOException {
    synchronized (flushing) {
      List<Long> freed;
      WritableTable.Changes entries;
      WritableTable.Changes bits;
      synchronized (this) {
        bits = tables.bits().words().take();
        try {
          entries = tables.entries().take();
        } catch (Throwable e) {
          bits.close();
          throw e;
        }
        freed = givenUp;
        givenUp = new ArrayList<>();
      }
      boolean done = false;
      try (entries;
          bits) {
        write(bits, entries);
        done = true;
      } finally {
        settle(freed, done);
      }
    }
  }

  /** Nothing on the medium points to the places any more, if it is done. */
  private void settle(List<Long> freed, boolean done) {
    if (done) {
      for (long place : freed) {
        punch(place);
      }
    }
    synchronized (this) {
      if (done) {
        freed.forEach(this::giveBack);
      } else {
        givenUp.addAll(freed);
      }
    }
  }

  /** Gives space back; where that fails nothing is the matter. */
  private void punch(long place) {
    try {
      storage.zero(place, stride);
    } catch (IOException e) {
      return;
    }
  }
}
