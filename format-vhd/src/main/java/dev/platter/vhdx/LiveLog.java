package dev.platter.vhdx;

import dev.platter.image.Sizes;
import dev.platter.storage.Barrier;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The metadata of a file in use: what is written to it waits, and is read as if it were there,
 * until {@link #commit} brings it to the medium as entries of the log and then makes it true. An
 * entry is a sequence of its own: the changes of the one before are on the medium when it is
 * written, by the same sync that the guest's bytes need, so that a commit takes two syncs.
 */
final class LiveLog extends ForwardingStorage {
  /** An entry and the one before it never lie in the same place, wherever the log wraps. */
  private static final int ENTRIES_IN_LOG = 3;

  private static final int MOST_SECTORS = 1024;

  private final WritableStorage storage;
  private final Headers headers;
  private final RegionTable.Region bat;
  private final Barrier barrier;
  private final UUID logId;
  private final int mostSectors;
  private final ConcurrentSkipListMap<Long, MemorySegment> waiting = new ConcurrentSkipListMap<>();

  /** What the last entry says and may not be true yet. */
  private Map<Long, MemorySegment> entered = Map.of();

  private long position;
  private long sequenceNumber = 1;
  private boolean counts;

  LiveLog(WritableStorage storage, Headers headers, RegionTable.Region bat) {
    super(storage);
    this.storage = storage;
    this.headers = headers;
    this.bat = bat;
    this.barrier = headers.barrier();
    this.logId = headers.newId("vhdx log");
    long share = headers.current().logLength() / ENTRIES_IN_LOG;
    int sectors = MOST_SECTORS;
    while (LogEntry.length(sectors) > share) {
      sectors--;
    }
    this.mostSectors = sectors;
  }

  Headers headers() {
    return headers;
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    for (long done = 0; done < source.byteSize(); ) {
      long within = (offset + done) % LogEntry.SECTOR;
      long count = Math.min(LogEntry.SECTOR - within, source.byteSize() - done);
      MemorySegment sector = MemorySegment.ofArray(new byte[LogEntry.SECTOR]);
      read(offset + done - within, sector);
      MemorySegment.copy(source, done, sector, within, count);
      waiting.put(offset + done - within, sector);
      done += count;
    }
    return source.byteSize();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    if (waiting.isEmpty()) {
      return super.readSome(offset, target);
    }
    // Looked up first: what is made true meanwhile is read below.
    long from = Sizes.roundDown(offset, LogEntry.SECTOR);
    Map<Long, MemorySegment> over = new TreeMap<>(waiting.subMap(from, offset + target.byteSize()));
    long count = super.readSome(offset, target);
    for (Map.Entry<Long, MemorySegment> sector : over.entrySet()) {
      long first = Math.max(offset, sector.getKey());
      long last = Math.min(offset + count, sector.getKey() + LogEntry.SECTOR);
      if (first < last) {
        MemorySegment.copy(
            sector.getValue(), first - sector.getKey(), target, first - offset, last - first);
      }
    }
    return count;
  }

  /** Brings everything to the medium that was written before, the guest's bytes among it. */
  void commit() throws IOException {
    if (waiting.isEmpty()) {
      barrier.pass();
    }
    while (!waiting.isEmpty()) {
      makeTrue();
      TreeMap<Long, MemorySegment> part = nextPart();
      long stableSize = storage.size();
      barrier.pass();
      long length = LogEntry.length(part.size());
      long logLength = headers.current().logLength();
      long at = position + length > logLength ? 0 : position;
      MemorySegment entry = LogEntry.of(part, at, sequenceNumber++, logId, stableSize);
      storage.write(headers.current().logOffset() + at, entry);
      barrier.pass();
      if (!counts) {
        headers.putLog(logId);
        counts = true;
      }
      position = at + length;
      entered = part;
      makeTrue();
      waiting.entrySet().removeAll(part.entrySet());
    }
  }

  private void makeTrue() throws IOException {
    for (Map.Entry<Long, MemorySegment> sector : entered.entrySet()) {
      storage.write(sector.getKey(), sector.getValue());
    }
    entered = Map.of();
  }

  /** Bitmaps before the entries that make them count, and of these a chunk's last one first. */
  private TreeMap<Long, MemorySegment> nextPart() {
    TreeMap<Long, MemorySegment> part = new TreeMap<>();
    if (waiting.size() <= mostSectors) {
      part.putAll(waiting);
      return part;
    }
    List<Long> order =
        waiting.keySet().stream()
            .sorted(
                Comparator.comparing((Long offset) -> bat.meets(offset, offset + 1))
                    .thenComparing(Comparator.reverseOrder()))
            .limit(mostSectors)
            .toList();
    for (Long offset : order) {
      part.put(offset, waiting.get(offset));
    }
    return part;
  }

  /** Everything is true: no log counts any more. */
  void end() throws IOException {
    commit();
    makeTrue();
    barrier.pass();
    if (counts) {
      headers.endLog();
      counts = false;
    }
  }
}
