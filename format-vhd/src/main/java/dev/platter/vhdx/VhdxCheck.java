package dev.platter.vhdx;

import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Looks for damage in a VHDX that could be opened: spare copies, a log that waits, and blocks that
 * are where they cannot be or where others are, and entries for blocks that the disk does not have.
 * Changes nothing.
 */
final class VhdxCheck {
  /** How much of a file is looked at for blocks that overlap, MiB: a full disk and its bitmaps. */
  static final long MAX_MEBIBYTES = 1L << 27;

  private final VhdxHead head;
  private final VhdxMap map;
  private final BitSet used = new BitSet();
  private final List<String> messages = new ArrayList<>();
  private long corruptions;
  private long leaks;
  private long checkErrors;

  private VhdxCheck(VhdxHead head, VhdxMap map) {
    this.head = head;
    this.map = map;
  }

  static CheckReport of(VhdxHead head, VhdxMap map) throws IOException {
    VhdxCheck check = new VhdxCheck(head, map);
    check.checkCopies();
    check.checkBlocks();
    check.checkStrays();
    return new CheckReport(
        0, 0, 0, 0, 0, check.corruptions, check.leaks, check.checkErrors, check.messages);
  }

  private void checkCopies() throws IOException {
    for (long offset : VhdxHeader.OFFSETS) {
      MemorySegment bytes = bytes(head.storage(), offset, VhdxHeader.LENGTH);
      if (!VhdxHeader.isSound(bytes)) {
        corrupt("the header at " + VhdxHead.hex(offset) + " is damaged, the other one is used");
      }
    }
    MemorySegment sound = null;
    for (long offset : RegionTable.OFFSETS) {
      MemorySegment bytes = bytes(head.storage(), offset, RegionTable.LENGTH);
      if (!RegionTable.isSound(bytes)) {
        corrupt(
            "the region table at " + VhdxHead.hex(offset) + " is damaged, the other one is used");
      } else if (sound != null && sound.mismatch(bytes) >= 0) {
        corrupt("the two region tables differ, the first one is used");
      } else {
        sound = bytes;
      }
    }
    if (head.replayed()) {
      leak("the log was not played back");
    }
  }

  private void checkBlocks() throws IOException {
    new VhdxSpace(head, map)
        .visit(
            new VhdxSpace.Visitor() {
              @Override
              public void visit(long block, long offset, long length, boolean bitmap)
                  throws IOException {
                use(block, offset, length / BatEntry.MIB);
                if (!bitmap && map.lacksBitmap(block)) {
                  corrupt("block " + block + " is partially present, but its sector bitmap is not");
                }
              }

              @Override
              public void impossible(long block, boolean bitmap, CorruptImageException e) {
                corrupt(e.what());
              }
            });
  }

  /** Entries that no block of the disk needs. */
  private void checkStrays() throws IOException {
    StrayEntries strays = StrayEntries.of(head);
    for (long entry = strays.next(strays.first()); entry >= 0; entry = strays.next(entry + 1)) {
      leak("table entry " + entry + " gives a place to a block that the disk does not have");
    }
  }

  private void use(long block, long offset, long count) {
    long first = offset / BatEntry.MIB;
    if (first + count > MAX_MEBIBYTES) {
      checkErrors++;
      tell("block " + block + " lies too far out to be checked, at " + VhdxHead.hex(offset));
      return;
    }
    int from = (int) first;
    int end = (int) (first + count);
    int taken = used.nextSetBit(from);
    if (taken >= 0 && taken < end) {
      corrupt(
          "block "
              + block
              + " lies where another one does, at "
              + VhdxHead.hex((long) taken * BatEntry.MIB));
    }
    used.set(from, end);
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
      messages.add("vhdx " + head.name() + ": " + message);
    }
  }

  private static MemorySegment bytes(Storage storage, long offset, int length) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[length]);
    storage.read(offset, bytes);
    return bytes;
  }
}
