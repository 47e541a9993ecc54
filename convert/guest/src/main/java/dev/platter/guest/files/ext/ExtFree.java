package dev.platter.guest.files.ext;

import dev.platter.guest.files.Bits;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FreeSink;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import java.io.IOException;
import java.util.TreeMap;

/**
 * The free blocks of ext2, ext3 and ext4, from the maps of its groups, which must agree with all
 * that is said of them elsewhere: counts of each group and of the whole, checksums, and the places
 * of the file system's own tables, none of which may be free.
 */
public final class ExtFree {
  private static final int STATE_CLEAN = 1;
  private static final int INCOMPAT_RECOVER = 0x4;
  private static final int INCOMPAT_META_BG = 0x10;
  private static final int INCOMPAT_SEED = 0x2000;

  /** All but compression, journals, recovery, multiple mounts and what is not known. */
  private static final int INCOMPAT_KNOWN =
      0x2 | 0x10 | 0x40 | 0x80 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x20000;

  /** All but snapshots, shared blocks, orphans that wait, and what is not known. */
  private static final int RO_COMPAT_KNOWN =
      0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x100 | 0x200 | 0x400 | 0x1000 | 0x2000 | 0x8000;

  private static final int RO_COMPAT_GDT_CSUM = 0x10;
  private static final int RO_COMPAT_BIGALLOC = 0x200;
  private static final int RO_COMPAT_METADATA_CSUM = 0x400;
  private static final int BLOCK_UNINIT = 2;
  private static final int CHECKSUM = 30;
  private static final int WIDE = 64;
  private static final long MAX_GROUPS = 1 << 22;

  private final Source volume;
  private final ExtSuperblock superblock;
  private final Bytes bytes;
  private final boolean checksums;
  private final int seed;
  private final int ratio;
  private final long clustersPerGroup;
  private final long groups;

  /** The blocks of the groups' own tables: the first one of each run, and how many. */
  private final TreeMap<Long, Long> own = new TreeMap<>();

  private final TreeMap<Long, Long> descriptors = new TreeMap<>();

  private ExtFree(Source volume, ExtSuperblock superblock, Bytes bytes) throws IOException {
    this.volume = volume;
    this.superblock = superblock;
    this.bytes = bytes;
    requireClean();
    this.checksums = has(RO_COMPAT_METADATA_CSUM);
    this.seed =
        checksums ? ExtChecksum.seed(bytes, (superblock.incompatible() & INCOMPAT_SEED) != 0) : 0;
    boolean clusters = has(RO_COMPAT_BIGALLOC);
    long logCluster = clusters ? bytes.u32(28) - bytes.u32(24) : 0;
    bytes.require(logCluster >= 0 && logCluster <= 16, "clusters of 2^" + logCluster + " blocks");
    this.ratio = 1 << logCluster;
    this.clustersPerGroup = clusters ? bytes.u32(36) : superblock.blocksPerGroup();
    bytes.require(
        clustersPerGroup >= 8
            && clustersPerGroup % 8 == 0
            && clustersPerGroup <= superblock.blockSize() * 8L
            && clustersPerGroup * ratio == superblock.blocksPerGroup(),
        clustersPerGroup + " clusters, " + superblock.blocksPerGroup() + " blocks a group");
    long blocks = superblock.blocks() - superblock.firstDataBlock();
    this.groups = (blocks + superblock.blocksPerGroup() - 1) / superblock.blocksPerGroup();
    bytes.require(groups <= MAX_GROUPS, groups + " groups, at most " + MAX_GROUPS);
    bytes.require(
        superblock.blocks() * superblock.blockSize() <= volume.size(),
        superblock.blocks() + " blocks, more than the volume has");
  }

  /**
   * Tells the free blocks of a volume that holds one of these.
   *
   * @throws IOException if it is in use, waits for its journal, has features that are not known, or
   *     contradicts itself
   */
  public static void find(Source volume, FreeSink sink) throws IOException {
    Bytes bytes = volume.read(ExtSuperblock.OFFSET, ExtSuperblock.LENGTH);
    ExtSuperblock superblock = ExtSuperblock.parse(bytes);
    superblock.requireReadable(bytes);
    new ExtFree(volume, superblock, bytes).run(sink);
  }

  private boolean has(int readOnlyFeature) {
    return (superblock.readOnlyCompatible() & readOnlyFeature) != 0;
  }

