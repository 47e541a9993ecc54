package dev.platter.guest.files.btrfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * One of the trees of btrfs.
 *
 * @param logical the address of its root
 * @param level of its root; leaves have level 0
 * @param checked whether nodes must have the right checksums, which are CRC-32C
 */
record BtrfsTree(Source logicalBytes, int nodeSize, long logical, int level, boolean checked) {
  private static final int CHECKSUM = 32;
  private static final int HEADER = 101;
  private static final int POINTER = 33;
  private static final int ITEM = 25;
  private static final int MAX_LEVEL = 7;

  /** Takes items in the order of their keys. */
  interface Visitor {
    /** Whether to go on. */
    boolean item(BtrfsKey key, Bytes data) throws IOException;
  }

  /** The same tree, of which only nodes with the right checksums are read. */
  BtrfsTree withChecks() {
    return new BtrfsTree(logicalBytes, nodeSize, logical, level, true);
  }

  /** That the first bytes of a structure are the checksum of the others. */
  static void requireChecksum(Bytes bytes) throws IOException {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(CHECKSUM, bytes.length() - CHECKSUM));
    bytes.require((int) crc.getValue() == bytes.i32(0), "a wrong checksum");
  }

  /** Visits the items from {@code first} on. */
  void scan(BtrfsKey first, Visitor visitor) throws IOException {
    scan(logical, level, first, visitor);
  }

  private boolean scan(long address, int expected, BtrfsKey first, Visitor visitor)
      throws IOException {
    Bytes node = logicalBytes.read(address, nodeSize);
    if (checked) {
      requireChecksum(node);
    }
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
    for (long i = lower(node, count, ITEM, first); i < count; i++) {
      long at = HEADER + i * ITEM;
      logicalBytes.step();
      Bytes data = node.slice(HEADER + node.u32(at + 17), node.u32(at + 21));
      if (!visitor.item(BtrfsKey.parse(node, at), data)) {
        return false;
      }
    }
    return true;
  }

  /** The place of the first key that is not less than {@code first}. */
  private static long lower(Bytes node, long count, int stride, BtrfsKey first) throws IOException {
    long low = 0;
    long high = count;
    while (low < high) {
      long middle = low + high >>> 1;
      if (BtrfsKey.parse(node, HEADER + middle * stride).compareTo(first) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private boolean inner(Bytes node, long count, BtrfsKey first, Visitor visitor, int height)
      throws IOException {
    node.require(count <= (nodeSize - HEADER) / POINTER, count + " pointers in a tree node");
    // What is looked for may be in the subtree in front of the first that begins behind it.
    long start = Math.max(lower(node, count, POINTER, first) - 1, 0);
    for (long i = start; i < count; i++) {
      long at = HEADER + i * POINTER;
      logicalBytes.step();
      if (!scan(node.i64(at + BtrfsKey.LENGTH), height - 1, first, visitor)) {
        return false;
      }
    }
    return true;
  }
}
