package dev.platter.guest.files.ext;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import java.io.IOException;

/** A file's bytes, found through block numbers: twelve direct ones, then three trees. */
final class ExtBlockList extends MappedSource {
  private static final int DIRECT = 12;
  private static final int TREES = 3;

  private final Bytes root;
  private final Source volume;
  private final int blockSize;

  ExtBlockList(String name, ExtInode inode, Source volume, int blockSize) {
    super(name, inode.size(), volume.budget());
    this.root = inode.block();
    this.volume = volume;
    this.blockSize = blockSize;
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    long index = offset / blockSize;
    long within = offset % blockSize;
    if (index >= DIRECT) {
      return pieceOfTree(index - DIRECT, within);
    }
    return piece(root.u32(index * 4), 1, within);
  }

  /**
   * @param blocks how far a hole reaches
   */
  private Piece piece(long block, long blocks, long within) {
    return block == 0
        ? Piece.zeros(blocks * blockSize - within)
        : new Piece(blockSize - within, volume, block * blockSize + within);
  }

  private Piece pieceOfTree(long first, long within) throws IOException {
    long fanOut = blockSize / 4;
    long index = first;
    long reach = fanOut;
    for (int tree = 0; tree < TREES; tree++) {
      if (index < reach) {
        long block = root.u32((DIRECT + tree) * 4L);
        long left = reach - index; // what the place that was looked up last stands for
        for (long unit = reach / fanOut; unit > 0 && block != 0; unit /= fanOut) {
          block = volume.read(block * blockSize + index / unit * 4, 4).u32(0);
          index %= unit;
          left = unit - index;
        }
        return piece(block, left, within);
      }
      index -= reach;
      reach *= fanOut;
    }
    throw root.wrong("block " + first + " is past the largest file");
  }
}
