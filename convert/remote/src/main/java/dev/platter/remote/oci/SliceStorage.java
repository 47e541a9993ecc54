package dev.platter.remote.oci;

import dev.platter.remote.http.HttpException;
import dev.platter.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A part of a blob: one file of an archive, or all of it. Closes what belongs to it. */
final class SliceStorage extends Storage {
  private final Storage blob;
  private final long start;
  private final long size;
  private final Closeable owned;

  /**
   * @param blob closed with this
   * @param owned closed after it
   */
  SliceStorage(String name, Storage blob, long start, long size, Closeable owned) {
    super(name);
    this.blob = blob;
    this.start = start;
    this.size = size;
    this.owned = owned;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    long count = Math.min(target.byteSize(), size - offset);
    try {
      return count <= 0 ? 0 : blob.read(start + offset, target.asSlice(0, count));
    } catch (HttpException e) {
      throw new HttpException(name() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    try (owned) {
      blob.close();
    }
  }
}
