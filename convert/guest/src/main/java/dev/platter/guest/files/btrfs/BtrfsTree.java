package dev.platter.guest.files.btrfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;

/**
 * One of the trees of btrfs.
 *
 * @param logical the address of its root
 * @param level of its root; leaves have level 0
 */
record BtrfsTree(Source logicalBytes, int nodeSize, long logical, int level) {
  private static final int HEADER = 101;
  private static final int POINTER = 33;
  private static final int ITEM = 25;
  private static final int MAX_LEVEL = 7;

  /** Takes items in the order of their keys. */
  interface Visitor {
    /** Whether to go on. */
    boolean item(BtrfsKey key, Bytes data) throws IOException;
  }

  /** Visits the items from {@code first} on. */
  void scan(BtrfsKey first, Visitor visitor) throws IOException {
    scan(logical, level, first, visitor);
  }

  private boolean scan(long address, int expected, BtrfsKey first, Visitor visitor)
      throws IOException {
    Bytes node = logicalBytes.read(address, nodeSize);
    node.require(node.i64(48) == address, "tree node says that it lies elsewhere");
    node.require(
        expected <= MAX_LEVEL && node.u8(100) == expected,
        "tree node of level " + node.u8(100) + ", expected " + expected);
    long count = node.u32(96);
    return expected == 0
        ? leaf(node, count, first, visitor)
        : inner(node, count, first, visitor, expected);
  }

  private boolean leaf(Bytes node, long count, BtrfsKey first, Visitor visitor) throws IOException {
    node.require(count <= (nodeSize - HEADER) / ITEM, count + " items in a leaf");
    for (long i = 0; i < count; i++) {
      long at = HEADER + i * ITEM;
      logicalBytes.step();
      BtrfsKey key = BtrfsKey.parse(node, at);
      if (key.compareTo(first) >= 0) {
        Bytes data = node.slice(HEADER + node.u32(at + 17), node.u32(at + 21));
        if (!visitor.item(key, data)) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean inner(Bytes node, long count, BtrfsKey first, Visitor visitor, int height)
      throws IOException {
    node.require(count <= (nodeSize - HEADER) / POINTER, count + " pointers in a tree node");
    for (long i = 0; i < count; i++) {
      long at = HEADER + i * POINTER;
      logicalBytes.step();
      // A subtree is of interest unless the next one begins at or before what is looked for.
      boolean before = i + 1 < count && BtrfsKey.parse(node, at + POINTER).compareTo(first) <= 0;
      if (!before && !scan(node.i64(at + BtrfsKey.LENGTH), height - 1, first, visitor)) {
        return false;
      }
    }
    return true;
  }
}
