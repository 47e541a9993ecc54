package dev.platter.guest.files.btrfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FreeSink;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The free space of a btrfs on one device: what no chunk has, and what no extent of a chunk has, as
 * the tree of extents tells. What each block group and the super block count must come to the same,
 * and checksums be right; no log may wait.
 */
public final class BtrfsFree {
  private static final long EXTENT_TREE = 2;
  private static final long BLOCK_GROUP_TREE = 11;
  private static final long CHUNK_OBJECT = 256;
  private static final int EXTENT_ITEM = 168;
  private static final int METADATA_ITEM = 169;
  private static final int BLOCK_GROUP_ITEM = 192;
  private static final int CHUNK_ITEM = 228;
  private static final int CHUNK_HEADER = 48;
  private static final int STRIPE = 32;
  private static final int MAX_CHUNKS = 1 << 16;

  /** The kinds of a chunk (data, system, metadata), and two copies on one device. */
  private static final long TYPES_KNOWN = 0x7 | 1 << 5;

  private static final long INCOMPAT_ZONED = 1 << 12;

  /** The tree of free space, whether it is right, verity, and the tree of block groups. */
  private static final long RO_COMPAT_KNOWN = 0xF;

  private static final long RO_COMPAT_BLOCK_GROUP_TREE = 0x8;

  /** What is in front of that belongs to boot loaders. */
  private static final long RESERVED = 1 << 20;

  private static final long[] SUPERBLOCKS = {1L << 16, 1L << 26, 1L << 38};
  private static final long SUPERBLOCK_ROOM = 1 << 16;

  private record Chunk(long start, long length, List<Long> places) {}

  private static final class Group {
    private final Chunk chunk;
    private final long told;
    private long used;

    private Group(Chunk chunk, long told) {
      this.chunk = chunk;
      this.told = told;
    }
  }

  private final Source volume;
  private final BtrfsSuperblock superblock;
  private final Bytes head;
  private final FreeSink sink;
  private final TreeMap<Long, Chunk> chunks = new TreeMap<>();
  private final TreeMap<Long, Group> groups = new TreeMap<>();

  /** The first logical address behind the extents seen so far. */
  private long at;

  private BtrfsFree(Source volume, BtrfsSuperblock superblock, Bytes head, FreeSink sink) {
    this.volume = volume;
    this.superblock = superblock;
    this.head = head;
    this.sink = sink;
  }

  /**
   * Tells the free space of a volume that holds one of these.
   *
   * @throws IOException if a log waits, there are several devices or features that are not known,
   *     or it contradicts itself
   */
  public static void find(Source volume, FreeSink sink) throws IOException {
    Bytes head = volume.read(BtrfsSuperblock.OFFSET, BtrfsSuperblock.LENGTH);
    BtrfsSuperblock superblock = BtrfsSuperblock.parse(head);
    superblock.requireReadable(volume);
    new BtrfsFree(volume, superblock, head, sink).run();
  }

  private void run() throws IOException {
    requireKnown();
    BtrfsFileSystem files = BtrfsFileSystem.open(volume, superblock);
    files.chunkTree().withChecks().scan(new BtrfsKey(CHUNK_OBJECT, CHUNK_ITEM, 0), this::chunk);
    freeOutsideChunks();
    BtrfsTree extents = files.subvolume(EXTENT_TREE).withChecks();
    boolean own = (head.i64(180) & RO_COMPAT_BLOCK_GROUP_TREE) != 0;
    BtrfsTree told = own ? files.subvolume(BLOCK_GROUP_TREE).withChecks() : extents;
    told.scan(
        new BtrfsKey(0, 0, 0),
        (key, item) -> {
          if (key.type() == BLOCK_GROUP_ITEM) {
            addGroup(key, item);
          }
          return true;
        });
    head.require(groups.size() == chunks.size(), "chunks without a block group");
    extents.scan(
        new BtrfsKey(0, 0, 0),
        (key, item) -> {
          if (key.type() == EXTENT_ITEM) {
            extent(key.objectId(), key.offset());
          } else if (key.type() == METADATA_ITEM) {
            extent(key.objectId(), superblock.nodeSize());
          }
          return true;
        });
    freeUpTo(Long.MAX_VALUE);
    requireCounts();
  }

  private void requireKnown() throws IOException {
    head.require(head.u16(196) == 0, "checksums of kind " + head.u16(196));
    BtrfsTree.requireChecksum(head);
    head.require(head.i64(96) == 0, "its log waits to be replayed");
    head.require(superblock.devices() == 1, "it lies on " + superblock.devices() + " devices");
    long readOnly = head.i64(180) & ~RO_COMPAT_KNOWN;
    long zoned = superblock.incompatible() & INCOMPAT_ZONED;
    if (readOnly != 0 || zoned != 0) {
      throw head.unsupported("features 0x" + Long.toHexString(readOnly | zoned));
    }
    head.require(deviceSize() <= volume.size(), "it is larger than its volume");
  }