  private void requireClean() throws IOException {
    bytes.require(
        (superblock.incompatible() & INCOMPAT_RECOVER) == 0, "its journal waits to be replayed");
    bytes.require(bytes.u16(58) == STATE_CLEAN, "it was not unmounted, or has errors");
    bytes.require(bytes.u32(232) == 0, "inodes that are to be removed wait");
    int incompatible = superblock.incompatible() & ~INCOMPAT_KNOWN;
    int readOnly = superblock.readOnlyCompatible() & ~RO_COMPAT_KNOWN;
    if (incompatible != 0 || readOnly != 0) {
      throw bytes.unsupported(
          "features 0x"
              + Integer.toHexString(incompatible)
              + " and 0x"
              + Integer.toHexString(readOnly));
    }
    if (has(RO_COMPAT_METADATA_CSUM)) {
      int expected = ExtChecksum.crc32c(-1, bytes.array(), 0, 1020);
      bytes.require(bytes.i32(1020) == expected, "checksum of the super block");
    }
  }

  private void run(FreeSink sink) throws IOException {
    for (long group = 0; group < groups; group++) {
      collectOwn(group, descriptor(group));
    }
    long free = 0;
    for (long group = 0; group < groups; group++) {
      free += free(group, descriptor(group), sink);
    }
    long told = bytes.u32(12) | (isWide() ? bytes.u32(344) << 32 : 0);
    bytes.require(
        free * ratio == told, told + " free blocks are told, and the groups have " + free * ratio);
  }

  private boolean isWide() {
    return superblock.descriptorSize() >= WIDE;
  }

  /** The descriptor of a group, whose checksum is right. */
  private Bytes descriptor(long group) throws IOException {
    int size = superblock.descriptorSize();
    Bytes descriptor = volume.read(superblock.descriptorOffset(group), size);
    byte[] stored = descriptor.array();
    int told = descriptor.u16(CHECKSUM);
    int expected = told;
    if (checksums) {
      stored[CHECKSUM] = stored[CHECKSUM + 1] = 0;
      int start = ExtChecksum.crc32c(seed, ExtChecksum.littleEndian((int) group));
      expected = ExtChecksum.crc32c(start, stored) & 0xFFFF;
    } else if (has(RO_COMPAT_GDT_CSUM)) {
      int crc = ExtChecksum.crc16(0xFFFF, bytes.array(0x68, 16), 0, 16);
      crc = ExtChecksum.crc16(crc, ExtChecksum.littleEndian((int) group), 0, 4);
      crc = ExtChecksum.crc16(crc, stored, 0, CHECKSUM);
      expected = ExtChecksum.crc16(crc, stored, CHECKSUM + 2, isWide() ? size - CHECKSUM - 2 : 0);
    }
    descriptor.require(told == expected, "checksum of the descriptor of group " + group);
    return descriptor;
  }

  private long blockOf(Bytes descriptor, int at) throws CorruptImageException {
    long block = descriptor.u32(at) | (isWide() ? descriptor.u32(at + 32L) << 32 : 0);
    descriptor.require(
        block >= superblock.firstDataBlock() && block < superblock.blocks(),
        "a table at block 0x" + Long.toHexString(block));
    return block;
  }

  private void collectOwn(long group, Bytes descriptor) throws IOException {
    addOwn(descriptor, blockOf(descriptor, 0), 1);
    addOwn(descriptor, blockOf(descriptor, 4), 1);
    long tableBytes = superblock.inodesPerGroup() * superblock.inodeSize();
    addOwn(
        descriptor,
        blockOf(descriptor, 8),
        (tableBytes + superblock.blockSize() - 1) / superblock.blockSize());
    long at = superblock.descriptorOffset(group) / superblock.blockSize();
    descriptors.put(at, 1L); // many groups have their descriptors in one block
  }

  private void addOwn(Bytes descriptor, long first, long count) throws CorruptImageException {
    descriptor.require(
        count <= superblock.blocks() - first && own.put(first, count) == null,
        "two tables at block 0x" + Long.toHexString(first));
  }

