package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.Arrays;

/**
 * A volume with a cache of device-mapper's before it. What the cache has is as new as the volume
 * itself or newer, in all its modes, and is what is read.
 */
final class CachedVolume extends MappedSource {
  private static final long MAGIC = 1623043; // 06142003 in octal
  private static final int SALT = 9031977;
  private static final int ARRAY_SALT = 595846735;
  private static final int SECTOR = 512;
  private static final int MAX_BLOCK_SECTORS = 1 << 21;
  private static final int MAX_CACHE_BITS = 20;
  private static final int MAX_CACHE_BLOCKS = 1 << MAX_CACHE_BITS;
  private static final int ARRAY_HEADER = 24;
  private static final int FLAG_BITS = 16;
  private static final int VALID = 1;

  private final Source origin;
  private final Source cache;
  private final long block;

  /** The blocks of the volume that are in the cache, each with its place there, in order. */
  private final long[] cached;

  private CachedVolume(
      String name, long size, Source origin, Source cache, long block, long[] cached) {
    super(name, size, origin.budget());
    this.origin = origin;
    this.cache = cache;
    this.block = block;
    this.cached = cached;
  }

  /**
   * Opens a volume.
   *
   * @param size bytes
   * @param origin the volume without its cache
   * @param metadata of the cache
   * @param cache the blocks of the cache
   */
  static Source open(String name, long size, Source origin, Source metadata, Source cache)
      throws IOException {
    Bytes head = DmTree.block(metadata, 0, SALT);
    head.require(head.i64(32) == MAGIC, "no metadata of a cache");
    long sectors = head.u32(232);
    head.require(sectors > 0 && sectors <= MAX_BLOCK_SECTORS, "a cache in blocks of " + sectors);
    long blocks = head.u32(240);
    head.require(blocks <= MAX_CACHE_BLOCKS, "a cache of " + blocks + " blocks");
    long[] cached = new long[(int) blocks];
    int used = 0;
    DmTree tree = new DmTree(metadata);
    long at = 0;
    for (long number = 0; at < blocks; number++) {
      DmTree.Found found = tree.find(head.u63(192), number);
      head.require(found.isThere(), "the cache has no list of its blocks from " + at + " on");
      Bytes list = DmTree.block(metadata, found.value(), ARRAY_SALT);
      long count = list.u32(8);
      list.require(
          list.i64(16) == found.value()
              && count > 0
              && list.u32(12) == Long.BYTES
              && ARRAY_HEADER + count * Long.BYTES <= DmTree.BLOCK,
          "a list of " + count + " blocks of the cache");
      for (int i = 0; i < count && at < blocks; i++, at++) {
        long entry = list.i64(ARRAY_HEADER + (long) i * Long.BYTES);
        if ((entry & VALID) != 0) {
          long block = entry >>> FLAG_BITS;
          list.require(block < 1L << 62 - MAX_CACHE_BITS, "block " + block + " in the cache");
          cached[used++] = block << MAX_CACHE_BITS | at;
        }
      }
    }
    long[] sorted = Arrays.copyOf(cached, used);
    Arrays.sort(sorted);
    return new CachedVolume(name, size, origin, cache, sectors * SECTOR, sorted);
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    long number = offset / block;
    long within = offset % block;
    int at = Arrays.binarySearch(cached, number << MAX_CACHE_BITS);
    at = at < 0 ? -at - 1 : at;
    if (at < cached.length && cached[at] >>> MAX_CACHE_BITS == number) {
      long place = cached[at] & MAX_CACHE_BLOCKS - 1;
      return new Piece(block - within, cache, cache.offsetOf(place, (int) block) + within);
    }
    long last = size() / block + 1;
    long next = at < cached.length ? Math.min(cached[at] >>> MAX_CACHE_BITS, last) : last;
    return new Piece(next * block - offset, origin, offset);
  }
}
