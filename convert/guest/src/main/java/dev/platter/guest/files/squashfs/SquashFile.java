package dev.platter.guest.files.squashfs;

import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Recent;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Arrays;

/**
 * A file's bytes: blocks one behind the other, of which one of no length is a hole, and an end that
 * may lie in a fragment, which it shares with others.
 */
final class SquashFile extends MappedSource {
  private static final int STORED_PLAIN = 1 << 24;
  private static final int LENGTH_MASK = STORED_PLAIN - 1;
  private static final long MAX_BLOCKS = 1 << 23;
  private static final int KEPT = 2;

  private final Source volume;
  private final int blockSize;
  private final SquashBlocks blocks;
  private final SquashBlocks.Reader lengths;
  private final long inBlocks; // bytes that lie in blocks of its own
  private final Source end;
  private final long endAt;
  private long[] starts = new long[16];
  private int[] stored = new int[16];
  private int known;
  private final Recent<Source> recent = new Recent<>(KEPT, this::readBlock);

  /**
   * @param lengths reads the lengths of the blocks
   * @param end the fragment that has the end; null: its end is a block like the others
   */
  SquashFile(
      String name,
      SquashInode inode,
      Source volume,
      int blockSize,
      SquashBlocks blocks,
      SquashBlocks.Reader lengths,
      Source end)
      throws CorruptImageException {
    super(name, inode.size, volume.budget());
    this.volume = volume;
    this.blockSize = blockSize;
    this.blocks = blocks;
    this.lengths = lengths;
    this.end = end;
    this.endAt = inode.within;
    this.inBlocks = end == null ? inode.size : inode.size - inode.size % blockSize;
    this.starts[0] = inode.start;
    if (inBlocks / blockSize > MAX_BLOCKS) {
      throw Fault.on(name).corrupt("a file of " + inode.size + " bytes");
    }
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    if (offset >= inBlocks) {
      return new Piece(size() - offset, end, endAt + offset - inBlocks);
    }
    int index = (int) (offset / blockSize);
    int within = (int) (offset % blockSize);
    learn(index);
    long length = Math.min(blockSize, inBlocks - offset + within) - within;
    return stored[index] == 0 ? Piece.zeros(length) : new Piece(length, recent.at(index), within);
  }

  /** Reads the lengths of all blocks up to that one. */
  private void learn(int index) throws IOException {
    while (known <= index) {
      step();
      if (known + 1 == starts.length) {
        starts = Arrays.copyOf(starts, starts.length * 2);
        stored = Arrays.copyOf(stored, stored.length * 2);
      }
      stored[known] = lengths.read(Integer.BYTES).i32(0);
      starts[known + 1] = starts[known] + (stored[known] & LENGTH_MASK);
      known++;
    }
  }

  private Source readBlock(long index) throws IOException {
    int at = (int) index;
    int most = (int) Math.min(blockSize, inBlocks - index * blockSize);
    return new ArraySource(
        name(), read(volume, blocks, name(), starts[at], stored[at], most), budget());
  }

  /**
   * A block of data.
   *
   * @param stored its length there, with the mark of one that is not compressed
   * @param most how much it holds at most
   */
  static byte[] read(
      Source volume, SquashBlocks blocks, String name, long start, int stored, int most)
      throws IOException {
    int length = stored & LENGTH_MASK;
    if (stored >>> 25 != 0 || length > most && (stored & STORED_PLAIN) != 0) {
      throw Fault.on(name).corrupt("a block of 0x" + Integer.toHexString(stored) + " bytes");
    }
    Bytes bytes = volume.read(start, length);
    return (stored & STORED_PLAIN) != 0 ? bytes.array() : blocks.unpack(bytes, most);
  }
}
