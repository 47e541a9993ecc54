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
 * are where they cannot be or where others are. Changes nothing.
 */
final class VhdxCheck {
  /** How much of a file is looked at for blocks that overlap, MiB: a full disk and its bitmaps. */
  private static final long MAX_MEBIBYTES = 1L << 27;

  private final VhdxHead head;
  private final VhdxMap map;
  private final BitSet used = new BitSet();
  private final List<String> messages = new ArrayList<>();
  private long corruptions;
  private long checkErrors;

  private VhdxCheck(VhdxHead head, VhdxMap map) {
    this.head = head;
    this.map = map;
  }

  static CheckReport of(VhdxHead head, VhdxMap map) throws IOException {
    VhdxCheck check = new VhdxCheck(head, map);
    check.checkCopies();
    check.checkBlocks();
    return new CheckReport(0, 0, 0, 0, 0, check.corruptions, 0, check.checkErrors, check.messages);
  }

  private void checkCopies() throws IOException {
    for (long offset : VhdxHeader.OFFSETS) {
      MemorySegment bytes = bytes(head.storage(), offset, VhdxHeader.LENGTH);
      if (!VhdxHeader.isSound(bytes)) {
        corrupt("the header at " + VhdxHead.hex(offset) + " is damaged, the other one is used");
      }
    }
    for (long offset : RegionTable.OFFSETS) {
      MemorySegment bytes = bytes(head.storage(), offset, RegionTable.LENGTH);
      if (!RegionTable.isSound(bytes)) {
        corrupt(
            "the region table at " + VhdxHead.hex(offset) + " is damaged, the other one is used");
      }
    }
    if (head.replayed()) {
      corrupt("the log was not played back");
    }
  }

  private void checkBlocks() throws IOException {
    long blocks = head.layout().blocks();
    long blockMebibytes = head.layout().blockSize() / BatEntry.MIB;
    for (long block = 0; block < blocks; block++) {
      try {
        long bitmap = map.bitmapOffset(block);
        if (bitmap != VhdxMap.NOWHERE && block % head.layout().chunkRatio() == 0) {
          use(block, bitmap, 1);
        }
        long payload = map.payloadOffset(block);
        if (payload != VhdxMap.NOWHERE) {
          use(block, payload, blockMebibytes);
        } else {
          block = map.endOfAbsent(block, blocks - 1) - 1;
        }
      } catch (CorruptImageException e) {
        corrupt(e.getMessage());
      }
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

  private void tell(String message) {
    if (messages.size() < CheckReport.MAX_MESSAGES) {
      String prefix = "vhdx " + head.name() + ": ";
      messages.add(message.startsWith(prefix) ? message : prefix + message);
    }
  }

  private static MemorySegment bytes(Storage storage, long offset, int length) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[length]);
    storage.read(offset, bytes);
    return bytes;
  }
}
