package dev.platter.vhdx;

import static dev.platter.vhdx.Guid.INT;

import dev.platter.image.DiskImage;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ParentLink;
import dev.platter.image.support.Undo;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The image below a differencing disk: the parent locator among the metadata (2.6.2.6), changed
 * through the log.
 */
final class VhdxParentLink implements ParentLink {
  /** In the file parameters' second word: the disk has a parent. */
  private static final int HAS_PARENT = 2;

  private final WritableStorage storage;
  private final EditRequest request;

  VhdxParentLink(WritableStorage storage, EditRequest request) {
    this.storage = storage;
    this.request = request;
  }

  private VhdxHead head() throws IOException {
    return VhdxHead.read(storage, request.limits());
  }

  private Transaction transaction() throws IOException {
    return new Transaction(storage, Headers.read(storage, request.identity()), false);
  }

  @Override
  public void check(Optional<NewParent> parent) throws IOException {
    VhdxHead head = head();
    if (parent.isPresent()) {
      place(head, locator(head, parent.get()).length);
    }
  }

  @Override
  public void set(Optional<NewParent> parent) throws IOException {
    VhdxHead head = VhdxEditor.soundHead(storage, request);
    if (parent.isPresent()) {
      put(head, locator(head, parent.get()));
    } else if (head.isDifferencing()) {
      Undo.ifFails(() -> becomeWhole(head), () -> VhdxEditor.settle(storage, request));
      Undo.orLeak(() -> VhdxEditor.settle(storage, request));
    }
  }

  @Override
  public void renew(DiskImage parent) throws IOException {
    VhdxHead head = VhdxEditor.soundHead(storage, request);
    if (head.isDifferencing() && parent instanceof VhdxImage below) {
      put(head, head.locator().over(below.head().header().dataWriteId()).toBytes());
    }
  }

  /** Puts a locator in place of the one that is there. */
  private void put(VhdxHead head, byte[] locator) throws IOException {
    Transaction transaction = transaction();
    MetadataTable.Item old = head.item(Guid.PARENT_LOCATOR);
    long place = place(head, locator.length);
    transaction.put(head.metadata().offset() + place, MemorySegment.ofArray(locator));
    MetadataTable.Item item =
        new MetadataTable.Item(
            old.id(), place, locator.length, old.user(), old.virtualDisk(), old.required());
    putItems(transaction, head, old, Optional.of(item));
    transaction.commit();
  }

  private byte[] locator(VhdxHead head, NewParent parent) throws IOException {
    if (!head.isDifferencing()) {
      throw new IllegalOptionException(
          "A VHDX that was made without a parent cannot get one: its blocks do not tell what is in"
              + " them");
    }
    return ParentLocator.of(parent.reference(), parent.image(), head.layout()).toBytes();
  }

  /** Where in the metadata region there is room for a locator: behind all that is there. */
  private static long place(VhdxHead head, int length) throws IllegalOptionException {
    MetadataTable.Item old = head.item(Guid.PARENT_LOCATOR);
    long end = MetadataTable.LENGTH;
    for (MetadataTable.Item item : head.items()) {
      if (item != old) {
        end = Math.max(end, item.offset() + item.length());
      }
    }
    if (end > head.metadata().length() - length) {
      throw new IllegalOptionException(
          "There is no room for the parent's name of " + length + " bytes");
    }
    return end;
  }

  /** Lets the table of metadata have another item in place of one, or none. */
  private static void putItems(
      Transaction transaction,
      VhdxHead head,
      MetadataTable.Item old,
      Optional<MetadataTable.Item> now)
      throws IOException {
    List<MetadataTable.Item> items = new ArrayList<>();
    for (MetadataTable.Item item : head.items()) {
      if (item != old) {
        items.add(item);
      } else {
        now.ifPresent(items::add);
      }
    }
    MemorySegment table = MemorySegment.ofArray(new byte[MetadataTable.lengthOf(head.items())]);
    new MetadataTable(items).writeTo(table);
    transaction.put(head.metadata().offset(), table);
  }

