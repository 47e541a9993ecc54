package dev.platter.guest.files.xfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;

/**
 * The log of an XFS, as far as it takes to tell whether it is to be replayed ("XFS Algorithms and
 * Data Structures", chapter 14): a ring of blocks of 512 bytes, each of which begins with the
 * number of the round in which it was written. Where the newest block is the record of an unmount,
 * all is where it belongs.
 */
final class XfsLog {
  private static final int BLOCK = 512;
  private static final int HEADER = 0xFEEDBABE;
  private static final int MAX_RECORD = 1 << 10; // in blocks: 256 KiB, and headers
  private static final int HEADER_SIZE = 32 << 10; // that one header block tells of
  private static final int UNMOUNT = 0x20;

  private final Source volume;
  private final long offset;
  private final long blocks;

  private XfsLog(Source volume, long offset, long blocks) {
    this.volume = volume;
    this.offset = offset;
    this.blocks = blocks;
  }

  /**
   * @param offset where it lies in the volume
   * @param length bytes
   * @throws IOException if it is to be replayed, or damaged
   */
  static void requireClean(Source volume, long offset, long length) throws IOException {
    if (length < 2 * BLOCK || length > volume.size() - offset) {
      throw Fault.on(volume.name()).corrupt("a log of " + length + " bytes");
    }
    new XfsLog(volume, offset, length / BLOCK).requireClean();
  }

  private Bytes block(long number) throws IOException {
    return volume.read(offset + Math.floorMod(number, blocks) * BLOCK, BLOCK).big();
  }

  /** In which round a block was written. */
  private long round(long number) throws IOException {
    Bytes block = block(number);
    return block.i32(0) == HEADER ? block.u32(4) : block.u32(0);
  }

  private void requireClean() throws IOException {
    long head = head();
    for (long at = head - 1; at >= head - Math.min(MAX_RECORD, blocks); at--) {
      Bytes header = block(at);
      if (header.i32(0) == HEADER) {
        long length = header.u32(12);
        // Version 2 has a header block for each 32 KiB.
        long headers = Math.max((header.u32(320) + HEADER_SIZE - 1) / HEADER_SIZE, 1);
        boolean isVersion2 = (header.u32(8) & 2) != 0;
        long end = at + (isVersion2 ? headers : 1) + (length + BLOCK - 1) / BLOCK;
        Bytes first = block(at + (isVersion2 ? headers : 1));
        boolean isUnmount = header.u32(40) == 1 && (first.u8(9) & UNMOUNT) != 0;
        header.require(isUnmount && end == head, "its log waits to be replayed");
        return;
      }
    }
    throw Fault.on(volume.name()).corrupt("its log has no end");
  }

  /** The block behind the one written last: the first that was written in an earlier round. */
  private long head() throws IOException {
    long newest = round(0);
    if (round(blocks - 1) == newest) {
      return blocks; // the ring was just filled
    }
    long low = 0; // of the newest round
    long high = blocks - 1; // of the one before, or never written
    while (high - low > 1) {
      long middle = low + high >>> 1;
      if (round(middle) == newest) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }
}
