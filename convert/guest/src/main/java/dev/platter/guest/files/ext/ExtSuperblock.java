package dev.platter.guest.files.ext;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import java.io.IOException;
import java.util.Optional;

/**
 * The super block of ext2, ext3 and ext4 (Linux kernel documentation, "ext4 Data Structures and
 * Algorithms", 4.1).
 *
 * @param blocks how many there are
 * @param firstDataBlock the block in which the first group begins
 * @param blockSize bytes
 * @param descriptorSize bytes of a group descriptor
 */
public record ExtSuperblock(
    long inodes,
    long blocks,
    long firstDataBlock,
    int blockSize,
    long blocksPerGroup,
    long inodesPerGroup,
    int inodeSize,
    int descriptorSize,
    long firstMetaGroup,
    int compatible,
    int incompatible,
    int readOnlyCompatible,
    String uuid,
    String label) {
  static final int OFFSET = 1024;
  static final int LENGTH = 1024;
  static final int ROOT_INODE = 2;

  private static final int MAGIC = 0xEF53;

  private static final int COMPAT_HAS_JOURNAL = 0x4;
  private static final int COMPAT_SPARSE_SUPER2 = 0x200;
  private static final int INCOMPAT_COMPRESSION = 0x1;
  private static final int INCOMPAT_FILETYPE = 0x2;
  private static final int INCOMPAT_RECOVER = 0x4;
  private static final int INCOMPAT_JOURNAL_DEV = 0x8;
  private static final int INCOMPAT_META_BG = 0x10;
  private static final int INCOMPAT_64BIT = 0x80;
  private static final int INCOMPAT_KNOWN =
      0x1 | 0x2 | 0x4 | 0x10 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x1000 | 0x2000 | 0x4000
          | 0x8000 | 0x10000 | 0x20000;
  private static final int RO_COMPAT_SPARSE_SUPER = 0x1;
  private static final int RO_COMPAT_EXT2 = 0x7;

  private static final int SMALLEST_INODE = 128;
  private static final int SMALLEST_DESCRIPTOR = 32;

  static boolean isAt(Bytes head) throws CorruptImageException {
    return head.length() >= OFFSET + LENGTH && head.u16(OFFSET + 56) == MAGIC;
  }

  static ExtSuperblock parse(Bytes bytes) throws CorruptImageException {
    int logBlockSize = bytes.i32(24);
    bytes.require(
        logBlockSize >= 0 && logBlockSize <= 6, "block size of 2^(10+" + logBlockSize + ")");
    int incompatible = bytes.i32(96);
    boolean wide = (incompatible & INCOMPAT_64BIT) != 0;
    boolean dynamic = bytes.i32(76) > 0;
    int inodeSize = dynamic ? bytes.u16(88) : SMALLEST_INODE;
    int descriptorSize = wide ? bytes.u16(254) : SMALLEST_DESCRIPTOR;
    ExtSuperblock all =
        new ExtSuperblock(
            bytes.u32(0),
            bytes.u32(4) | (wide ? bytes.u32(336) << 32 : 0),
            bytes.u32(20),
            1 << (10 + logBlockSize),
            bytes.u32(32),
            bytes.u32(40),
            inodeSize,
            descriptorSize,
            bytes.u32(260),
            dynamic ? bytes.i32(92) : 0,
            dynamic ? incompatible : 0,
            dynamic ? bytes.i32(100) : 0,
            bytes.uuid(104),
            bytes.text(120, 16));
    bytes.require(
        all.blocks >= 0 && all.blocks <= Long.MAX_VALUE / all.blockSize,
        "0x" + Long.toHexString(all.blocks) + " blocks of " + all.blockSize + " bytes");
    return all;
  }

  /** Refuses what its files could not be read with. */
  void requireReadable(Bytes bytes) throws IOException {
    int unknown = incompatible & ~INCOMPAT_KNOWN;
    if (unknown != 0 || (incompatible & INCOMPAT_COMPRESSION) != 0) {
      throw bytes.unsupported(
          "incompatible features 0x"
              + Integer.toHexString(unknown | incompatible & INCOMPAT_COMPRESSION)
              + " of "
              + kind());
    }
    bytes.require(
        inodeSize >= SMALLEST_INODE && inodeSize <= blockSize && Integer.bitCount(inodeSize) == 1,
        "inodes of " + inodeSize + " bytes in blocks of " + blockSize);
    bytes.require(
        descriptorSize >= SMALLEST_DESCRIPTOR
            && descriptorSize <= blockSize
            && Integer.bitCount(descriptorSize) == 1,
        "group descriptors of " + descriptorSize + " bytes");
    bytes.require(
        blocksPerGroup > 0 && inodesPerGroup > 0 && blocks > firstDataBlock,
        blocks + " blocks, " + blocksPerGroup + " and " + inodesPerGroup + " inodes a group");
  }

  /** {@code ext2}, {@code ext3} or {@code ext4}: whichever is the first that could mount it. */
  String kind() {
    if ((incompatible & INCOMPAT_JOURNAL_DEV) != 0) {
      return "jbd";
    }
    int asExt3 = INCOMPAT_FILETYPE | INCOMPAT_META_BG | INCOMPAT_RECOVER;
    if ((incompatible & ~asExt3) != 0 || (readOnlyCompatible & ~RO_COMPAT_EXT2) != 0) {
      return "ext4";
    }
    return (compatible & COMPAT_HAS_JOURNAL) != 0 ? "ext3" : "ext2";
  }

  /** Where the descriptor of a group lies. */
  long descriptorOffset(long group) {
    long perBlock = blockSize / descriptorSize;
    long metaGroup = group / perBlock;
    long within = group % perBlock * descriptorSize;
    long behindSuperblock = OFFSET / blockSize + 1L;
    boolean inGroup = (incompatible & INCOMPAT_META_BG) != 0 && metaGroup >= firstMetaGroup;
    if (!inGroup) {
      return (behindSuperblock + metaGroup) * blockSize + within;
    }
    long firstGroup = metaGroup * perBlock;
    if (firstGroup == 0) {
      return behindSuperblock * blockSize + within;
    }
    long block = firstDataBlock + firstGroup * blocksPerGroup + (hasSuperblock(firstGroup) ? 1 : 0);
    return block * blockSize + within;
  }

  /** Whether a group begins with a copy of the super block. */
  boolean hasSuperblock(long group) {
    if (group == 0) {
      return true;
    }
    if ((compatible & COMPAT_SPARSE_SUPER2) != 0) {
      return false; // the two copies there are need not lie where a descriptor block is
    }
    return (readOnlyCompatible & RO_COMPAT_SPARSE_SUPER) == 0
        || group == 1
        || isPower(group, 3)
        || isPower(group, 5)
        || isPower(group, 7);
  }

  private static boolean isPower(long number, int base) {
    long power = base;
    while (power < number) {
      power *= base;
    }
    return power == number;
  }

  /** What a volume's first bytes tell, if it is one of these. */
  public static Optional<FileSystemHead> identify(Source volume, Bytes head) throws IOException {
    if (!isAt(head)) {
      return Optional.empty();
    }
    Bytes bytes = head.slice(OFFSET, LENGTH);
    ExtSuperblock superblock = parse(bytes);
    String kind = superblock.kind();
    FileSystemHead.Opener opener =
        () -> {
          superblock.requireReadable(bytes);
          return new FileTree(new ExtFileSystem(volume, superblock).node(ROOT_INODE));
        };
    return Optional.of(
        new FileSystemHead(
            kind,
            superblock.label,
            superblock.uuid,
            superblock.blocks * superblock.blockSize,
            kind.equals("jbd") ? null : opener));
  }
}
