package dev.platter.guest.files.ext;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import java.io.IOException;

/** A file's bytes, found through its tree of extents ("ext4 Data Structures", 4.3.4). */
final class ExtExtents extends MappedSource {
  private static final int MAGIC = 0xF30A;
  private static final int MAX_DEPTH = 5;
  private static final int HEADER = 12;
  private static final int ENTRY = 12;
  private static final int MAX_INITIALIZED = 1 << 15;

  private final Bytes root;
  private final Source volume;
  private final int blockSize;

  ExtExtents(String name, ExtInode inode, Source volume, int blockSize) {
    super(name, inode.size(), volume.budget());
    this.root = inode.block();
    this.volume = volume;
    this.blockSize = blockSize;
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    long block = offset / blockSize;
    long end = 1L << 32; // the first block that the nodes seen so far do not speak of
    Bytes node = root;
    for (int depth = depth(root, -1); ; depth--) {
      step();
      int count = node.u16(2);
      node.require(
          HEADER + (long) count * ENTRY <= node.length(), count + " entries in an extent node");
      int found = -1;
      for (int i = 0; i < count; i++) { // a few hundred at most
        long first = node.u32(HEADER + (long) i * ENTRY);
        if (first > block) {
          end = Math.min(end, first);
          break;
        }
        found = i;
      }
      if (found < 0) {
        return zeros(offset, end);
      }
      Bytes entry = node.slice(HEADER + (long) found * ENTRY, ENTRY);
      if (depth == 0) {
        return leaf(offset, block, entry, end);
      }
      long below = entry.u32(4) | (long) entry.u16(8) << 32;
      node = volume.read(volume.offsetOf(below, blockSize), blockSize);
      depth(node, depth - 1);
    }
  }

  private int depth(Bytes node, int expected) throws IOException {
    node.require(
        node.u16(0) == MAGIC, "no extent node: magic 0x" + Integer.toHexString(node.u16(0)));
    int depth = node.u16(6);
    node.require(
        expected < 0 ? depth <= MAX_DEPTH : depth == expected, "extent node of depth " + depth);
    return depth;
  }

  private Piece leaf(long offset, long block, Bytes entry, long end) throws IOException {
    long first = entry.u32(0);
    int length = entry.u16(4);
    boolean written = length <= MAX_INITIALIZED;
    long blocks = written ? length : length - MAX_INITIALIZED;
    if (block >= first + blocks) {
      return zeros(offset, end);
    }
    if (!written) {
      return zeros(offset, first + blocks);
    }
    long start = volume.offsetOf(entry.u32(8) | (long) entry.u16(6) << 32, blockSize);
    return new Piece(
        (first + blocks) * blockSize - offset, volume, start + offset - first * blockSize);
  }

  private Piece zeros(long offset, long endBlock) {
    return Piece.zeros(Math.max(endBlock * blockSize - offset, 1));
  }
}
