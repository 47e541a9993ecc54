package dev.platter.guest.files.xfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;

/**
 * A file's bytes, found through the extents of its inode or of a tree of them ("XFS Algorithms and
 * Data Structures", chapters 17 and 18).
 */
final class XfsExtents extends MappedSource {
  private static final int RECORD = 16;
  private static final int ROOT_HEADER = 4;
  private static final int HEADER_V4 = 24;
  private static final int HEADER_V5 = 72;
  private static final int MAX_LEVEL = 9;

  private final XfsInode inode;
  private final Source volume;
  private final XfsSuperblock superblock;

  XfsExtents(String name, XfsInode inode, Source volume, XfsSuperblock superblock)
      throws IOException {
    super(name, inode.size(), volume.budget());
    this.inode = inode;
    this.volume = volume;
    this.superblock = superblock;
    if (inode.realtime()) {
      throw Fault.on(name).unsupported("its bytes are in xfs's real-time section");
    }
    inode
        .fork()
        .require(
            inode.format() == XfsInode.EXTENTS || inode.format() == XfsInode.BTREE,
            "data fork of format " + inode.format());
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    long block = offset / superblock.blockSize();
    if (inode.format() == XfsInode.EXTENTS) {
      inode
          .fork()
          .require(
              inode.extents() <= inode.fork().length() / RECORD,
              inode.extents() + " extents in a fork of " + inode.fork().length() + " bytes");
      return search(inode.fork(), (int) inode.extents(), offset, Long.MAX_VALUE);
    }
    Bytes node = inode.fork();
    int level = node.u16(0);
    int header = ROOT_HEADER;
    node.require(level > 0 && level < MAX_LEVEL, "extent tree of " + level + " levels");
    long end = Long.MAX_VALUE; // the first block that the nodes seen so far do not speak of
    while (true) {
      step();
      int count = node.u16(header == ROOT_HEADER ? 2 : 6);
      int room = (node.length() - header) / RECORD;
      node.require(count <= room, count + " records in an extent node");
      if (level == 0) {
        return search(node.from(header), count, offset, end);
      }
      int found = -1;
      for (int i = 0; i < count; i++) {
        long first = node.i64(header + i * 8L);
        if (first > block) {
          end = Math.min(end, first);
          break;
        }
        found = i;
      }
      if (found < 0) {
        return zeros(offset, end);
      }
      long child = node.i64(header + room * 8L + found * 8L);
      node = volume.read(superblock.blockOffset(child), superblock.blockSize()).big();
      boolean v5 = node.has(0, "BMA3");
      node.require(v5 || node.has(0, "BMAP"), "no extent node");
      level--;
      node.require(node.u16(4) == level, "extent node of level " + node.u16(4));
      header = v5 ? HEADER_V5 : HEADER_V4;
    }
  }

  /** Looks through packed records: 1 bit, 54 bits of offset, 52 of block, 21 of count. */
  private Piece search(Bytes records, int count, long offset, long end) throws IOException {
    long block = offset / superblock.blockSize();
    for (int i = 0; i < count; i++) {
      step();
      long high = records.i64((long) i * RECORD);
      long low = records.i64((long) i * RECORD + 8);
      long first = (high & Long.MAX_VALUE) >>> 9;
      long length = low & 0x1FFFFF;
      if (first > block) {
        return zeros(offset, first);
      }
      if (block < first + length) {
        long left = (first + length) * superblock.blockSize() - offset;
        boolean written = high >= 0;
        if (!written) {
          return Piece.zeros(left);
        }
        long start = superblock.blockOffset((high & 0x1FF) << 43 | low >>> 21);
        return new Piece(left, volume, start + offset - first * superblock.blockSize());
      }
    }
    return zeros(offset, end);
  }

  private Piece zeros(long offset, long endBlock) {
    long most = Long.MAX_VALUE / superblock.blockSize();
    return Piece.zeros(Math.max(Math.min(endBlock, most) * superblock.blockSize() - offset, 1));
  }
}