  private long deviceSize() throws CorruptImageException {
    return head.u63(209);
  }

  private boolean chunk(BtrfsKey key, Bytes item) throws IOException {
    if (!key.isOf(CHUNK_OBJECT, CHUNK_ITEM)) {
      return false;
    }
    long length = item.u63(0);
    long type = item.i64(24);
    int stripes = item.u16(44);
    if ((type & ~TYPES_KNOWN) != 0) {
      throw item.unsupported("chunks of type 0x" + Long.toHexString(type));
    }
    item.require(
        chunks.size() < MAX_CHUNKS
            && stripes >= 1
            && stripes <= 2
            && length > 0
            && key.offset() >= 0,
        "a chunk of " + length + " bytes, " + stripes + " times");
    List<Long> places = new ArrayList<>();
    for (int i = 0; i < stripes; i++) {
      Bytes stripe = item.slice(CHUNK_HEADER + (long) i * STRIPE, STRIPE);
      long place = stripe.u63(8);
      item.require(
          stripe.i64(0) == superblock.deviceId() && place <= deviceSize() - length,
          "a chunk at 0x" + Long.toHexString(place) + " of device " + stripe.i64(0));
      places.add(place);
    }
    Chunk last = chunks.isEmpty() ? null : chunks.lastEntry().getValue();
    item.require(
        last == null || key.offset() - last.length() >= last.start(),
        "chunks that overlap at 0x" + Long.toHexString(key.offset()));
    chunks.put(key.offset(), new Chunk(key.offset(), length, List.copyOf(places)));
    return true;
  }

  private void freeOutsideChunks() throws IOException {
    TreeMap<Long, Long> used = new TreeMap<>();
    for (Chunk chunk : chunks.values()) {
      for (long place : chunk.places()) {
        head.require(used.put(place, chunk.length()) == null, "two chunks in one place");
      }
    }
    long end = RESERVED;
    for (Map.Entry<Long, Long> part : used.entrySet()) {
      boolean inFront = part.getKey() < RESERVED; // very old ones, and mixed ones, may be
      head.require(inFront || part.getKey() >= end, "chunks that overlap");
      free(end, part.getKey() - end);
      end = Math.max(end, part.getKey() + part.getValue());
    }
    free(end, deviceSize() - end);
  }

  /** A free part of the device, but for the copies of the super block. */
  private void free(long offset, long length) throws IOException {
    long start = offset;
    long end = offset + length;
    for (long superblockAt : SUPERBLOCKS) {
      long behind = superblockAt + SUPERBLOCK_ROOM;
      if (superblockAt < end && behind > start) {
        if (superblockAt > start) {
          sink.free(start, superblockAt - start);
        }
        start = behind;
      }
    }
    if (start < end) {
      sink.free(start, end - start);
    }
  }

  private void addGroup(BtrfsKey key, Bytes item) throws IOException {
    Chunk chunk = chunks.get(key.objectId());
    item.require(
        chunk != null && chunk.length() == key.offset(),
        "a block group at 0x" + Long.toHexString(key.objectId()) + " without its chunk");
    groups.put(key.objectId(), new Group(chunk, item.u63(0)));
  }

  private void extent(long start, long length) throws IOException {
    Map.Entry<Long, Group> floor = groups.floorEntry(start);
    Group group = floor == null ? null : floor.getValue();
    if (start < at
        || group == null
        || length <= 0
        || length > group.chunk.length()
        || start - group.chunk.start() > group.chunk.length() - length) {
      throw Fault.on(volume.name())
          .corrupt("an extent of " + length + " bytes at 0x" + Long.toHexString(start));
    }
    freeUpTo(start);
    group.used += length;
    at = start + length;
  }

  /** What lies between two extents is free, as far as it is in block groups. */
  private void freeUpTo(long end) throws IOException {
    Map.Entry<Long, Group> first = groups.floorEntry(at);
    for (Group group :
        groups.tailMap(first == null ? at : first.getKey(), true).headMap(end, false).values()) {
      Chunk chunk = group.chunk;
      long from = Math.max(at, chunk.start());
      long to = Math.min(end, chunk.start() + chunk.length());
      if (from < to) {
        for (long place : chunk.places()) {
          free(place + from - chunk.start(), to - from);
        }
      }
    }
  }

  private void requireCounts() throws IOException {
    long all = 0;
    for (Group group : groups.values()) {
      head.require(
          group.used == group.told,
          "a block group of which "
              + group.told
              + " bytes are told to be in use, and extents have "
              + group.used);
      all += group.used;
    }
    head.require(all == head.u63(120), head.u63(120) + " bytes are told to be in use, not " + all);
  }
}
