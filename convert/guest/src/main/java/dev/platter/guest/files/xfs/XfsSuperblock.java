package dev.platter.guest.files.xfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Optional;

/**
 * The super block of XFS, versions 4 and 5 ("XFS Algorithms and Data Structures", 3rd edition,
 * chapter 13.1).
 *
 * @param groupBlocks blocks of an allocation group
 * @param groupBlockLog the bits that a block's number within its group takes
 * @param inodesPerBlockLog the bits that an inode's number within its block takes
 * @param directoryBlockSize bytes
 * @param withTypes whether directory entries tell what they are
 */
public record XfsSuperblock(
    int version,
    int blockSize,
    long blocks,
    String uuid,
    String label,
    long rootInode,
    long groupBlocks,
    long groups,
    int groupBlockLog,
    int inodesPerBlockLog,
    int inodeSize,
    int directoryBlockSize,
    boolean withTypes,
    int incompatible) {
  static final int LENGTH = 264;

  private static final int INCOMPAT_FTYPE = 0x1;
  private static final int INCOMPAT_KNOWN = 0x1FF; // up to METADIR
  private static final int VERSION_MORE_BITS = 0x8000;
  private static final int VERSION2_FTYPE = 0x200;

  static XfsSuperblock parse(Bytes little) throws CorruptImageException {
    Bytes bytes = little.big();
    int version = bytes.u16(100) & 0xF;
    int blockLog = bytes.u8(120);
    int inodeSize = bytes.u16(104);
    int inodesPerBlockLog = bytes.u8(123);
    int groupBlockLog = bytes.u8(124);
    int directoryLog = bytes.u8(192);
    bytes.require(version == 4 || version == 5, "xfs version " + version);
    bytes.require(
        blockLog >= 9 && blockLog <= 16 && bytes.u32(4) == 1L << blockLog,
        "block size " + bytes.u32(4) + ", 2^" + blockLog);
    bytes.require(
        inodeSize >= 256 && inodeSize << inodesPerBlockLog == 1 << blockLog,
        "2^" + inodesPerBlockLog + " inodes of " + inodeSize + " bytes a block");
    bytes.require(
        groupBlockLog >= 1 && groupBlockLog <= 31 && bytes.u32(84) <= 1L << groupBlockLog,
        "groups of " + bytes.u32(84) + " blocks, 2^" + groupBlockLog);
    bytes.require(blockLog + directoryLog <= 16, "directory blocks of 2^" + directoryLog);
    long blocks = bytes.u63(8);
    bytes.require(blocks <= Long.MAX_VALUE >> blockLog, blocks + " blocks");
    boolean moreBits = (bytes.u16(100) & VERSION_MORE_BITS) != 0;
    int incompatible = version == 5 ? bytes.i32(216) : 0;
    return new XfsSuperblock(
        version,
        1 << blockLog,
        blocks,
        bytes.uuid(32),
        bytes.text(108, 12),
        bytes.u63(56),
        bytes.u32(84),
        bytes.u32(88),
        groupBlockLog,
        inodesPerBlockLog,
        inodeSize,
        1 << (blockLog + directoryLog),
        version == 5
            ? (incompatible & INCOMPAT_FTYPE) != 0
            : moreBits && (bytes.i32(200) & VERSION2_FTYPE) != 0,
        incompatible);
  }

  /** Where a block lies that is numbered by group and place within it. */
  long blockOffset(long number) {
    long group = number >>> groupBlockLog;
    long within = number & (1L << groupBlockLog) - 1;
    if (group >= groups || within >= groupBlocks) {
      return Long.MAX_VALUE - blockSize; // outside of every volume
    }
    return (group * groupBlocks + within) * blockSize;
  }

  long inodeOffset(long number) {
    long within = number & (1L << inodesPerBlockLog) - 1;
    return blockOffset(number >>> inodesPerBlockLog) + within * inodeSize;
  }

  /** What a volume's first bytes tell, if it is one of these. */
  public static Optional<FileSystemHead> identify(Source volume, Bytes head) throws IOException {
    if (!head.has(0, "XFSB")) {
      return Optional.empty();
    }
    XfsSuperblock superblock = parse(head.slice(0, LENGTH));
    FileSystemHead.Opener opener =
        () -> {
          int unknown = superblock.incompatible & ~INCOMPAT_KNOWN;
          if (unknown != 0) {
            throw Fault.on(volume.name())
                .unsupported("incompatible features 0x" + Integer.toHexString(unknown) + " of xfs");
          }
          return new FileTree(new XfsFileSystem(volume, superblock).node(superblock.rootInode));
        };
    return Optional.of(
        new FileSystemHead(
            "xfs",
            superblock.label,
            superblock.uuid,
            superblock.blocks * superblock.blockSize,
            opener));
  }
}
