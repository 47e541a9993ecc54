package dev.platter.guest.files.ext;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Node;
import dev.platter.image.CorruptImageException;

/**
 * An inode of ext2, ext3 or ext4 ("ext4 Data Structures and Algorithms", 4.3).
 *
 * @param size bytes
 * @param block the field that holds block numbers, an extent tree, a link's target or inline data
 * @param extra what follows the classic inode of 128 bytes
 */
record ExtInode(int mode, long size, int flags, Bytes block, Bytes extra) {
  static final int BLOCK_LENGTH = 60;

  private static final int CLASSIC_LENGTH = 128;
  private static final int FLAG_ENCRYPT = 0x800;
  private static final int FLAG_EXTENTS = 0x80000;
  private static final int FLAG_INLINE_DATA = 0x10000000;
  private static final int ATTRIBUTES_MAGIC = 0xEA020000;
  private static final int SYSTEM = 7;
  private static final String DATA = "data";

  static ExtInode parse(Bytes bytes) throws CorruptImageException {
    return new ExtInode(
        bytes.u16(0),
        bytes.u32(4) | (bytes.u32(108) & 0x7FFFFFFF) << 32,
        bytes.i32(32),
        bytes.slice(40, BLOCK_LENGTH),
        bytes.from(CLASSIC_LENGTH));
  }

  boolean isEncrypted() {
    return (flags & FLAG_ENCRYPT) != 0;
  }

  boolean hasExtents() {
    return (flags & FLAG_EXTENTS) != 0;
  }

  boolean isInline() {
    return (flags & FLAG_INLINE_DATA) != 0;
  }

  /** Whether this is a link whose target is in {@link #block}. */
  boolean isFastLink() {
    return Node.Kind.ofMode(mode) == Node.Kind.LINK && !hasExtents() && size < BLOCK_LENGTH;
  }

  /** The inline data that does not fit in {@link #block}: the attribute {@code system.data}. */
  byte[] inlineRest() throws CorruptImageException {
    if (extra.length() < 4) {
      return new byte[0];
    }
    int header = extra.u16(0);
    if (header + 4 > extra.length() || extra.i32(header) != ATTRIBUTES_MAGIC) {
      return new byte[0];
    }
    Bytes entries = extra.from(header + 4L);
    for (int at = 0; at + 16 <= entries.length(); ) {
      int nameLength = entries.u8(at);
      int index = entries.u8(at + 1);
      if (nameLength == 0 && index == 0) {
        break;
      }
      if (index == SYSTEM && entries.name(at + 16, nameLength).equals(DATA)) {
        return entries.array(entries.u16(at + 2), entries.u32(at + 8));
      }
      at += 16 + (nameLength + 3) / 4 * 4;
    }
    return new byte[0];
  }
}
