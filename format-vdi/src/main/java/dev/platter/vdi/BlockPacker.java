package dev.platter.vdi;

import dev.platter.image.support.StoredBlocks;
import dev.platter.image.support.TableEditor;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.BitSet;

/**
 * Makes the blocks of an image the first ones of its file, each entry with one of its own: what
 * lies behind is moved into the gaps, what two entries share is copied for the second, and an entry
 * that points past the end of the file loses what it never had. Needs two bits of memory for each
 * block of the disk. At any moment each block of the disk can be read where its entry says.
 */
final class BlockPacker {
  private final WritableStorage storage;
  private final VdiHead head;
  private final long blocks;

  /** The blocks of the file that entries point to, of those that a sound image could have. */
  private final BitSet used = new BitSet();

  /** Entries that point to a block which they cannot keep: another one's, or one too far behind. */
  private long homeless;

  BlockPacker(WritableStorage storage, VdiHead head) {
    this.storage = storage;
    this.head = head;
    this.blocks = head.blocks();
  }

  /**
   * Does it; the table is on the medium when this returns. The header's count and the file's end
   * are left as they were.
   *
   * @return how many blocks of the file are in use now
   */
  long pack() throws IOException {
    boolean isStatic = head.header().imageType() == VdiHeader.STATIC;
    BlockTable table = new BlockTable(head);
    for (long block = 0; block < blocks; ) {
      int entry = table.entryAt(block);
      if (BlockTable.isAllocated(entry)) {
        count(entry, isStatic);
        block++;
      } else {
        block = table.endOfSame(block, blocks);
      }
    }
    long count = used.cardinality() + homeless;
    BitSet kept = new BitSet();
    try (StoredBlocks stored = new StoredBlocks(storage)) {
      Gaps gaps = new Gaps();
      new TableEditor(storage, head.header().tableOffset())
          .update(
              blocks,
              (block, entry) -> {
                if (!BlockTable.isAllocated(entry)) {
                  return entry;
                }
                if (isLost(entry) && !isStatic) {
                  return head.hasParent() ? BlockTable.ZERO : BlockTable.FREE;
                }
                long number = Integer.toUnsignedLong(entry);
                if (number < count && !kept.get(entry)) {
                  kept.set(entry);
                  return entry;
                }
                int gap = gaps.next();
                copy(stored, number, gap);
                return gap;
              });
    }
    return count;
  }

  private void count(int entry, boolean isStatic) {
    if (isLost(entry) && !isStatic) {
      return;
    }
    if (Integer.toUnsignedLong(entry) >= blocks || used.get(entry)) {
      homeless++;
    } else {
      used.set(entry);
    }
  }

  /** Whether the file ends before the block begins. */
  private boolean isLost(int entry) {
    return head.dataOffset(entry, 1) < 0;
  }

  private void copy(StoredBlocks stored, long from, int to) throws IOException {
    long target = head.header().dataOffset() + to * head.blockStride();
    if (isLost((int) from)) {
      storage.zero(target, head.blockStride());
    } else {
      long source = head.header().dataOffset() + from * head.blockStride();
      stored.copy(source, target, head.blockStride());
    }
  }

  /** The blocks of the file that no entry points to, in order. */
  private final class Gaps {
    private int at = -1;

    int next() {
      at = used.nextClearBit(at + 1);
      return at;
    }
  }
}
