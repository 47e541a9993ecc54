package dev.platter.vdi;

import dev.platter.image.BlockMap;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Extent;
import java.io.IOException;

/** Where the blocks of an image are. */
final class VdiMap implements BlockMap {
  private final VdiHead head;
  private final BlockTable table;
  private final long blockSize;

  VdiMap(VdiHead head, BlockTable table) {
    this.head = head;
    this.table = table;
    this.blockSize = head.header().blockSize();
  }

  @Override
  public long size() {
    return head.size();
  }

  @Override
  public int blockSize() {
    return (int) blockSize;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    if (offset < 0 || offset >= limit || limit > head.size()) {
      throw new IllegalArgumentException(
          head.name() + ": no extent at " + offset + ", limit " + limit + ", size " + head.size());
    }
    long block = offset / blockSize;
    long endBlock = Math.ceilDiv(limit, blockSize);
    int entry = table.entryAt(block);
    if (BlockTable.isAllocated(entry)) {
      return data(offset, limit, block, endBlock, entry);
    }
    long end = table.endOfSame(block, endBlock);
    long length = Math.min(limit, end * blockSize) - offset;
    return entry == BlockTable.FREE && head.hasParent()
        ? new Extent.Absent(offset, length)
        : new Extent.Zero(offset, length);
  }

  private Extent data(long offset, long limit, long block, long endBlock, int entry)
      throws IOException {
    long host = hostOffset(block, entry);
    long end = block + 1;
    if (head.header().blockExtra() == 0) {
      end = table.endOfConsecutive(block, entry, endBlock);
      // Should the file end within the run, the block that it ends in is told when it is asked for.
      while (end > block + 1 && host(end - 1, entry + (int) (end - 1 - block)) < 0) {
        end--;
      }
    }
    long length = Math.min(limit, end * blockSize) - offset;
    return new Extent.Data(offset, length, head.storage(), host + offset % blockSize);
  }

  /** Where a block's data is, or -1 if the file ends before it does, as far as the disk reaches. */
  private long host(long block, int entry) {
    return head.dataOffset(entry, Math.min(blockSize, head.size() - block * blockSize));
  }

  private long hostOffset(long block, int entry) throws CorruptImageException {
    long host = host(block, entry);
    if (host < 0) {
      throw head.corrupt(
          "block "
              + block
              + " (block map entry at "
              + VdiHead.hex(head.header().tableOffset() + block * Integer.BYTES)
              + ") is block "
              + Integer.toUnsignedString(entry)
              + " of the file, which ends before it, at "
              + VdiHead.hex(head.fileSize()));
    }
    return host;
  }
}
