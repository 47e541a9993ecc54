package dev.platter.guest.files.xfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.FileAttributes.Device;
import dev.platter.image.CorruptImageException;
import java.time.Instant;
import java.util.Optional;

/**
 * An inode of XFS ("XFS Algorithms and Data Structures", chapter 16).
 *
 * @param format how {@code fork} tells where the bytes are
 * @param size bytes
 * @param extents how many extents {@code fork} lists, in the format of that name
 * @param fork the data fork
 * @param all the whole inode
 */
record XfsInode(
    int mode, int format, long size, long extents, boolean realtime, Bytes fork, Bytes all) {
  static final int LOCAL = 1;
  static final int EXTENTS = 2;
  static final int BTREE = 3;

  private static final int MAGIC = 0x494E; // "IN"
  private static final int CORE_V2 = 100;
  private static final int CORE_V3 = 176;
  private static final int FLAG_REALTIME = 0x1;
  private static final int FLAG2_BIG_TIME = 1 << 3;
  private static final int FLAG2_LARGE_COUNTS = 1 << 4;
  private static final int ATTRIBUTES_AT = 82;
  private static final int ATTRIBUTES_FORMAT = 83;
  private static final int ACCESSED = 32;
  private static final int MODIFIED = 40;
  private static final int CHANGED = 48;
  private static final int CREATED = 144;
  private static final long NANOS = 1_000_000_000;

  /** Big times count from the earliest time of 32 bits. */
  private static final long BIG_TIME_START = 1L << 31;

  static XfsInode parse(Bytes little) throws CorruptImageException {
    Bytes bytes = little.big();
    bytes.require(bytes.u16(0) == MAGIC, "no inode: magic 0x" + Integer.toHexString(bytes.u16(0)));
    int attributes = bytes.u8(ATTRIBUTES_AT) * 8;
    int core = core(bytes);
    return new XfsInode(
        bytes.u16(2),
        bytes.u8(5),
        bytes.u63(56),
        hasFlag2(bytes, FLAG2_LARGE_COUNTS) ? bytes.u63(24) : bytes.u32(76),
        (bytes.u16(90) & FLAG_REALTIME) != 0,
        attributes == 0 ? bytes.from(core) : bytes.slice(core, attributes),
        bytes);
  }

  private static int core(Bytes bytes) throws CorruptImageException {
    return bytes.u8(4) >= 3 ? CORE_V3 : CORE_V2;
  }

  private static boolean hasFlag2(Bytes bytes, int flag) throws CorruptImageException {
    return bytes.u8(4) >= 3 && (bytes.i64(120) & flag) != 0;
  }

  /** The same with what its list of blocks leads to taken for longer or shorter. */
  XfsInode withSize(long other) {
    return new XfsInode(mode, format, other, extents, realtime, fork, all);
  }

  /** The fork that holds the extended attributes, as if it were the data; empty: there is none. */
  Optional<XfsInode> attributeFork(long room) throws CorruptImageException {
    int at = all.u8(ATTRIBUTES_AT) * 8;
    if (at == 0) {
      return Optional.empty();
    }
    long count = hasFlag2(all, FLAG2_LARGE_COUNTS) ? all.u32(76) : all.u16(80);
    return Optional.of(
        new XfsInode(
            mode, all.u8(ATTRIBUTES_FORMAT), room, count, false, all.from(core(all) + at), all));
  }

  FileAttributes attributes(long number) throws CorruptImageException {
    return new FileAttributes(
        0,
        number,
        mode,
        all.u8(4) == 1 ? all.u16(6) : all.u32(16),
        all.u32(8),
        all.u32(12),
        size,
        device(),
        time(ACCESSED),
        time(MODIFIED),
        time(CHANGED),
        all.u8(4) >= 3 ? Optional.of(time(CREATED)) : Optional.empty());
  }

  private Instant time(int at) throws CorruptImageException {
    if (hasFlag2(all, FLAG2_BIG_TIME)) {
      long nanos = all.i64(at);
      return FileAttributes.time(
          Long.divideUnsigned(nanos, NANOS) - BIG_TIME_START, Long.remainderUnsigned(nanos, NANOS));
    }
    return FileAttributes.time(all.i32(at), all.u32(at + 4));
  }

  /** 14 bits and 18, as IRIX had them. */
  private Optional<Device> device() throws CorruptImageException {
    int type = mode & FileAttributes.TYPE;
    if (type != FileAttributes.BLOCK_DEVICE && type != FileAttributes.CHARACTER_DEVICE) {
      return Optional.empty();
    }
    long number = fork.u32(0);
    return Optional.of(new Device(number >>> 18, number & 0x3FFFF));
  }
}
