package dev.platter.vhdx;

import static dev.platter.vhdx.Guid.INT;
import static dev.platter.vhdx.Guid.LONG;

import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file with what its log would write lying over it. Remembers where in the log each update
 * stands, not the bytes. The storage below stays its owner's. Complete before it is read.
 */
final class ReplayedStorage extends Storage {
  private static final long ZEROS = -1;
  private static final int LEADING = 8;
  private static final int TRAILING = 4;

  private final Storage below;
  private final long size;
  private final TreeMap<Long, Patch> patches = new TreeMap<>();

  ReplayedStorage(Storage below, long size) {
    super(below.name());
    this.below = below;
    this.size = size;
  }

  /**
   * A range that the log writes.
   *
   * @param source where the data sector stands, or {@link #ZEROS}
   */
  private record Patch(long offset, long end, long source, long leading, int trailing) {
    Patch cut(long from, long to) {
      return new Patch(from, to, source, leading, trailing);
    }
  }

  /**
   * Writes one sector of data.
   *
   * @param source where its data sector stands
   * @param leading the first eight bytes, whose place the data sector uses for itself
   * @param trailing the last four bytes, likewise
   */
  void putData(long offset, long source, long leading, int trailing) {
    put(new Patch(offset, offset + LogEntry.SECTOR, source, leading, trailing));
  }

  /** Writes zeros. */
  void putZeros(long offset, long length) {
    put(new Patch(offset, offset + length, ZEROS, 0, 0));
  }

  /** Later writes win; all ranges are whole sectors, so only zeros are ever cut. */
  private void put(Patch patch) {
    Map.Entry<Long, Patch> before = patches.lowerEntry(patch.offset());
    if (before != null && before.getValue().end() > patch.offset()) {
      Patch old = before.getValue();
      patches.put(old.offset(), old.cut(old.offset(), patch.offset()));
      if (old.end() > patch.end()) {
        patches.put(patch.end(), old.cut(patch.end(), old.end()));
      }
    }
    Map.Entry<Long, Patch> last = patches.lowerEntry(patch.end());
    if (last != null && last.getValue().end() > patch.end()) {
      patches.put(patch.end(), last.getValue().cut(patch.end(), last.getValue().end()));
    }
    patches.subMap(patch.offset(), patch.end()).clear();
    patches.put(patch.offset(), patch);
  }

  /** Makes all that the log would write true, in the file itself. */
  void writeTo(WritableStorage file) throws IOException {
    for (Patch patch : patches.values()) {
      long length = patch.end() - patch.offset();
      if (patch.source() == ZEROS) {
        file.zero(patch.offset(), length);
      } else {
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) length]);
        readFully(patch.offset(), bytes);
        file.write(patch.offset(), bytes);
      }
    }
    if (file.size() < size) {
      file.truncate(size);
    }
  }

  /** The storage to read a range from: the file itself where the log has nothing for it. */
  Storage holding(long offset, long length) throws IOException {
    Map.Entry<Long, Patch> patch = patches.lowerEntry(offset + length);
    boolean patched = patch != null && patch.getValue().end() > offset;
    return patched || offset + length > below.size() ? this : below;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long allocatedSize() throws IOException {
    return below.allocatedSize();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    if (offset >= size) {
      return 0;
    }
    Map.Entry<Long, Patch> found = patches.floorEntry(offset);
    if (found != null && found.getValue().end() > offset) {
      return readPatch(found.getValue(), offset, target);
    }
    Long next = patches.higherKey(offset);
    long end = Math.min(size, next == null ? Long.MAX_VALUE : next);
    MemorySegment part = target.asSlice(0, Math.min(target.byteSize(), end - offset));
    long count = below.read(offset, part);
    part.asSlice(count).fill((byte) 0);
    return part.byteSize();
  }

  private long readPatch(Patch patch, long offset, MemorySegment target) throws IOException {
    long count = Math.min(target.byteSize(), patch.end() - offset);
    if (patch.source() == ZEROS) {
      target.asSlice(0, count).fill((byte) 0);
      return count;
    }
    MemorySegment sector = MemorySegment.ofArray(new byte[LogEntry.SECTOR]);
    below.readFully(patch.source() + LEADING, sector.asSlice(LEADING));
    sector.set(LONG, 0, patch.leading());
    sector.set(INT, LogEntry.SECTOR - TRAILING, patch.trailing());
    MemorySegment.copy(sector, offset - patch.offset(), target, 0, count);
    return count;
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    Map.Entry<Long, Patch> found = patches.floorEntry(offset);
    if (found != null && found.getValue().end() > offset) {
      boolean zeros = found.getValue().source() == ZEROS;
      return new Run(offset, Math.min(end, found.getValue().end()) - offset, zeros);
    }
    Long next = patches.higherKey(offset);
    long stop = Math.min(end, next == null ? Long.MAX_VALUE : next);
    return offset < below.size() ? below.runAt(offset, stop) : new Run(offset, stop - offset, true);
  }

  @Override
  public void close() {}
}
