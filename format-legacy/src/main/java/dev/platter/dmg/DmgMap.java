package dev.platter.dmg;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.ImageException;
import dev.platter.storage.Storage;
import java.util.Comparator;
import java.util.List;

/** Where the chunks of all tables are. */
final class DmgMap implements BlockMap {
  private final Storage storage;
  private final long size;
  private final Chunk[] chunks;

  /**
   * @param chunks in any order
   * @throws ImageException if some of them overlap
   */
  DmgMap(Storage storage, long size, List<Chunk> chunks) throws ImageException {
    this.storage = storage;
    this.size = size;
    this.chunks = chunks.toArray(new Chunk[0]);
    java.util.Arrays.sort(this.chunks, Comparator.comparingLong(Chunk::offset));
    for (int i = 1; i < this.chunks.length; i++) {
      if (this.chunks[i].offset() < this.chunks[i - 1].end()) {
        throw Trailer.corrupt(
            storage.name(),
            "two chunks have sector " + this.chunks[i].offset() / Trailer.SECTOR + " of the disk");
      }
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int blockSize() {
    return Trailer.SECTOR;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws ImageException {
    if (offset < 0 || offset >= limit || limit > size) {
      throw new IllegalArgumentException(
          storage.name() + ": no extent at " + offset + ", limit " + limit);
    }
    int at = lastUpTo(offset);
    if (at < 0 || chunks[at].end() <= offset) {
      throw Trailer.corrupt(
          storage.name(), "no table tells of sector " + offset / Trailer.SECTOR + " of the disk");
    }
    Chunk chunk = chunks[at];
    if (chunk.encoding() != null) {
      return new Extent.Encoded(
          offset,
          Math.min(limit, chunk.end()) - offset,
          chunk.encoding(),
          storage,
          chunk.host(),
          chunk.hostLength(),
          (int) chunk.length(),
          (int) (offset - chunk.offset()));
    }
    int last = at;
    while (last + 1 < chunks.length && chunks[last].end() < limit && goOn(last)) {
      last++;
    }
    long length = Math.min(limit, chunks[last].end()) - offset;
    return chunk.isStored()
        ? new Extent.Data(offset, length, storage, chunk.host() + (offset - chunk.offset()))
        : new Extent.Zero(offset, length);
  }

  /** Whether the chunk behind this one, which is not compressed, continues it. */
  private boolean goOn(int at) {
    Chunk one = chunks[at];
    Chunk next = chunks[at + 1];
    return next.offset() == one.end()
        && next.encoding() == null
        && next.isStored() == one.isStored()
        && (!one.isStored() || next.host() == one.host() + one.length());
  }

  /** The last chunk that begins at this offset or before it; -1: there is none. */
  private int lastUpTo(long offset) {
    int from = 0;
    int to = chunks.length;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (chunks[middle].offset() <= offset) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from - 1;
  }
}
