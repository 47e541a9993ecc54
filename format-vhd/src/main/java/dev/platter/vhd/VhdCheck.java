package dev.platter.vhd;

import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Looks for damage in a VHD that could be opened: a lost footer or copy of it, and blocks that are
 * where they cannot be or where others are. Changes nothing.
 */
final class VhdCheck {
  private static final int FIRST_CAPACITY = 1024;

  private final VhdHead head;
  private final List<String> messages = new ArrayList<>();
  private long corruptions;
  private int[] entries = new int[FIRST_CAPACITY];
  private int count;

  private VhdCheck(VhdHead head) {
    this.head = head;
  }

  /**
   * @param map null in a fixed disk
   */
  static CheckReport of(VhdHead head, DynamicMap map) throws IOException {
    VhdCheck check = new VhdCheck(head);
    if (map != null) {
      check.checkFooters();
      check.checkBlocks(map);
      check.checkOverlaps();
    }
    return new CheckReport(0, 0, 0, 0, 0, check.corruptions, 0, 0, check.messages);
  }

  private void checkFooters() throws IOException {
    MemorySegment front = MemorySegment.ofArray(new byte[VhdFooter.LENGTH]);
    head.storage().read(0, front);
    MemorySegment tail = VhdHead.tail(head.storage());
    if (!VhdFooter.isSound(front)) {
      corrupt("the copy of the footer in the first sector is damaged");
    } else if (!VhdFooter.isSound(tail)) {
      corrupt("the footer in the last sector is damaged");
    } else if (front.mismatch(tail) >= 0) {
      corrupt("the footer and its copy in the first sector differ");
    }
  }

  private void checkBlocks(DynamicMap map) throws IOException {
    // More blocks than the file has room for overlap in any case: a table costs no more than its
    // file.
    long room = head.storage().size() / head.header().blockSize() + 1;
    for (long block = 0; block < map.blocks(); block++) {
      int entry = map.entryAt(block);
      if (entry == DynamicMap.UNALLOCATED) {
        continue;
      }
      try {
        map.bitmapOffset(block, entry);
      } catch (CorruptImageException e) {
        corrupt(e.getMessage());
        continue;
      }
      if (count < room) {
        add(entry);
      }
    }
  }

  private void add(int entry) {
    if (count == entries.length) {
      entries = Arrays.copyOf(entries, 2 * count);
    }
    // Flipped, so that unsigned numbers sort as they should.
    entries[count++] = entry ^ Integer.MIN_VALUE;
  }

  private void checkOverlaps() {
    Arrays.sort(entries, 0, count);
    int blockSize = head.header().blockSize();
    long sectors = (DynamicMap.bitmapSize(blockSize) + (long) blockSize) / VhdFormat.SECTOR_SIZE;
    for (int i = 1; i < count; i++) {
      if ((long) entries[i] - entries[i - 1] < sectors) {
        long sector = Integer.toUnsignedLong(entries[i] ^ Integer.MIN_VALUE);
        corrupt(
            "two blocks lie in the same place, at " + VhdHead.hex(sector * VhdFormat.SECTOR_SIZE));
      }
    }
  }

  private void corrupt(String message) {
    corruptions++;
    if (messages.size() < CheckReport.MAX_MESSAGES) {
      String prefix = "vpc " + head.name() + ": ";
      messages.add(message.startsWith(prefix) ? message : prefix + message);
    }
  }
}
