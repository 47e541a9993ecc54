package dev.platter.qcow2.write;

import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A table of 64-bit entries (L1 or refcount table) in the making. Parts without an entry cost
 * nothing, in memory and, on storages that read as zeros, in the file.
 */
final class PointerTable {
  private static final int PAGE_BITS = 9;
  private static final int PAGE_ENTRIES = 1 << PAGE_BITS;
  private static final int PAGE_BYTES = PAGE_ENTRIES * Long.BYTES;

  private long[][] pages = new long[1][];

  void set(long index, long entry) {
    int page = Math.toIntExact(index >>> PAGE_BITS);
    if (page >= pages.length) {
      pages = Arrays.copyOf(pages, Math.max(page + 1, pages.length * 2));
    }
    if (pages[page] == null) {
      pages[page] = new long[PAGE_ENTRIES];
    }
    pages[page][(int) (index & (PAGE_ENTRIES - 1))] = entry;
  }

  /** The entry, 0 if it was never set. */
  long get(long index) {
    int page = (int) Math.min(index >>> PAGE_BITS, Integer.MAX_VALUE);
    boolean known = page < pages.length && pages[page] != null;
    return known ? pages[page][(int) (index & (PAGE_ENTRIES - 1))] : 0;
  }

  /** Writes {@code length} bytes of the table, a multiple of 8; what was never set is zero. */
  void writeTo(WritableStorage storage, long hostOffset, long length) throws IOException {
    MemorySegment buffer = MemorySegment.ofArray(new byte[PAGE_BYTES]);
    for (long done = 0; done < length; done += PAGE_BYTES) {
      MemorySegment part = buffer.asSlice(0, Math.min(PAGE_BYTES, length - done));
      int page = (int) (done / PAGE_BYTES);
      if (page < pages.length && pages[page] != null) {
        for (int i = 0; i < part.byteSize() / Long.BYTES; i++) {
          part.set(Qcow2Header.LONG, (long) i * Long.BYTES, pages[page][i]);
        }
        storage.write(hostOffset + done, part);
      } else if (!storage.readsZeroWhereUnwritten()) {
        storage.zero(hostOffset + done, part.byteSize());
      }
    }
  }
}
