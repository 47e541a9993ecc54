package dev.platter.guest.files.ext;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.PosixAcl;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import java.io.IOException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The extended attributes of one inode ("ext4 Data Structures and Algorithms", 4.3.7): some behind
 * its fields, the others in a block.
 */
final class ExtAttributes {
  private static final int MAGIC = 0xEA020000;
  private static final int BLOCK_HEADER = 32;
  private static final int ENTRY = 16;
  private static final int MAX_ENTRIES = 1 << 12;
  private static final int ACL_ACCESS = 2;
  private static final int ACL_DEFAULT = 3;
  private static final int SYSTEM = 7;
  private static final String DATA = "data";

  /** What names begin with, by the number that is stored for it; null: shown to nobody. */
  private static final String[] PREFIXES = {
    "",
    "user.",
    PosixAcl.ACCESS,
    PosixAcl.DEFAULT,
    "trusted.",
    null,
    "security.",
    "system.",
    "system.richacl"
  };

  private ExtAttributes() {}

  /** One attribute as it is stored. */
  private interface Visitor {
    void take(int prefix, String name, Bytes entry, Bytes values) throws IOException;
  }

  /**
   * All that can be read of them by others.
   *
   * @param block what {@link ExtInode#attributeBlock} leads to; empty: nothing
   * @param large opens the inodes that hold large values
   */
  static SortedMap<String, byte[]> all(ExtInode inode, Optional<Bytes> block, LargeValues large)
      throws IOException {
    SortedMap<String, byte[]> all = new TreeMap<>();
    Visitor take =
        (prefix, name, entry, values) -> {
          String start = prefix < PREFIXES.length ? PREFIXES[prefix] : null;
          boolean isData = prefix == SYSTEM && name.equals(DATA);
          if (start != null && !isData) {
            byte[] value = value(entry, values, large);
            boolean isAcl = prefix == ACL_ACCESS || prefix == ACL_DEFAULT;
            all.put(start + name, isAcl ? PosixAcl.ofExt(value) : value);
          }
        };
    visitInside(inode, take);
    if (block.isPresent()) {
      Bytes bytes = block.get();
      bytes.require(bytes.i32(0) == MAGIC, "no block of extended attributes");
      visit(bytes.from(BLOCK_HEADER), bytes, take);
    }
    return all;
  }

  /** Opens what an inode of its own holds. */
  interface LargeValues {
    Source open(long inode) throws IOException;
  }

  /** The inline data that does not fit in {@link ExtInode#block}: {@code system.data}. */
  static byte[] inlineRest(ExtInode inode) throws IOException {
    byte[][] found = {new byte[0]};
    visitInside(
        inode,
        (prefix, name, entry, values) -> {
          if (prefix == SYSTEM && name.equals(DATA)) {
            found[0] = values.array(entry.u16(2), entry.u32(8));
          }
        });
    return found[0];
  }

  private static void visitInside(ExtInode inode, Visitor visitor) throws IOException {
    Bytes inside = inode.attributesInside();
    if (inside.length() >= 4 && inside.i32(0) == MAGIC) {
      visit(inside.from(4), inside.from(4), visitor);
    }
  }

  private static void visit(Bytes entries, Bytes values, Visitor visitor) throws IOException {
    int count = 0;
    for (int at = 0; at + ENTRY <= entries.length(); ) {
      int nameLength = entries.u8(at);
      int prefix = entries.u8(at + 1);
      if (nameLength == 0 && prefix == 0) {
        return;
      }
      entries.require(++count <= MAX_ENTRIES, "more than " + MAX_ENTRIES + " extended attributes");
      Bytes entry = entries.slice(at, ENTRY);
      visitor.take(prefix, entries.name(at + ENTRY, nameLength), entry, values);
      at += ENTRY + (nameLength + 3) / 4 * 4;
    }
  }

  private static byte[] value(Bytes entry, Bytes values, LargeValues large) throws IOException {
    long size = entry.u32(8);
    check(entry, size);
    long inode = entry.u32(4);
    if (inode == 0) {
      return size == 0 ? new byte[0] : values.array(entry.u16(2), size);
    }
    return large.open(inode).read(0, size).array();
  }

  private static void check(Bytes entry, long size) throws CorruptImageException {
    entry.require(
        size <= Node.MAX_ATTRIBUTE,
        "an extended attribute of " + size + " bytes, at most " + Node.MAX_ATTRIBUTE);
  }
}
