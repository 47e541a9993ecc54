package dev.platter.guest.files.f2fs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.PosixAcl;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The extended attributes of an inode: one list, of which the beginning lies in the inode and the
 * rest in a node of its own.
 */
final class F2fsAttributes {
  private static final int MAGIC = 0xF2F52011;
  private static final int HEADER = 24;
  private static final int ENTRY = 4;
  private static final int NODE = 4072; // up to its footer

  /** What names begin with, by the number that is stored for it; null: shown to nobody. */
  private static final String[] PREFIXES = {
    null, "user.", PosixAcl.ACCESS, PosixAcl.DEFAULT, "trusted.", null, "security."
  };

  private F2fsAttributes() {}

  /**
   * @param inside what the inode has
   * @param node the node that has more
   */
  static SortedMap<String, byte[]> all(Bytes inside, Optional<Bytes> node) throws IOException {
    SortedMap<String, byte[]> all = new TreeMap<>();
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    list.writeBytes(inside.array());
    if (node.isPresent()) {
      list.writeBytes(node.get().array(0, NODE));
    }
    Bytes bytes = inside.with(list.toByteArray());
    if (bytes.length() < HEADER || bytes.i32(0) != MAGIC) {
      return all;
    }
    for (int at = HEADER; at + ENTRY <= bytes.length() && bytes.i32(at) != 0; ) {
      int prefix = bytes.u8(at);
      int nameLength = bytes.u8(at + 1L);
      int length = bytes.u16(at + 2L);
      if (prefix < PREFIXES.length && PREFIXES[prefix] != null) {
        bytes.require(length <= Node.MAX_ATTRIBUTE, "an attribute of " + length + " bytes");
        String name = PREFIXES[prefix] + bytes.name(at + ENTRY, nameLength);
        byte[] value = bytes.array(at + ENTRY + nameLength, length);
        boolean isAcl = PREFIXES[prefix].startsWith("system.");
        all.put(name, isAcl ? PosixAcl.ofExt(value) : value);
      }
      at += (ENTRY + nameLength + length + 3) / 4 * 4;
    }
    return all;
  }
}
