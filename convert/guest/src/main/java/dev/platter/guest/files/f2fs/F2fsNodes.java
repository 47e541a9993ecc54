package dev.platter.guest.files.f2fs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Recent;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Where nodes lie, by their numbers: the node address table, of which each block is in one of two
 * places, as the newer of two checkpoints says, and what that checkpoint's journal has beside it.
 */
final class F2fsNodes {
  private static final int BLOCK = F2fsSuperblock.BLOCK;
  private static final int ENTRY = 9;
  private static final int PER_BLOCK = BLOCK / ENTRY;
  private static final int MAPS = 192;
  private static final int UNMOUNTED = 0x1;
  private static final int COMPACT_SUMMARIES = 0x4;
  private static final int LARGE_MAPS = 0x400;
  private static final int SUMMARIES = 3; // of data
  private static final int ALL_SUMMARIES = 6; // of nodes, too
  private static final int JOURNAL = 3584; // in a block of summaries
  private static final int JOURNAL_ENTRY = 13;
  private static final int MAX_JOURNAL = 38;
  private static final int POLYNOMIAL = 0xEDB88320;
  private static final int FOOTER = 4072;
  private static final int KEPT = 32;

  private final Source volume;
  private final F2fsSuperblock superblock;
  private final Map<Long, Long> journal = new HashMap<>();
  private final Recent<Bytes> nodes = new Recent<>(KEPT, this::readNode);
  private Bytes which; // a bit for each block of the table: in the second place

  private F2fsNodes(Source volume, F2fsSuperblock superblock) {
    this.volume = volume;
    this.superblock = superblock;
  }

  static F2fsNodes open(Source volume, F2fsSuperblock superblock) throws IOException {
    F2fsNodes nodes = new F2fsNodes(volume, superblock);
    nodes.readCheckpoint();
    return nodes;
  }

  private void readCheckpoint() throws IOException {
    long first = superblock.checkpoint();
    long second = first + (1L << superblock.segmentLog());
    Bytes one = checkpoint(first);
    Bytes other = checkpoint(second);
    if (one == null && other == null) {
      throw Fault.on(volume.name()).corrupt("neither of its checkpoints is whole");
    }
    boolean isFirst =
        other == null || one != null && Long.compareUnsigned(one.i64(0), other.i64(0)) > 0;
    Bytes newest = isFirst ? one : other;
    readMap(newest, isFirst ? first : second);
    readJournal(newest, isFirst ? first : second);
  }

  /** The first block of a checkpoint, whose last one must be the same; null: it is not whole. */
  private Bytes checkpoint(long block) throws IOException {
    Bytes first = volume.readUpTo(block * BLOCK, BLOCK);
    if (!isWhole(first)) {
      return null;
    }
    long count = first.u32(136);
    if (count < 2 || count > 1L << superblock.segmentLog()) {
      return null;
    }
    Bytes last = volume.readUpTo((block + count - 1) * BLOCK, BLOCK);
    return isWhole(last) && last.i64(0) == first.i64(0) ? first : null;
  }

  private static boolean isWhole(Bytes block) throws CorruptImageException {
    if (block.length() < BLOCK) {
      return false;
    }
    long at = block.u32(164);
    if (at < MAPS || at > BLOCK - 4) {
      return false;
    }
    int crc = crc(F2fsSuperblock.MAGIC, block.array(0, at));
    return crc(crc, block.array(at + 4, BLOCK - at - 4)) == block.i32(at);
  }

  /** CRC-32 that begins with a number of the file system's own, and ends without being inverted. */
  private static int crc(int start, byte[] bytes) {
    int crc = start;
    for (byte b : bytes) {
      crc ^= b & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc >>> 1 ^ ((crc & 1) != 0 ? POLYNOMIAL : 0);
      }
    }
    return crc;
  }

  private void readMap(Bytes checkpoint, long block) throws IOException {
    long length = checkpoint.u32(160);
    long at = MAPS;
    if ((checkpoint.i32(132) & LARGE_MAPS) != 0) {
      at += 4; // a checksum
    } else if (superblock.payload() == 0) {
      at += checkpoint.u32(156);
    }
    long need = ((superblock.nodeTableSegments() / 2 << superblock.segmentLog()) + 7) / 8;
    checkpoint.require(length >= need, "a map of " + length + " bytes for the table of nodes");
    which = volume.read(block * BLOCK + at, length);
  }

  private void readJournal(Bytes checkpoint, long block) throws IOException {
    int flags = checkpoint.i32(132);
    Bytes entries;
    if ((flags & COMPACT_SUMMARIES) != 0) {
      entries = volume.read((block + checkpoint.u32(140)) * BLOCK, BLOCK);
    } else {
      int behind = ((flags & UNMOUNTED) != 0 ? ALL_SUMMARIES : SUMMARIES) + 1;
      long at = (block + checkpoint.u32(136) - behind) * BLOCK;
      entries = volume.read(at, BLOCK).from(JOURNAL);
    }
    int count = entries.u16(0);
    entries.require(count <= MAX_JOURNAL, "a journal of " + count + " nodes");
    for (int i = 0; i < count; i++) {
      long at = 2 + i * (long) JOURNAL_ENTRY;
      journal.put(entries.u32(at), entries.u32(at + 9));
    }
  }

  /** The block of a node. */
  Bytes node(long number) throws IOException {
    return nodes.at(number);
  }

  private Bytes readNode(long number) throws IOException {
    Bytes bytes = volume.read(place(address(number)), BLOCK);
    bytes.require(
        bytes.u32(FOOTER) == number, "node " + bytes.u32(FOOTER) + ", expected " + number);
    return bytes;
  }

  private long address(long number) throws IOException {
    Long told = journal.get(number);
    if (told != null) {
      return told;
    }
    long index = number / PER_BLOCK;
    if (index >= superblock.nodeTableSegments() / 2 << superblock.segmentLog()) {
      throw Fault.on(volume.name()).corrupt("node " + number + " is behind the table of nodes");
    }
    int log = superblock.segmentLog();
    long within = index & (1L << log) - 1;
    long block = superblock.nodeTable() + (index >> log << log + 1) + within;
    boolean isSecond = (which.u8(index / 8) >> 7 - index % 8 & 1) != 0;
    block += isSecond ? 1L << log : 0;
    return volume.read(block * BLOCK + number % PER_BLOCK * ENTRY, ENTRY).u32(5);
  }

  /** Where a block of files or nodes lies, bytes. */
  long place(long block) throws CorruptImageException {
    if (block < superblock.filesAt() || block >= superblock.blocks()) {
      throw Fault.on(volume.name())
          .corrupt("block 0x" + Long.toHexString(block) + " is none of files or nodes");
    }
    return block * BLOCK;
  }
}
