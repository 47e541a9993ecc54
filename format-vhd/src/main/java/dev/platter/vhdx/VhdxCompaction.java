package dev.platter.vhdx;

import dev.platter.image.Sizes;
import dev.platter.storage.WritableStorage;
import dev.platter.vhd.blocks.FileBytes;
import dev.platter.vhd.blocks.GapFilling;
import dev.platter.vhd.blocks.GapFilling.Range;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;

/**
 * Makes a file as short as it can be: blocks that hold only zeros are marked as that and lose their
 * place, and the last blocks of the file move into the gaps.
 */
final class VhdxCompaction {
  private final WritableStorage storage;
  private final VhdxHead head;
  private final FileBytes bytes;
  private final Transaction transaction;

  /**
   * @param head of the disk, which is sound
   */
  VhdxCompaction(WritableStorage storage, Headers headers, VhdxHead head) {
    this.storage = storage;
    this.head = head;
    this.bytes = new FileBytes(storage);
    this.transaction = new Transaction(storage, headers, false);
  }

  void run() throws IOException {
    for (Range range : VhdxSpace.of(head).used()) {
      if (range.block() != Range.FIXED && isZero(range)) {
        setEntry(range.block(), BatEntry.PAYLOAD_BLOCK_ZERO);
      }
    }
    transaction.commit();
    fillGaps();
    giveBack();
  }

  /** Of a block that is partially present the bitmap says what its sectors are. */
  private boolean isZero(Range range) throws IOException {
    long within = range.block() * head.layout().blockSize();
    long length = Math.min(head.layout().blockSize(), head.layout().size() - within);
    long entry = VhdxSpace.of(head).map().entryAt(range.block());
    return BatEntry.state(entry) == BatEntry.PAYLOAD_BLOCK_FULLY_PRESENT
        && bytes.isZero(range.from(), range.from() + length);
  }

  private void fillGaps() throws IOException {
    VhdxSpace space = VhdxSpace.of(head);
    List<GapFilling.Move> moves =
        GapFilling.plan(space.used(), offset -> Sizes.roundUp(offset, BatEntry.MIB));
    for (GapFilling.Move move : moves) {
      bytes.copy(move.from(), move.to(), head.layout().blockSize());
    }
    for (GapFilling.Move move : moves) {
      int state = BatEntry.state(space.map().entryAt(move.block()));
      setEntry(move.block(), BatEntry.of(state, move.to()));
    }
    transaction.commit();
  }

  private void setEntry(long block, long entry) throws IOException {
    if (transaction.isFull()) {
      transaction.commit();
    }
    transaction.putLong(
        head.bat().offset() + head.layout().entryOf(block) * BatEntry.LENGTH, entry);
  }

  /** Gives back what is not in use. */
  void giveBack() throws IOException {
    List<Range> used = VhdxSpace.of(head).used();
    long end = VhdxSpace.endOf(used);
    used.sort(Comparator.comparingLong(Range::from));
    long free = 0;
    for (Range range : used) {
      if (range.from() > free) {
        storage.zero(free, range.from() - free);
      }
      free = Math.max(free, range.end());
    }
    if (end < storage.size()) {
      storage.truncate(end);
    }
    storage.sync();
  }
}