  /**
   * Makes a disk of it that has no parent. The sectors of which nothing is stored are zeros by
   * then, and come to be stored as such: blocks are whole or not there at all.
   */
  private void becomeWhole(VhdxHead head) throws IOException {
    VhdxMap map = new VhdxMap(head);
    DiskLayout layout = head.layout();
    long parameters = head.metadata().offset() + head.item(Guid.FILE_PARAMETERS).offset();
    Transaction transaction = transaction();
    for (long block = 0; block < layout.blocks(); block++) {
      long entry = map.entryAt(block);
      if (BatEntry.state(entry) == BatEntry.PAYLOAD_BLOCK_PARTIALLY_PRESENT) {
        clearAbsentSectors(map, layout, block);
        if (transaction.isFull()) {
          transaction.commit();
        }
        putEntry(
            transaction,
            head,
            layout.entryOf(block),
            BatEntry.of(BatEntry.PAYLOAD_BLOCK_FULLY_PRESENT, BatEntry.offset(entry)));
      }
    }
    putBitmaps(transaction, head, map);
    if (transaction.isFull()) {
      transaction.commit();
    }
    MemorySegment flags = MemorySegment.ofArray(new byte[Integer.BYTES]);
    storage.readFully(parameters + Integer.BYTES, flags);
    flags.set(INT, 0, flags.get(INT, 0) & ~HAS_PARENT);
    transaction.put(parameters + Integer.BYTES, flags);
    putItems(transaction, head, head.item(Guid.PARENT_LOCATOR), Optional.empty());
    transaction.commit();
  }

  private void clearAbsentSectors(VhdxMap map, DiskLayout layout, long block) throws IOException {
    int blockSize = layout.blockSize();
    long payload = map.payloadOffset(block);
    long bitmap = map.bitmapOffset(block);
    for (int at = 0; at < blockSize; ) {
      SectorBitmaps.Run run = map.runAt(block, bitmap, at, blockSize);
      if (!run.present()) {
        storage.zero(payload + at, run.end() - at);
      }
      at = run.end();
    }
  }

  /** No block of the disk has a bitmap any more. */
  private static void putBitmaps(Transaction transaction, VhdxHead head, VhdxMap map)
      throws IOException {
    DiskLayout layout = head.layout();
    for (long block = 0; block < layout.blocks(); block += layout.chunkRatio()) {
      long index = layout.bitmapEntryOf(block);
      if (map.tableEntry(index) != 0) {
        if (transaction.isFull()) {
          transaction.commit();
        }
        putEntry(transaction, head, index, 0);
      }
    }
  }

  private static void putEntry(Transaction transaction, VhdxHead head, long index, long entry)
      throws IOException {
    transaction.putLong(head.bat().offset() + index * BatEntry.LENGTH, entry);
  }

  @Override
  public void checkEmpty() throws IOException {
    VhdxHead head = head();
    if (!head.isDifferencing()) {
      throw new IllegalOptionException("A VHDX without a parent cannot be emptied");
    }
  }

  @Override
  public void empty() throws IOException {
    checkEmpty();
    VhdxHead head = VhdxEditor.soundHead(storage, request);
    Undo.ifFails(() -> empty(head), () -> VhdxEditor.settle(storage, request));
    VhdxEditor.settle(storage, request);
  }

  /** Of a block that is partially present the bitmap must be there: the blocks go first. */
  private void empty(VhdxHead head) throws IOException {
    VhdxMap map = new VhdxMap(head);
    Transaction transaction = transaction();
    for (long block = 0; block < head.layout().blocks(); block++) {
      if (map.entryAt(block) != BatEntry.PAYLOAD_BLOCK_NOT_PRESENT) {
        if (transaction.isFull()) {
          transaction.commit();
        }
        putEntry(
            transaction, head, head.layout().entryOf(block), BatEntry.PAYLOAD_BLOCK_NOT_PRESENT);
      }
    }
    putBitmaps(transaction, head, map);
    transaction.commit();
  }
}
