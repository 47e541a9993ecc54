package dev.platter.vhdx;

import static dev.platter.vhdx.Guid.LONG;

import dev.platter.image.support.Undo;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Changes to the metadata that come true together or not at all: they are written into the log as
 * one entry (2.3.1), a header says that the log counts, they are made in their place, and the
 * header says that it does not count any more.
 */
final class Transaction {
  /** As many sectors fit, with their descriptors, into the smallest log. */
  private static final int MAX_SECTORS = 240;

  private static final long FIRST_SEQUENCE_NUMBER = 1;

  private final WritableStorage storage;
  private final Headers headers;
  private final boolean dataChanges;
  private final TreeMap<Long, MemorySegment> sectors = new TreeMap<>();

  /** What the same sectors held before. */
  private final TreeMap<Long, MemorySegment> before = new TreeMap<>();

  /**
   * @param dataChanges whether a guest, or an image above, can see the difference
   */
  Transaction(WritableStorage storage, Headers headers, boolean dataChanges) {
    this.storage = storage;
    this.headers = headers;
    this.dataChanges = dataChanges;
  }

  /** Puts bytes in place of those that are there. */
  void put(long offset, MemorySegment bytes) throws IOException {
    for (long done = 0; done < bytes.byteSize(); ) {
      long within = (offset + done) % LogEntry.SECTOR;
      long count = Math.min(LogEntry.SECTOR - within, bytes.byteSize() - done);
      MemorySegment.copy(bytes, done, sector(offset + done - within), within, count);
      done += count;
    }
  }

  void putLong(long offset, long value) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Long.BYTES]);
    bytes.set(LONG, 0, value);
    put(offset, bytes);
  }

  private MemorySegment sector(long offset) throws IOException {
    MemorySegment sector = sectors.get(offset);
    if (sector == null) {
      sector = MemorySegment.ofArray(new byte[LogEntry.SECTOR]);
      storage.read(offset, sector);
      sectors.put(offset, sector);
      before.put(offset, MemorySegment.ofArray(new byte[LogEntry.SECTOR]).copyFrom(sector));
    }
    return sector;
  }

  /** Whether it should be committed before more is put into it. */
  boolean isFull() {
    return sectors.size() >= MAX_SECTORS;
  }

  boolean isEmpty() {
    return sectors.isEmpty();
  }

  /**
   * Makes the changes; what they point to is on the medium from here on, too. When this throws, all
   * is as it was, as far as the medium let it.
   */
  void commit() throws IOException {
    if (!sectors.isEmpty()) {
      UUID dataWriteId = headers.current().dataWriteId();
      Undo.ifFails(this::make, () -> takeBack(dataWriteId));
      sectors.clear();
      before.clear();
    }
  }

  /** The sync behind the log's entry also brings to the medium what the changes point to. */
  private void make() throws IOException {
    UUID logId = headers.newId("vhdx log");
    storage.write(
        headers.current().logOffset(),
        LogEntry.of(sectors, 0, FIRST_SEQUENCE_NUMBER, logId, storage.size()));
    storage.sync();
    headers.beginLog(logId, dataChanges);
    write(sectors);
    headers.endLog();
  }

  private void takeBack(UUID dataWriteId) throws IOException {
    write(before);
    headers.reread().endLog(dataWriteId);
  }

  private void write(Map<Long, MemorySegment> contents) throws IOException {
    for (Map.Entry<Long, MemorySegment> sector : contents.entrySet()) {
      storage.write(sector.getKey(), sector.getValue());
    }
    storage.sync();
  }
}
