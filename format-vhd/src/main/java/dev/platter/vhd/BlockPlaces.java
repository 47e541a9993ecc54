package dev.platter.vhd;

import dev.platter.image.CorruptImageException;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;

/** The blocks of a disk that have a place in the file, in the order of the file. */
final class BlockPlaces {
  private static final int FIRST_CAPACITY = 1024;

  private final long length;
  private long[] keys = new long[FIRST_CAPACITY];
  private int count;

  private BlockPlaces(long length) {
    this.length = length;
  }

  /**
   * Collects the blocks.
   *
   * @param most how many at most; the rest is left out
   * @param impossible is told of each block that cannot be where the table says, and that is left
   *     out
   */
  static BlockPlaces of(DynamicMap map, long most, Consumer<CorruptImageException> impossible)
      throws IOException {
    BlockPlaces places =
        new BlockPlaces(DynamicMap.bitmapSize(map.blockSize()) + (long) map.blockSize());
    for (long block = 0; block < map.blocks(); block++) {
      int entry = map.entryAt(block);
      if (entry == DynamicMap.UNALLOCATED) {
        continue;
      }
      try {
        map.bitmapOffset(block, entry);
      } catch (CorruptImageException e) {
        impossible.accept(e);
        continue;
      }
      if (places.count < most) {
        places.add(entry, block);
      }
    }
    Arrays.sort(places.keys, 0, places.count);
    return places;
  }

  /** The blocks of an image that has been found sound. */
  static BlockPlaces of(DynamicMap map) throws IOException {
    return of(map, Long.MAX_VALUE, impossible -> {});
  }

  private void add(int entry, long block) {
    if (count == keys.length) {
      keys = Arrays.copyOf(keys, 2 * count);
    }
    // Flipped, so that unsigned numbers sort as they should.
    keys[count++] = ((long) entry << 32 | block) ^ Long.MIN_VALUE;
  }

  int count() {
    return count;
  }

  /** The number of the block that lies there. */
  long block(int index) {
    return keys[index] & 0xFFFF_FFFFL;
  }

  /** Where its sector bitmap begins. */
  long offset(int index) {
    return ((keys[index] ^ Long.MIN_VALUE) >>> 32) * VhdFormat.SECTOR_SIZE;
  }

  /** Where its payload ends. */
  long end(int index) {
    return offset(index) + length;
  }

  /** The bytes that a block takes, its bitmap included. */
  long length() {
    return length;
  }

  /** Whether a block begins before the one in front of it ends. */
  boolean overlaps(int index) {
    return index > 0 && offset(index) < end(index - 1);
  }
}
