package dev.platter.vhd;

import dev.platter.image.Sizes;
import dev.platter.storage.WritableStorage;
import dev.platter.vhd.blocks.FileBytes;
import java.io.IOException;
import java.util.Optional;

/**
 * Gives a dynamic disk another size. A table that becomes too short moves behind the blocks; the
 * place it had is not used again.
 */
final class DynamicResize {
  private static final int TABLE_ALIGNMENT = 4096;

  private final WritableStorage storage;
  private final VhdHead head;
  private final VhdFooter footer;
  private final DynamicDisk disk;
  private final DynamicSpace space;
  private final BlockPlaces places;
  private final DynamicMap map;
  private final long blocks;

  /**
   * @param head of the disk as it is, which is sound
   * @param footer that of the disk as it shall be
   */
  DynamicResize(WritableStorage storage, VhdHead head, VhdFooter footer) throws IOException {
    this.storage = storage;
    this.head = head;
    this.footer = footer;
    this.disk = new DynamicDisk(storage, head);
    this.space = new DynamicSpace(head);
    this.map = new DynamicMap(head);
    this.places = BlockPlaces.of(map);
    this.blocks = Math.ceilDiv(footer.guestSize(), head.header().blockSize());
  }

  /** Gives the disk its size. */
  void run() throws IOException {
    if (!shrinks()) {
      grow();
    } else {
      disk.putFront(footer);
      storage.sync();
    }
  }

  private boolean shrinks() {
    return footer.guestSize() < head.size();
  }

  /**
   * Lets the footer and the table count again that there were; what lies behind is settled then,
   * with a sync first of all: a table of another length holds the same for the old disk's blocks.
   */
  void undo() throws IOException {
    disk.putFront(head.footer());
    storage.sync();
    if (!shrinks()) {
      long entries = Integer.toUnsignedLong(head.header().maxTableEntries());
      disk.putTable(head.header().tableOffset(), entries);
    }
  }

  private void grow() throws IOException {
    long end = Math.max(head.payloadEnd(), space.usedEnd(places));
    clearBehindTheDisk();
    long table = head.header().tableOffset();
    long entries = Integer.toUnsignedLong(head.header().maxTableEntries());
    boolean moves = !hasRoom();
    if (moves) {
      table = Sizes.roundUp(end, TABLE_ALIGNMENT);
      Optional<Batmap> batmap = Batmap.read(head);
      long behind = table + TableWindow.length(blocks);
      end = batmap.isPresent() ? batmap.get().at(behind, blocks).end() : behind;
    }
    // The file ends with a footer at any moment; the table comes to lie where the old one is.
    disk.putTail(head.footer(), end);
    storage.sync();
    if (moves) {
      putNewTable(table);
    } else {
      disk.clearEntries(table, head.blocks(), blocks);
    }
    storage.sync();
    if (moves || entries < blocks) {
      disk.putTable(table, moves ? blocks : Math.max(entries, blocks));
      storage.sync();
    }
    // In either order: the disk is opened by the copy in front, which is sound all the time.
    disk.putFront(footer);
    disk.putTail(footer, end);
    storage.sync();
  }

  /** What the last block holds behind the end of the disk becomes the guest's, and must be zero. */
  private void clearBehindTheDisk() throws IOException {
    long within = head.size() % head.header().blockSize();
    long last = head.blocks() - 1;
    if (within == 0) {
      return;
    }
    int entry = map.entryAt(last);
    if (entry != DynamicMap.UNALLOCATED) {
      long end = map.bitmapOffset(last, entry) + places.length();
      long length = head.header().blockSize() - within;
      storage.zero(end - length, length);
    }
  }

  /** Whether the table can grow where it is; a batmap must stay right behind it. */
  private boolean hasRoom() throws IOException {
    if (TableWindow.length(blocks) > space.tableRoom(places)) {
      return false;
    }
    long entries = Integer.toUnsignedLong(head.header().maxTableEntries());
    Optional<Batmap> batmap = Batmap.read(head);
    boolean staysBehind =
        TableWindow.length(Math.max(blocks, entries)) == TableWindow.length(entries);
    return batmap.isEmpty() || (staysBehind && batmap.get().holds(Math.max(blocks, entries)));
  }

  private void putNewTable(long table) throws IOException {
    long length = TableWindow.length(blocks);
    new FileBytes(storage).copy(head.header().tableOffset(), table, head.blocks() * Integer.BYTES);
    disk.clearEntries(table, head.blocks(), length / Integer.BYTES);
    Optional<Batmap> batmap = Batmap.read(head);
    if (batmap.isPresent()) {
      batmap.get().at(table + length, blocks).writeTo(storage);
    }
  }

  /**
   * Takes away what a smaller disk does not need. In any order: the disk does not reach to any of
   * that, and a batmap that is lost is done without.
   */
  void giveBack() throws IOException {
    if (!shrinks()) {
      return;
    }
    disk.putTail(footer, head.payloadEnd());
    disk.clearEntries(head.header().tableOffset(), blocks, head.blocks());
    VhdHead smaller = cutTable();
    long end = new DynamicSpace(smaller).usedEnd(BlockPlaces.of(new DynamicMap(smaller)));
    for (int i = 0; i < places.count(); i++) {
      if (places.block(i) >= blocks && places.end(i) <= end) {
        storage.zero(places.offset(i), places.length());
      }
    }
    if (end < head.payloadEnd()) {
      disk.putTail(footer, end);
      storage.sync();
      disk.cutBehind(end);
    }
    storage.sync();
  }

  /** The table has as many entries as the disk has blocks, and a batmap stands right behind it. */
  private VhdHead cutTable() throws IOException {
    Optional<Batmap> batmap = Batmap.read(head);
    long table = head.header().tableOffset();
    if (batmap.isPresent()) {
      for (long block = blocks; block < head.blocks(); block++) {
        batmap.get().clear(block);
      }
      batmap.get().behind(table + TableWindow.length(blocks)).writeTo(storage);
    }
    disk.putTable(table, blocks);
    return new VhdHead(
        storage,
        footer,
        head.header().withEntries((int) blocks),
        footer.guestSize(),
        head.payloadEnd());
  }
}
