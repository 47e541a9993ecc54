package dev.platter.vhdx;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Sizes;
import dev.platter.vhd.blocks.FreeSpace;
import dev.platter.vhd.blocks.GapFilling.Range;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** What of a file is in use, and for what. */
record VhdxSpace(VhdxHead head, VhdxMap map) {
  /** Is told of every block that has a place; payload blocks and sector bitmap blocks. */
  interface Visitor {
    /**
     * @param block the payload block, or one of those whose sectors the bitmap tells of
     * @param length bytes
     */
    void visit(long block, long offset, long length, boolean bitmap) throws IOException;

    /** Is told of a block that cannot be where the table says, or in that state. */
    void impossible(long block, boolean bitmap, CorruptImageException e) throws IOException;
  }

  static VhdxSpace of(VhdxHead head) throws IOException {
    return new VhdxSpace(head, new VhdxMap(head));
  }

  /** Goes through all blocks of the disk. */
  void visit(Visitor visitor) throws IOException {
    DiskLayout layout = head.layout();
    long blocks = layout.blocks();
    if (layout.hasParent()) {
      for (long block = 0; block < blocks; block += layout.chunkRatio()) {
        try {
          long bitmap = map.bitmapOffset(block);
          if (bitmap != VhdxMap.NOWHERE) {
            visitor.visit(block, bitmap, BatEntry.MIB, true);
          }
        } catch (CorruptImageException e) {
          visitor.impossible(block, true, e);
        }
      }
    }
    for (long block = 0; block < blocks; ) {
      try {
        long payload = map.payloadOffset(block);
        if (payload == VhdxMap.NOWHERE) {
          block = map.endOfAbsent(block, blocks - 1);
          continue;
        }
        visitor.visit(block, payload, layout.blockSize(), false);
      } catch (CorruptImageException e) {
        visitor.impossible(block, false, e);
      }
      block++;
    }
  }

  /** Everything in use, blocks that cannot be left out. */
  List<Range> used() throws IOException {
    List<Range> used = new ArrayList<>();
    used.add(new Range(0, BatEntry.MIB, Range.FIXED));
    for (RegionTable.Region region : head.reserved()) {
      used.add(new Range(region.offset(), region.end(), Range.FIXED));
    }
    visit(
        new Visitor() {
          @Override
          public void visit(long block, long offset, long length, boolean bitmap) {
            used.add(new Range(offset, offset + length, bitmap ? Range.FIXED : block));
          }

          @Override
          public void impossible(long block, boolean bitmap, CorruptImageException e) {}
        });
    return used;
  }

  /** Where the last of it ends. */
  static long endOf(List<Range> used) {
    long end = 0;
    for (Range range : used) {
      end = Math.max(end, range.end());
    }
    return Sizes.roundUp(end, BatEntry.MIB);
  }

  /** Where blocks may go. */
  FreeSpace free() throws IOException {
    BitSet used = new BitSet();
    used.set(0);
    for (RegionTable.Region region : head.reserved()) {
      use(used, region.offset(), region.length());
    }
    visit(
        new Visitor() {
          @Override
          public void visit(long block, long offset, long length, boolean bitmap)
              throws IOException {
            use(used, offset, length);
          }

          @Override
          public void impossible(long block, boolean bitmap, CorruptImageException e)
              throws IOException {
            throw e;
          }
        });
    FreeSpace free = new FreeSpace(BatEntry.MIB, offset -> Sizes.roundUp(offset, BatEntry.MIB));
    for (int from = used.nextSetBit(0); from >= 0; ) {
      int end = used.nextClearBit(from);
      free.pass((long) from * BatEntry.MIB, (long) end * BatEntry.MIB);
      from = used.nextSetBit(end);
    }
    return free;
  }

  private void use(BitSet used, long offset, long length) throws CorruptImageException {
    long end = (offset + length) / BatEntry.MIB;
    if (end > VhdxCheck.MAX_MEBIBYTES) {
      throw head.corrupt("what lies at " + VhdxHead.hex(offset) + " is too far out");
    }
    used.set((int) (offset / BatEntry.MIB), (int) end);
  }
}
