package dev.platter.vhd.blocks;

import dev.platter.storage.WritableTable;
import java.io.IOException;

/**
 * The sector bitmaps of an image in use: a bit for each sector of a block, set where the sector is
 * in the file. May be read by any number of threads; whoever changes bits sees to it that nobody
 * else changes those of the same word.
 *
 * @param words all of the file as numbers of 64 bits, of which some are bitmaps
 * @param order where the bit of the first sector is
 */
public record SectorBits(WritableTable words, Order order) {
  /** Which bit of a word belongs to its first sector. */
  public enum Order {
    /** The lowest one, of words in little-endian order. */
    LOWEST_FIRST,
    /** The highest one, of words in big-endian order. */
    HIGHEST_FIRST
  }

  /**
   * Whether a sector is in the file.
   *
   * @param bitmap where the bits of its block begin in the file, a multiple of 8
   */
  public boolean isSet(long bitmap, int sector) throws IOException {
    return (wordAt(bitmap, sector) & 1L << sector) != 0;
  }

  /**
   * Where the run of sectors ends that are all in the file, or all not; {@code end} at most.
   *
   * @param set what {@link #isSet} said of {@code sector}, which others may change meanwhile
   */
  public int endOfRun(long bitmap, int sector, int end, boolean set) throws IOException {
    long flip = set ? -1 : 0;
    int at = sector + 1;
    while (at < end) {
      long others = (wordAt(bitmap, at) ^ flip) >>> at;
      if (others != 0) {
        return Math.min(end, at + Long.numberOfTrailingZeros(others));
      }
      at = (at | Long.SIZE - 1) + 1;
    }
    return end;
  }

  /** Says of sectors that they are in the file. */
  public void set(long bitmap, int from, int end) throws IOException {
    for (int at = from; at < end; at = (at | Long.SIZE - 1) + 1) {
      long bits = -1L << at;
      int beyond = (at | Long.SIZE - 1) + 1 - end;
      if (beyond > 0) {
        bits &= -1L >>> beyond;
      }
      long word = wordAt(bitmap, at) | bits;
      words.set(indexOf(bitmap, at), inOrder(word));
    }
  }

  /** Says of {@code bytes} with bits, a multiple of 8, that no sector is in the file. */
  public void clear(long bitmap, long bytes) throws IOException {
    words.fill(bitmap / Long.BYTES, (bitmap + bytes) / Long.BYTES, 0);
  }

  private long wordAt(long bitmap, int sector) throws IOException {
    return inOrder(words.at(indexOf(bitmap, sector)));
  }

  private static long indexOf(long bitmap, int sector) {
    return bitmap / Long.BYTES + sector / Long.SIZE;
  }

  private long inOrder(long word) {
    return order == Order.LOWEST_FIRST ? word : Long.reverse(word);
  }
}
