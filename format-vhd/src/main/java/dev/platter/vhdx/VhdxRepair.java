package dev.platter.vhdx;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Sizes;
import dev.platter.image.spi.EditRequest;
import dev.platter.storage.WritableStorage;
import dev.platter.vhd.blocks.FileBytes;
import dev.platter.vhd.blocks.GapFilling.Range;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Puts right what {@link VhdxCheck} finds, its log having been played back: the copies of headers
 * and region table are made whole, blocks that cannot be where the table says are given up, and of
 * blocks that lie in the same place all but the first get a copy for themselves. A bitmap that is
 * lost is not made up.
 */
final class VhdxRepair {
  private final WritableStorage storage;
  private final EditRequest request;
  private final Headers headers;

  VhdxRepair(WritableStorage storage, EditRequest request) throws IOException {
    this.storage = storage;
    this.request = request;
    this.headers = Headers.read(storage, request.identity());
  }

  void run() throws IOException {
    Log.check(storage, headers.current(), request.limits());
    restoreCopies();
    giveUpImpossibleBlocks();
    separateBlocks();
  }

  private VhdxHead head() throws IOException {
    return VhdxHead.read(storage, request.limits());
  }

  /** Nothing that follows counts on the copies, so that the sync at the end will do. */
  private void restoreCopies() throws IOException {
    boolean sound = true;
    for (long offset : VhdxHeader.OFFSETS) {
      sound &= VhdxHeader.isSound(bytes(offset, VhdxHeader.LENGTH));
    }
    if (!sound) {
      headers.endLog();
    }
    MemorySegment first = bytes(RegionTable.OFFSETS[0], RegionTable.LENGTH);
    MemorySegment second = bytes(RegionTable.OFFSETS[1], RegionTable.LENGTH);
    if (!RegionTable.isSound(first)) {
      storage.write(RegionTable.OFFSETS[0], second);
    } else if (first.mismatch(second) >= 0) {
      storage.write(RegionTable.OFFSETS[1], first);
    }
  }

  private void giveUpImpossibleBlocks() throws IOException {
    VhdxHead head = head();
    VhdxSpace space = VhdxSpace.of(head);
    Transaction transaction = new Transaction(storage, headers, true);
    space.visit(
        new VhdxSpace.Visitor() {
          @Override
          public void visit(long block, long offset, long length, boolean bitmap) {}

          @Override
          public void impossible(long block, boolean bitmap, CorruptImageException e)
              throws IOException {
            if (!bitmap) {
              set(transaction, head, block, substitute(space, block));
            }
          }
        });
    transaction.commit();
  }

  /** A block that is only in the wrong state keeps its bytes. */
  private static long substitute(VhdxSpace space, long block) throws IOException {
    long entry = space.map().entryAt(block);
    long whole = BatEntry.of(BatEntry.PAYLOAD_BLOCK_FULLY_PRESENT, BatEntry.offset(entry));
    boolean keeps =
        BatEntry.state(entry) == BatEntry.PAYLOAD_BLOCK_PARTIALLY_PRESENT
            && !space.head().isDifferencing()
            && space.map().isPossible(block, BatEntry.offset(entry));
    return keeps ? whole : BatEntry.PAYLOAD_BLOCK_NOT_PRESENT;
  }

  private void separateBlocks() throws IOException {
    VhdxHead head = head();
    VhdxSpace space = VhdxSpace.of(head);
    List<Range> used = space.used();
    long end = Sizes.roundUp(Math.max(VhdxSpace.endOf(used), storage.size()), BatEntry.MIB);
    Transaction transaction = new Transaction(storage, headers, false);
    FileBytes bytes = new FileBytes(storage);
    for (Range range : overlapping(used)) {
      bytes.copy(range.from(), end, head.layout().blockSize());
      int state = BatEntry.state(space.map().entryAt(range.block()));
      set(transaction, head, range.block(), BatEntry.of(state, end));
      end += head.layout().blockSize();
    }
    transaction.commit();
  }

  /** The blocks that must go for the rest to lie apart; what cannot move stays. */
  private static List<Range> overlapping(List<Range> used) {
    used.sort(Comparator.comparingLong(Range::from).thenComparingLong(Range::block));
    List<Range> overlapping = new ArrayList<>();
    Range kept = used.getFirst();
    for (Range range : used.subList(1, used.size())) {
      boolean meets = range.from() < kept.end();
      if (meets && range.block() != Range.FIXED) {
        overlapping.add(range);
        continue;
      }
      if (meets && kept.block() != Range.FIXED) {
        overlapping.add(kept);
      }
      kept = range;
    }
    return overlapping;
  }

  private static void set(Transaction transaction, VhdxHead head, long block, long entry)
      throws IOException {
    if (transaction.isFull()) {
      transaction.commit();
    }
    transaction.putLong(
        head.bat().offset() + head.layout().entryOf(block) * BatEntry.LENGTH, entry);
  }

  private MemorySegment bytes(long offset, int length) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[length]);
    storage.read(offset, bytes);
    return bytes;
  }
}
