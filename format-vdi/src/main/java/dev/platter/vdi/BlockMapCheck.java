package dev.platter.vdi;

import dev.platter.image.CheckReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Looks through the block map for what qemu-img check looks for (blocks used twice, entries that
 * are out of range, a wrong count of blocks), and for blocks past the end of the file. Blocks that
 * the header counts and no entry points to are lost space. Takes one bit of memory for each block.
 */
final class BlockMapCheck {
  private final VdiHead head;
  private final BitSet used = new BitSet();
  private final List<String> messages = new ArrayList<>();
  private long corruptions;
  private long allocated;

  /** A block of the disk that is not among the first blocks of the file; -1: none. */
  private long behind = -1;

  BlockMapCheck(VdiHead head) {
    this.head = head;
  }

  CheckReport run() throws IOException {
    BlockTable table = new BlockTable(head);
    long blocks = head.blocks();
    for (long block = 0; block < blocks; ) {
      int entry = table.entryAt(block);
      if (BlockTable.isAllocated(entry)) {
        look(block, entry);
        block++;
      } else {
        block = table.endOfSame(block, blocks);
      }
    }
    long counted = head.header().blocksAllocated();
    String mismatch = "allocated blocks mismatch, is " + allocated + ", should be " + counted;
    if (allocated > counted) {
      fault(mismatch);
    } else if (behind >= 0) {
      fault("block index " + behind + " is behind the " + counted + " blocks allocated");
    }
    long leaks = Math.max(0, counted - allocated);
    if (leaks > 0) {
      message(mismatch);
    }
    return new CheckReport(0, 0, 0, 0, 0, corruptions, leaks, 0, messages);
  }

  /** Whether the only fault is that the header counts too many or too few of blocks that exist. */
  boolean onlyMiscounts() {
    return corruptions == 1 && (behind >= 0 || allocated != head.header().blocksAllocated());
  }

  private void look(long block, int entry) {
    long number = Integer.toUnsignedLong(entry);
    // While blocks move to make room for the block map, the header counts more than a disk has.
    if (number >= Math.max(head.header().blocks(), head.header().blocksAllocated())) {
      fault("block index " + block + " too large, is " + number);
      return;
    }
    allocated++;
    long blockSize = head.header().blockSize();
    if (head.dataOffset(entry, Math.min(blockSize, head.size() - block * blockSize)) < 0) {
      fault("block index " + block + " past the end of the file, is " + number);
    } else if (used.get(entry)) {
      fault("block index " + block + " is a block of the file that another one is, " + number);
    } else {
      used.set(entry);
      // QEMU puts the next block there.
      if (number >= head.header().blocksAllocated()) {
        behind = behind < 0 ? block : behind;
      }
    }
  }

  private void fault(String message) {
    corruptions++;
    message(message);
  }

  private void message(String message) {
    if (messages.size() < CheckReport.MAX_MESSAGES) {
      messages.add("ERROR: " + message);
    }
  }
}
