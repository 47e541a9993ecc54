package dev.platter.wrap;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.tukaani.xz.SeekableInputStream;

/** A storage as the xz library reads it; closing it leaves the storage open. */
final class SeekableStorage extends SeekableInputStream {
  private static final int PART = 1 << 16;

  private final Storage storage;
  private final byte[] part = new byte[PART];
  private long position;
  private long start;
  private int length;

  SeekableStorage(Storage storage) {
    this.storage = storage;
  }

  @Override
  public long length() throws IOException {
    return storage.size();
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public void seek(long target) {
    position = target;
  }

  @Override
  public int read() throws IOException {
    if (!fill()) {
      return -1;
    }
    return part[(int) (position++ - start)] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int from = (int) (position - start);
    int done = Math.min(count, length - from);
    System.arraycopy(part, from, target, offset, done);
    position += done;
    return done;
  }

  private boolean fill() throws IOException {
    if (position < start || position >= start + length) {
      start = position;
      length = (int) storage.read(position, MemorySegment.ofArray(part));
    }
    return length > 0;
  }
}
