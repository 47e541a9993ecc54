package dev.platter.vhdx;

import static dev.platter.vhdx.Guid.INT;
import static dev.platter.vhdx.Guid.LONG;

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

  /** Makes the changes; what they point to is on the medium from here on, too. */
  void commit() throws IOException {
    if (sectors.isEmpty()) {
      return;
    }
    storage.sync();
    UUID logId = headers.newId("vhdx log");
    storage.write(headers.current().logOffset(), entry(logId, storage.size()));
    storage.sync();
    headers.beginLog(logId, dataChanges);
    for (Map.Entry<Long, MemorySegment> sector : sectors.entrySet()) {
      storage.write(sector.getKey(), sector.getValue());
    }
    storage.sync();
    headers.endLog();
    sectors.clear();
  }

  private MemorySegment entry(UUID logId, long fileSize) {
    LogEntry head =
        new LogEntry(
            0,
            LogEntry.descriptorsLength(sectors.size()) + (long) sectors.size() * LogEntry.SECTOR,
            0,
            FIRST_SEQUENCE_NUMBER,
            sectors.size(),
            logId,
            fileSize,
            fileSize);
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) head.length()]);
    head.writeTo(bytes);
    long descriptor = LogEntry.HEADER_LENGTH;
    long data = head.descriptorsLength();
    for (Map.Entry<Long, MemorySegment> sector : sectors.entrySet()) {
      putDescriptor(bytes, descriptor, sector.getKey(), sector.getValue());
      putData(bytes, data, sector.getValue());
      descriptor += LogEntry.DESCRIPTOR_LENGTH;
      data += LogEntry.SECTOR;
    }
    Crc.seal(bytes);
    return bytes;
  }

  private static void putDescriptor(
      MemorySegment entry, long at, long offset, MemorySegment sector) {
    entry.set(INT, at, LogEntry.DATA_DESCRIPTOR);
    entry.set(INT, at + 4, sector.get(INT, LogEntry.SECTOR - Integer.BYTES));
    entry.set(LONG, at + 8, sector.get(LONG, 0));
    entry.set(LONG, at + 16, offset);
    entry.set(LONG, at + 24, FIRST_SEQUENCE_NUMBER);
  }

  /** The sector's first eight and last four bytes, which the descriptor holds, make room. */
  private static void putData(MemorySegment entry, long at, MemorySegment sector) {
    MemorySegment.copy(sector, 0, entry, at, LogEntry.SECTOR);
    entry.set(INT, at, LogEntry.DATA_SECTOR);
    entry.set(INT, at + 4, (int) (FIRST_SEQUENCE_NUMBER >>> 32));
    entry.set(INT, at + LogEntry.SECTOR - Integer.BYTES, (int) FIRST_SEQUENCE_NUMBER);
  }
}