  /** How many clusters of a group are free. */
  private long free(long group, Bytes descriptor, FreeSink sink) throws IOException {
    long first = superblock.firstDataBlock() + group * superblock.blocksPerGroup();
    long blocks = Math.min(superblock.blocksPerGroup(), superblock.blocks() - first);
    long clusters = (blocks + ratio - 1) / ratio;
    long told = descriptor.u16(12) | (isWide() ? (long) descriptor.u16(44) << 16 : 0);
    if ((descriptor.u16(18) & BLOCK_UNINIT) != 0) {
      freeOfUnused(group, first, blocks, told, sink);
      return told;
    }
    byte[] map = volume.read(offset(blockOf(descriptor, 0)), superblock.blockSize()).array();
    checkMap(group, descriptor, map);
    Bits bits = new Bits(map, clusters);
    descriptor.require(
        bits.clear() == told,
        told + " free blocks are told of group " + group + ", and its map has " + bits.clear());
    checkOwn(own, group, descriptor, first, blocks, bits);
    checkOwn(descriptors, group, descriptor, first, blocks, bits);
    bits.clearRuns((bit, length) -> {
      long start = first + bit * ratio;
      long end = Math.min(start + length * ratio, first + blocks);
      sink.free(offset(start), (end - start) * superblock.blockSize());
    });
    return bits.clear();
  }

  /**
   * A group whose map was never written: all is free but for the file system's own tables. Where
   * that does not come to what is told, nothing of it is.
   */
  private void freeOfUnused(long group, long first, long blocks, long told, FreeSink sink)
      throws IOException {
    if (ratio > 1) {
      return;
    }
    TreeMap<Long, Long> used = new TreeMap<>();
    long front = frontOf(group);
    if (front > 0) {
      used.put(first, front);
    }
    used.putAll(own.subMap(first, first + blocks));
    long free = blocks;
    for (long length : used.values()) {
      free -= length;
    }
    if (free != told) {
      return;
    }
    long at = first;
    for (var table : used.entrySet()) {
      if (table.getKey() > at) {
        sink.free(offset(at), (table.getKey() - at) * superblock.blockSize());
      }
      at = Math.max(at, table.getKey() + table.getValue());
    }
    if (at < first + blocks) {
      sink.free(offset(at), (first + blocks - at) * superblock.blockSize());
    }
  }

  /** How many blocks a group begins with: copies of the super block and of group descriptors. */
  private long frontOf(long group) throws CorruptImageException {
    long copy = superblock.hasSuperblock(group) ? 1 : 0;
    long perBlock = superblock.blockSize() / superblock.descriptorSize();
    long metaGroup = group / perBlock;
    boolean meta = (superblock.incompatible() & INCOMPAT_META_BG) != 0;
    if (meta && metaGroup >= superblock.firstMetaGroup()) {
      long within = group % perBlock; // the first, the second and the last one have a copy
      return copy + (within <= 1 || within == perBlock - 1 ? 1 : 0);
    }
    long table = meta ? superblock.firstMetaGroup() : (groups + perBlock - 1) / perBlock;
    return copy == 0 ? 0 : copy + table + bytes.u16(206);
  }

  private long offset(long block) throws CorruptImageException {
    return volume.offsetOf(block, superblock.blockSize());
  }

  private void checkMap(long group, Bytes descriptor, byte[] map) throws CorruptImageException {
    if (!checksums) {
      return;
    }
    int expected = ExtChecksum.crc32c(seed, map, 0, (int) (clustersPerGroup / 8));
    int told = descriptor.u16(24);
    boolean whole = isWide();
    told |= whole ? descriptor.u16(56) << 16 : 0;
    descriptor.require(
        told == (whole ? expected : expected & 0xFFFF), "checksum of the map of group " + group);
  }

  /** None of the file system's own blocks may be free. */
  private void checkOwn(
      TreeMap<Long, Long> tables, long group, Bytes descriptor, long first, long blocks, Bits bits)
      throws CorruptImageException {
    Long from = tables.floorKey(first);
    for (var table : tables.tailMap(from == null ? first : from).entrySet()) {
      long start = Math.max(table.getKey(), first);
      long end = Math.min(table.getKey() + table.getValue(), first + blocks);
      if (table.getKey() >= first + blocks) {
        break;
      }
      if (start < end) {
        long bit = (start - first) / ratio;
        long count = (end - 1 - first) / ratio - bit + 1;
        descriptor.require(
            bits.areSet(bit, count), "a table of the file system is free in group " + group);
      }
    }
  }
}
