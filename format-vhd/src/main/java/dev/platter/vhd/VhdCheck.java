package dev.platter.vhd;

import dev.platter.image.CheckReport;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks for damage in a VHD that could be opened: a lost footer or copy of it, blocks that are
 * where they cannot be or where others are, and entries for blocks that the disk does not have.
 * Changes nothing.
 */
final class VhdCheck {
  private final VhdHead head;
  private final List<String> messages = new ArrayList<>();
  private long corruptions;
  private long leaks;

  private VhdCheck(VhdHead head) {
    this.head = head;
  }

  static CheckReport of(VhdHead head) throws IOException {
    VhdCheck check = new VhdCheck(head);
    if (head.isFixed()) {
      check.checkLength();
    } else {
      DynamicMap map = new DynamicMap(head);
      check.checkFooters();
      head.overlap().ifPresent(what -> check.corrupt(what + " lie in the same place"));
      check.checkStrays(check.checkBlocks(map));
    }
    return new CheckReport(0, 0, 0, 0, 0, check.corruptions, check.leaks, 0, check.messages);
  }

  /** The bytes between a fixed disk and its footer are left by a change of size that broke off. */
  private void checkLength() throws IOException {
    long between = head.payloadEnd() - head.size();
    if (between > 0) {
      leak(between + " bytes between the disk and its footer belong to nothing");
    }
  }

  private void checkFooters() throws IOException {
    MemorySegment front = MemorySegment.ofArray(new byte[VhdFooter.LENGTH]);
    head.storage().read(0, front);
    MemorySegment tail = VhdHead.tail(head.storage());
    if (!VhdFooter.isSound(front)) {
      corrupt("the copy of the footer in the first sector is damaged");
    } else if (!VhdFooter.isSound(tail)) {
      corrupt("the footer in the last sector is damaged");
    } else if (VhdFooter.parse(front).isOfSameDisk(VhdFooter.parse(tail))) {
      if (front.mismatch(tail) >= 0) {
        leak(
            "the footer says another size or parent than its copy in the first sector, which counts");
      }
    } else {
      corrupt("the footer and its copy in the first sector differ");
    }
  }

  private BlockPlaces checkBlocks(DynamicMap map) throws IOException {
    BlockPlaces places = BlockPlaces.of(map, room(head.storage(), map), e -> corrupt(e.what()));
    for (int i = 1; i < places.count(); i++) {
      if (places.overlaps(i)) {
        corrupt("two blocks lie in the same place, at " + VhdHead.hex(places.offset(i)));
      }
    }
    return places;
  }

  /**
   * More blocks than the file has room for overlap in any case: a table costs no more than its
   * file.
   */
  static long room(Storage storage, DynamicMap map) throws IOException {
    return storage.size() / map.blockSize() + 1;
  }

  private void checkStrays(BlockPlaces places) throws IOException {
    StrayEntries strays = StrayEntries.of(head, places);
    for (long entry = strays.first(); entry < strays.end(); entry++) {
      if (strays.isStray(entry)) {
        leak("table entry " + entry + " gives a place to a block behind the end of the disk");
      }
    }
  }

  private void corrupt(String message) {
    corruptions++;
    tell(message);
  }

  private void leak(String message) {
    leaks++;
    tell(message);
  }

  private void tell(String message) {
    if (messages.size() < CheckReport.MAX_MESSAGES) {
      messages.add("vpc " + head.name() + ": " + message);
    }
  }
}
