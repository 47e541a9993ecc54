package dev.platter.guest.files.xfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FreeSink;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * The free blocks of XFS, as the tree by block number of each allocation group has them ("XFS
 * Algorithms and Data Structures", chapter 13.2). What each group counts, and what the super block
 * counts of all, must come to the same, and checksums be right; the log must be empty.
 */
public final class XfsFree {
  private static final int NEEDS_REPAIR = 1 << 4;
  private static final int INCOMPAT_KNOWN = 0x1FF & ~NEEDS_REPAIR;
  private static final int RO_COMPAT_KNOWN = 0xF; // up to INOBTCNT
  private static final int SECTOR_CRC = 224;
  private static final int GROUP_CRC = 216;
  private static final int BLOCK_CRC = 52;
  private static final int HEADER_V4 = 16;
  private static final int HEADER_V5 = 56;
  private static final int RECORD = 8;
  private static final int POINTER = 4;
  private static final int MAX_LEVELS = 9;
  private static final long MAX_GROUPS = 1 << 20;

  private final Source volume;
  private final XfsSuperblock superblock;
  private final Bytes bytes;
  private final int sectorSize;

  /** Of the group that is looked at: the blocks told so far, and the first behind them. */
  private long found;

  private long behind;

  private XfsFree(Source volume, XfsSuperblock superblock, Bytes bytes, int sectorSize) {
    this.volume = volume;
    this.superblock = superblock;
    this.bytes = bytes;
    this.sectorSize = sectorSize;
  }

  /**
   * Tells the free blocks of a volume that holds one of these.
   *
   * @throws IOException if it is in use, waits for its log, has features that are not known, or
   *     contradicts itself
   */
  public static void find(Source volume, FreeSink sink) throws IOException {
    Bytes head = volume.read(0, XfsSuperblock.LENGTH);
    XfsSuperblock superblock = XfsSuperblock.parse(head);
    int sectorSize = head.big().u16(102);
    head.require(
        sectorSize >= 512
            && sectorSize <= superblock.blockSize()
            && Integer.bitCount(sectorSize) == 1,
        "sectors of " + sectorSize + " bytes");
    new XfsFree(volume, superblock, volume.read(0, sectorSize).big(), sectorSize).run(sink);
  }

  private void run(FreeSink sink) throws IOException {
    requireKnown();
    long logStart = bytes.u63(48);
    if (logStart == 0) {
      throw bytes.unsupported("its log is on another device");
    }
    XfsLog.requireClean(
        volume, superblock.blockOffset(logStart), bytes.u32(96) * superblock.blockSize());
    long groups = superblock.groups();
    bytes.require(
        groups <= MAX_GROUPS
            && superblock.groupBlocks() > 0
            && superblock.blocks() > (groups - 1) * superblock.groupBlocks()
            && superblock.blocks() <= groups * superblock.groupBlocks()
            && superblock.blocks() * superblock.blockSize() <= volume.size(),
        superblock.blocks() + " blocks in " + groups + " groups of " + superblock.groupBlocks());
    long all = 0;
    for (long group = 0; group < groups; group++) {
      all += group(group, sink);
    }
    bytes.require(
        all == bytes.u63(144), bytes.u63(144) + " free blocks are told, the groups have " + all);
  }

  private void requireKnown() throws IOException {
    bytes.require(bytes.u8(126) == 0, "it is being made");
    if (superblock.version() == 5) {
      int unknown = superblock.incompatible() & ~INCOMPAT_KNOWN;
      int readOnly = bytes.i32(212) & ~RO_COMPAT_KNOWN;
      if (unknown != 0 || readOnly != 0) {
        throw bytes.unsupported(
            "features 0x" + Integer.toHexString(unknown) + ", 0x" + Integer.toHexString(readOnly));
      }
      requireChecksum(bytes, SECTOR_CRC, "the super block");
    } else {
      bytes.require((bytes.i32(200) & 2) != 0, "free blocks are not counted in its groups");
    }
    bytes.require(bytes.u63(16) == 0, "it has a real-time section");
  }

  private static void requireChecksum(Bytes bytes, int at, String what) throws IOException {
    byte[] stored = bytes.array();
    int told = Integer.reverseBytes(bytes.i32(at)); // the one number that is little-endian
    stored[at] = stored[at + 1] = stored[at + 2] = stored[at + 3] = 0;
    CRC32C crc = new CRC32C();
    crc.update(stored);
    bytes.require((int) crc.getValue() == told, "checksum of " + what);
  }

  /** What the group adds to the number of free blocks. */
  private long group(long number, FreeSink sink) throws IOException {
    long first = number * superblock.groupBlocks();
    long length = Math.min(superblock.groupBlocks(), superblock.blocks() - first);
    long start = first * superblock.blockSize();
    Bytes header = volume.read(start + sectorSize, sectorSize).big();
    header.require(
        header.has(0, "XAGF") && header.u32(8) == number && header.u32(12) == length,
        "no header of group " + number);
    if (superblock.version() == 5) {
      requireChecksum(header, GROUP_CRC, "the header of group " + number);
    }
    found = 0;
    behind = 0;
    long levels = header.u32(28);
    header.require(levels >= 1 && levels <= MAX_LEVELS, "a tree of " + levels + " levels");
    node(header.u32(16), (int) levels - 1, first, length, sink);
    long told = header.u32(52);
    header.require(
        told == found, told + " free blocks are told of group " + number + ", not " + found);
    return told + header.u32(48) + header.u32(60);
  }

  private void node(long block, int level, long first, long length, FreeSink sink)
      throws IOException {
    volume.step();
    bytes.require(block > 0 && block < length, "a tree's block " + block + " of " + length);
    int size = superblock.blockSize();
    Bytes node = volume.read((first + block) * size, size).big();
    boolean v5 = superblock.version() == 5;
    node.require(node.has(0, v5 ? "AB3B" : "ABTB"), "no block of the tree of free blocks");
    node.require(node.u16(4) == level, "a block of level " + node.u16(4) + ", expected " + level);
    if (v5) {
      requireChecksum(node, BLOCK_CRC, "a block of the tree of free blocks");
    }
    int header = v5 ? HEADER_V5 : HEADER_V4;
    int count = node.u16(6);
    if (level > 0) {
      int room = (size - header) / (RECORD + POINTER);
      node.require(count <= room, count + " pointers in a block");
      for (int i = 0; i < count; i++) {
        long pointer = node.u32(header + room * (long) RECORD + i * (long) POINTER);
        node(pointer, level - 1, first, length, sink);
      }
      return;
    }
    node.require(count <= (size - header) / RECORD, count + " records in a block");
    for (int i = 0; i < count; i++) {
      long start = node.u32(header + i * (long) RECORD);
      long blocks = node.u32(header + i * (long) RECORD + 4);
      node.require(
          start >= behind && start > 0 && blocks > 0 && blocks <= length - start,
          blocks + " free blocks at " + start + ", the ones before end at " + behind);
      behind = start + blocks;
      found += blocks;
      sink.free((first + start) * size, blocks * size);
    }
  }
}
