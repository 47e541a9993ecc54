package dev.platter.guest.files.f2fs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;

/** The bytes of a file in blocks: addresses in its inode, in nodes, and in nodes below nodes. */
final class F2fsFile extends MappedSource {
  private static final int BLOCK = F2fsSuperblock.BLOCK;
  private static final int PER_NODE = 1018;
  private static final long HOLE = 0;
  private static final long RESERVED = 0xFFFFFFFFL;
  private static final int MAX_JOINED = 256;
  private static final int DIRECT = 2; // nodes that have addresses, of the inode's five
  private static final int INDIRECT = 2; // those that have nodes

  private final Source volume;
  private final F2fsNodes nodes;
  private final F2fsInode inode;

  /** How many blocks the last address that was looked for tells of: several of a hole alone. */
  private long reach;

  F2fsFile(String name, long size, Source volume, F2fsNodes nodes, F2fsInode inode) {
    super(name, size, volume.budget());
    this.volume = volume;
    this.nodes = nodes;
    this.inode = inode;
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    long index = offset / BLOCK;
    long within = offset % BLOCK;
    long last = (size() - 1) / BLOCK;
    long first = address(index);
    boolean isHole = isHole(first);
    long count = reach;
    while (count < MAX_JOINED && index + count <= last) {
      long next = address(index + count);
      if (isHole ? !isHole(next) : next != first + count) {
        break;
      }
      count += reach;
    }
    long length = count * BLOCK - within;
    if (isHole) {
      return Piece.zeros(length);
    }
    nodes.place(first + count - 1);
    return new Piece(length, volume, nodes.place(first) + within);
  }

  private static boolean isHole(long address) {
    return address == HOLE || address == RESERVED;
  }

  /** The address of a block; {@link #reach} tells of how many it is told. */
  private long address(long index) throws IOException {
    reach = 1;
    if (index < inode.addresses()) {
      return inode.address((int) index);
    }
    long left = index - inode.addresses();
    long below = PER_NODE; // addresses that a node of the inode leads to
    int number = 0;
    for (int level = 0; level <= 2; level++) {
      int count = level == 0 ? DIRECT : level == 1 ? INDIRECT : 1;
      for (int i = 0; i < count; i++) {
        if (left < below) {
          return descend(inode.bytes().u32(F2fsInode.NODES + number * 4L), left, below);
        }
        left -= below;
        number++;
      }
      below *= PER_NODE;
    }
    throw Fault.on(name()).corrupt("block " + index + " is more than a file can have");
  }

  /**
   * Follows a node to an address.
   *
   * @param below how many addresses it leads to
   */
  private long descend(long node, long index, long below) throws IOException {
    long number = node;
    long left = index;
    for (long each = below / PER_NODE; ; each /= PER_NODE) {
      if (number == 0) {
        reach = each * PER_NODE - left;
        return HOLE;
      }
      step();
      Bytes bytes = nodes.node(number);
      long next = bytes.u32(left / each * 4);
      if (each == 1) {
        return next;
      }
      left %= each;
      number = next;
    }
  }
}
