package dev.platter.guest.files.xfs;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;

/**
 * An inode of XFS ("XFS Algorithms and Data Structures", chapter 16).
 *
 * @param format how {@code fork} tells where the bytes are
 * @param size bytes
 * @param extents how many extents {@code fork} lists, in the format of that name
 * @param fork the data fork
 */
record XfsInode(int mode, int format, long size, long extents, boolean realtime, Bytes fork) {
  static final int LOCAL = 1;
  static final int EXTENTS = 2;
  static final int BTREE = 3;

  private static final int MAGIC = 0x494E; // "IN"
  private static final int CORE_V2 = 100;
  private static final int CORE_V3 = 176;
  private static final int FLAG_REALTIME = 0x1;
  private static final int FLAG2_LARGE_COUNTS = 1 << 4;

  static XfsInode parse(Bytes little) throws CorruptImageException {
    Bytes bytes = little.big();
    bytes.require(bytes.u16(0) == MAGIC, "no inode: magic 0x" + Integer.toHexString(bytes.u16(0)));
    int version = bytes.u8(4);
    int core = version >= 3 ? CORE_V3 : CORE_V2;
    boolean largeCounts = version >= 3 && (bytes.i64(120) & FLAG2_LARGE_COUNTS) != 0;
    int attributes = bytes.u8(82) * 8;
    return new XfsInode(
        bytes.u16(2),
        bytes.u8(5),
        bytes.u63(56),
        largeCounts ? bytes.u63(24) : bytes.u32(76),
        (bytes.u16(90) & FLAG_REALTIME) != 0,
        attributes == 0 ? bytes.from(core) : bytes.slice(core, attributes));
  }
}
