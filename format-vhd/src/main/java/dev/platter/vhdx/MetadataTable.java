package dev.platter.vhdx;

import static dev.platter.vhdx.Guid.INT;
import static dev.platter.vhdx.Guid.LONG;
import static dev.platter.vhdx.Guid.SHORT;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** What metadata items there are, and where in their region (2.6.1). */
record MetadataTable(List<Item> items) {
  static final int LENGTH = 64 << 10;
  static final int MAX_ENTRIES = 2047;
  static final int MAX_ITEM_LENGTH = 1 << 20;

  /** "metadata". */
  static final long SIGNATURE = 0x6174_6164_6174_656DL;

  private static final int ENTRY_LENGTH = 32;
  private static final int IS_USER = 1;
  private static final int IS_VIRTUAL_DISK = 2;
  private static final int IS_REQUIRED = 4;

  MetadataTable {
    items = List.copyOf(items);
  }

  /**
   * One item.
   *
   * @param offset from the start of the region, unsigned
   * @param length bytes, unsigned
   * @param user whether a user of the file put it there, not the format
   * @param virtualDisk whether it describes the disk, not the file
   * @param required whether a reader that does not know it must not read the file
   */
  record Item(
      UUID id, long offset, long length, boolean user, boolean virtualDisk, boolean required) {}

  static boolean isSound(MemorySegment bytes) {
    return bytes.get(LONG, 0) == SIGNATURE
        && Short.toUnsignedInt(bytes.get(SHORT, 10)) <= MAX_ENTRIES;
  }

  static MetadataTable parse(MemorySegment bytes) {
    List<Item> items = new ArrayList<>();
    int count = Short.toUnsignedInt(bytes.get(SHORT, 10));
    for (int i = 1; i <= count; i++) {
      long at = (long) i * ENTRY_LENGTH;
      int flags = bytes.get(INT, at + 24);
      items.add(
          new Item(
              Guid.read(bytes, at),
              Integer.toUnsignedLong(bytes.get(INT, at + 16)),
              Integer.toUnsignedLong(bytes.get(INT, at + 20)),
              (flags & IS_USER) != 0,
              (flags & IS_VIRTUAL_DISK) != 0,
              (flags & IS_REQUIRED) != 0));
    }
    return new MetadataTable(items);
  }

  /** The bytes that a table of these items takes at the least. */
  static int lengthOf(List<Item> items) {
    return (items.size() + 1) * ENTRY_LENGTH;
  }

  void writeTo(MemorySegment bytes) {
    bytes.set(LONG, 0, SIGNATURE);
    bytes.set(SHORT, 10, (short) items.size());
    for (int i = 0; i < items.size(); i++) {
      long at = (i + 1L) * ENTRY_LENGTH;
      Item item = items.get(i);
      Guid.write(bytes, at, item.id());
      bytes.set(INT, at + 16, (int) item.offset());
      bytes.set(INT, at + 20, (int) item.length());
      bytes.set(
          INT,
          at + 24,
          (item.user() ? IS_USER : 0)
              | (item.virtualDisk() ? IS_VIRTUAL_DISK : 0)
              | (item.required() ? IS_REQUIRED : 0));
    }
  }
}
