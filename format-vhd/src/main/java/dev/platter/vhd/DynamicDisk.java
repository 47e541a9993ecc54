package dev.platter.vhd;

import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The parts of a dynamic or differencing disk that changes are made of. The copy of the footer in
 * the first sector is what the disk is opened by, and is written in one sector; the footer at the
 * end follows it.
 */
final class DynamicDisk {
  private static final int ENTRIES_AT_ONCE = 1 << 14;

  private final WritableStorage storage;
  private final VhdHead head;

  DynamicDisk(WritableStorage storage, VhdHead head) {
    this.storage = storage;
    this.head = head;
  }

  void putFront(VhdFooter footer) throws IOException {
    put(footer, 0);
  }

  /** Lets the file end with a footer at {@code offset}, behind which nothing is. */
  void putTail(VhdFooter footer, long offset) throws IOException {
    put(footer, offset);
  }

  private void put(VhdFooter footer, long offset) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[VhdFooter.LENGTH]);
    footer.writeTo(bytes);
    storage.write(offset, bytes);
  }

  /** Takes away what lies behind the footer at {@code offset}. */
  void cutBehind(long offset) throws IOException {
    storage.truncate(offset + VhdFooter.LENGTH);
  }

  /**
   * Lets the header say where the table is. Only its first sector changes, so that there is no
   * moment with half a header.
   */
  void putTable(long offset, long entries) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[VhdHeader.LENGTH]);
    storage.readFully(head.footer().dataOffset(), bytes);
    VhdHeader.putTable(bytes, offset, (int) entries);
    storage.write(head.footer().dataOffset(), bytes.asSlice(0, VhdFormat.SECTOR_SIZE));
  }

  void setEntry(long block, int entry) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Integer.BYTES]);
    bytes.set(VhdFooter.INT, 0, entry);
    storage.write(head.header().tableOffset() + block * Integer.BYTES, bytes);
  }

  /** Writes the table as it is read: after a sync that failed the medium may have another one. */
  void rewriteTable() throws IOException {
    long offset = head.header().tableOffset();
    long length = head.blocks() * Integer.BYTES;
    MemorySegment window = MemorySegment.ofArray(new byte[ENTRIES_AT_ONCE * Integer.BYTES]);
    for (long done = 0; done < length; done += window.byteSize()) {
      MemorySegment part = window.asSlice(0, Math.min(window.byteSize(), length - done));
      storage.readFully(offset + done, part);
      storage.write(offset + done, part);
    }
  }

  /** Says of entries that their blocks are not in the file. */
  void clearEntries(long tableOffset, long from, long end) throws IOException {
    if (from >= end) {
      return;
    }
    long count = Math.min(ENTRIES_AT_ONCE, end - from);
    MemorySegment free =
        MemorySegment.ofArray(new byte[(int) count * Integer.BYTES]).fill((byte) 0xFF);
    for (long at = from; at < end; at += count) {
      storage.write(
          tableOffset + at * Integer.BYTES,
          free.asSlice(0, Math.min(count, end - at) * Integer.BYTES));
    }
  }
}
