package dev.platter.vhd;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Limits;
import dev.platter.image.Repair;
import dev.platter.storage.WritableStorage;
import dev.platter.vhd.blocks.FileBytes;
import dev.platter.vhd.blocks.GapFilling;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Puts right what {@link VhdCheck} finds in a dynamic or differencing disk: the two footers are
 * made the same again, blocks that cannot be where the table says are given up, and of blocks that
 * lie in the same place all but the first get a copy for themselves.
 */
final class VhdRepair {
  private final WritableStorage storage;
  private final Limits limits;

  VhdRepair(WritableStorage storage, Limits limits) {
    this.storage = storage;
    this.limits = limits;
  }

  void run(Repair extent) throws IOException {
    Optional<String> overlap = head().overlap();
    if (overlap.isPresent()) {
      throw head().corrupt(overlap.get() + " lie in the same place: it cannot be repaired");
    }
    if (head().isDifferencing()) {
      // Refused now, as nobody could open what comes of it.
      ParentLocator.nameOfParent(head());
    }
    if (extent == Repair.ALL) {
      restoreFront();
      giveUpImpossibleBlocks();
      separateBlocks();
    }
    clearStrays();
    restoreTail();
  }

  /**
   * Ends a change that broke off, and gives back the space that it had taken.
   *
   * @param payloadEnd where the footer stays that was there before
   */
  void settle(long payloadEnd) throws IOException {
    clearStrays();
    VhdHead head = head();
    DynamicDisk disk = new DynamicDisk(storage, head);
    disk.rewriteTable();
    storage.sync();
    long end = new DynamicSpace(head).usedEnd(BlockPlaces.of(new DynamicMap(head)));
    end = Math.max(end, payloadEnd);
    disk.putTail(head.footer(), end);
    storage.sync();
    disk.cutBehind(end);
    storage.sync();
  }

  private VhdHead head() throws IOException {
    return VhdHead.read(storage, limits);
  }

  /** First of all: from the next sync on the disk is opened by the copy in front. */
  private void restoreFront() throws IOException {
    MemorySegment front = MemorySegment.ofArray(new byte[VhdFooter.LENGTH]);
    storage.read(0, front);
    if (!VhdFooter.isSound(front)) {
      VhdHead head = head();
      new DynamicDisk(storage, head).putFront(head.footer());
    }
  }

  /** Synced, as a place that is impossible now can become another block's copy's. */
  private void giveUpImpossibleBlocks() throws IOException {
    VhdHead head = head();
    DynamicMap map = new DynamicMap(head);
    DynamicDisk disk = new DynamicDisk(storage, head);
    for (long block = 0; block < map.blocks(); block++) {
      int entry = map.entryAt(block);
      if (entry != DynamicMap.UNALLOCATED && !isPossible(map, block, entry)) {
        disk.setEntry(block, DynamicMap.UNALLOCATED);
      }
    }
    storage.sync();
  }

  private static boolean isPossible(DynamicMap map, long block, int entry) {
    try {
      map.bitmapOffset(block, entry);
      return true;
    } catch (CorruptImageException e) {
      return false;
    }
  }

  /**
   * The copies go behind everything, and only then the table points to them. The lowest of the
   * blocks stays where it is, so that what comes next in the table does not depend on this.
   */
  private void separateBlocks() throws IOException {
    VhdHead head = head();
    DynamicDisk disk = new DynamicDisk(storage, head);
    DynamicSpace space = new DynamicSpace(head);
    BlockPlaces places = BlockPlaces.of(new DynamicMap(head));
    long end = Math.max(space.usedEnd(places), head.payloadEnd());
    List<GapFilling.Move> copies = new ArrayList<>();
    long taken = 0;
    for (int i = 0; i < places.count(); i++) {
      if (places.offset(i) >= taken) {
        taken = places.end(i);
        continue;
      }
      long to = space.placeFrom(end);
      copies.add(new GapFilling.Move(places.block(i), places.offset(i), to));
      end = to + places.length();
    }
    if (copies.isEmpty()) {
      return;
    }
    // The file ends with a footer at any moment; the first copy comes to lie where the old one is.
    disk.putTail(head.footer(), end);
    storage.sync();
    for (GapFilling.Move copy : copies) {
      new FileBytes(storage).copy(copy.from(), copy.to(), places.length());
    }
    storage.sync();
    for (GapFilling.Move copy : copies) {
      disk.setEntry(copy.block(), (int) (copy.to() / VhdFormat.SECTOR_SIZE));
    }
  }

  /**
   * Lets the file end with the footer, where it does not, right behind the last block. Meanwhile
   * the disk is opened by the copy in front.
   */
  void restoreTail() throws IOException {
    VhdHead head = head();
    MemorySegment expected = MemorySegment.ofArray(new byte[VhdFooter.LENGTH]);
    head.footer().writeTo(expected);
    if (expected.mismatch(VhdHead.tail(storage)) < 0) {
      return;
    }
    DynamicDisk disk = new DynamicDisk(storage, head);
    long end = new DynamicSpace(head).usedEnd(BlockPlaces.of(new DynamicMap(head)));
    disk.putTail(head.footer(), end);
    disk.cutBehind(end);
    disk.putFront(head.footer());
    storage.sync();
  }

  private void clearStrays() throws IOException {
    VhdHead head = head();
    DynamicDisk disk = new DynamicDisk(storage, head);
    BlockPlaces places = BlockPlaces.of(new DynamicMap(head));
    StrayEntries strays = StrayEntries.of(head, places);
    for (long entry = strays.first(); entry < strays.end(); entry++) {
      if (strays.isStray(entry)) {
        disk.setEntry(entry, DynamicMap.UNALLOCATED);
      }
    }
    storage.sync();
  }
}
