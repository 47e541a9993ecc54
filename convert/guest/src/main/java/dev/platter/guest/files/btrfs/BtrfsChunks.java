package dev.platter.guest.files.btrfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** The logical addresses of btrfs, and where on this device they lie. */
final class BtrfsChunks extends MappedSource {
  static final int CHUNK_ITEM = 228;

  private static final int ITEM_HEADER = 48;
  private static final int STRIPE = 32;
  private static final int MAX_CHUNKS = 1 << 16;

  /** RAID0, RAID10, RAID5, RAID6: the bytes of a chunk are spread. */
  private static final long SPREAD = 1L << 3 | 1L << 6 | 1L << 7 | 1L << 8;

  private record Chunk(long logical, long length, long physical, boolean spread) {}

  private final Source volume;
  private final long deviceId;
  private final TreeMap<Long, Chunk> chunks = new TreeMap<>();

  BtrfsChunks(Source volume, BtrfsSuperblock superblock) throws IOException {
    super(volume.name(), Long.MAX_VALUE, volume.budget());
    this.volume = volume;
    this.deviceId = superblock.deviceId();
    Bytes system = superblock.systemChunks();
    for (int at = 0; at < system.length(); ) {
      BtrfsKey key = BtrfsKey.parse(system, at);
      int stripes = system.u16(at + BtrfsKey.LENGTH + 44);
      int length = ITEM_HEADER + STRIPE * stripes;
      add(key, system.slice(at + BtrfsKey.LENGTH, length));
      at += BtrfsKey.LENGTH + length;
    }
  }

  void add(BtrfsKey key, Bytes item) throws CorruptImageException {
    long length = item.u63(0);
    item.require(
        key.offset() >= 0 && length <= Long.MAX_VALUE - key.offset(),
        "chunk of " + length + " bytes at 0x" + Long.toHexString(key.offset()));
    item.require(chunks.size() < MAX_CHUNKS, "more than " + MAX_CHUNKS + " chunks");
    int stripes = item.u16(44);
    for (int i = 0; i < stripes; i++) {
      Bytes stripe = item.slice(ITEM_HEADER + (long) i * STRIPE, STRIPE);
      if (stripe.i64(0) == deviceId) {
        boolean spread = (item.i64(24) & SPREAD) != 0 && stripes > 1;
        chunks.put(key.offset(), new Chunk(key.offset(), length, stripe.u63(8), spread));
        return;
      }
    }
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    Map.Entry<Long, Chunk> floor = chunks.floorEntry(offset);
    if (floor == null || offset - floor.getKey() >= floor.getValue().length()) {
      throw Fault.on(name())
          .unsupported(
              "logical address 0x"
                  + Long.toHexString(offset)
                  + " is not on this device of the btrfs");
    }
    Chunk chunk = floor.getValue();
    if (chunk.spread()) {
      throw Fault.on(name()).unsupported("btrfs spread over devices");
    }
    long within = offset - chunk.logical();
    return new Piece(chunk.length() - within, volume, chunk.physical() + within);
  }
}
