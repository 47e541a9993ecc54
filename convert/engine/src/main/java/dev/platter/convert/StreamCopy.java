package dev.platter.convert;

import dev.platter.storage.StreamSource;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Brings a stream of unknown length onto a storage, leaving holes where it is zero. */
public final class StreamCopy {
  private static final int BUFFER_BYTES = 1 << 20;

  private StreamCopy() {}

  /**
   * Copies until the stream ends.
   *
   * @param sparseBytes how long an aligned run of zeros must be to be left out, a power of two; 0:
   *     none is
   * @param progress told the bytes so far, the total being the same as long as the end is not known
   * @return the number of bytes; the storage is at least as long, zeros at the end included
   */
  public static long copy(
      StreamSource source,
      WritableStorage target,
      int sparseBytes,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    boolean sparse = sparseBytes != 0 && target.readsZeroWhereUnwritten();
    long size = 0;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER_BYTES, 4096);
      for (long count = source.read(buffer); count > 0; count = source.read(buffer)) {
        cancellation.check();
        MemorySegment part = buffer.asSlice(0, count);
        if (sparse) {
          writeData(target, size, part, sparseBytes);
        } else {
          target.write(size, part);
        }
        size += count;
        progress.advanced(size, size);
      }
      if (target.size() < size) {
        target.truncate(size);
      }
    }
    return size;
  }

  private static void writeData(WritableStorage target, long offset, MemorySegment bytes, int unit)
      throws IOException {
    long at = 0;
    while (at < bytes.byteSize()) {
      at += ZeroScan.zeroRun(bytes.asSlice(at), unit);
      long data = ZeroScan.dataRun(bytes.asSlice(at), unit);
      if (data > 0) {
        target.write(offset + at, bytes.asSlice(at, data));
        at += data;
      }
    }
  }
}
