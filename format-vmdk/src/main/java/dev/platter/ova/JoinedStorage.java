package dev.platter.ova;

import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Stretches of other storages, one after the other, as one. Owns none of them. */
final class JoinedStorage extends Storage {
  private final List<Part> parts;
  private final long[] ends;

  /** A stretch of a storage. */
  record Part(Storage storage, long offset, long length) {
    static Part whole(Storage storage) throws IOException {
      return new Part(storage, 0, storage.size());
    }
  }

  JoinedStorage(String name, List<Part> parts) {
    super(name);
    this.parts = List.copyOf(parts);
    this.ends = new long[parts.size()];
    long end = 0;
    for (int i = 0; i < ends.length; i++) {
      end = Math.addExact(end, parts.get(i).length());
      ends[i] = end;
    }
  }

  @Override
  public long size() {
    return ends.length == 0 ? 0 : ends[ends.length - 1];
  }

  @Override
  public void willNeed(long offset, long length) {
    if (offset < size()) {
      int index = indexAt(offset);
      parts.get(index).storage().willNeed(hostOffset(index, offset), room(index, offset, length));
    }
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    if (offset >= size()) {
      return 0;
    }
    int index = indexAt(offset);
    long length = room(index, offset, target.byteSize());
    return parts.get(index).storage().read(hostOffset(index, offset), target.asSlice(0, length));
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    int index = indexAt(offset);
    long host = hostOffset(index, offset);
    Storage storage = parts.get(index).storage();
    Run run = storage.runAt(host, host + room(index, offset, end - offset));
    return new Run(offset, run.length(), run.hole());
  }

  private int indexAt(long offset) {
    int index = 0;
    while (offset >= ends[index]) {
      index++;
    }
    return index;
  }

  private long hostOffset(int index, long offset) {
    Part part = parts.get(index);
    return part.offset() + offset - (ends[index] - part.length());
  }

  private long room(int index, long offset, long wanted) {
    return Math.min(wanted, ends[index] - offset);
  }

  @Override
  public void close() {}
}
