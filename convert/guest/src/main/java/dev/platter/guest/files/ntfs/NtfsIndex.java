package dev.platter.guest.files.ntfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The names of one directory of NTFS: a tree of blocks, sorted by name. */
final class NtfsIndex {
  private static final int ROOT_HEADER = 16;
  private static final int BLOCK_HEADER = 24;
  private static final int MAX_DEPTH = 32;
  private static final int HAS_CHILD = 1;
  private static final int LAST = 2;
  private static final int KEY = 16;
  private static final int NAME_LENGTH = KEY + 64;
  private static final int NAME_SPACE = KEY + 65;
  private static final int NAME = KEY + 66;
  static final int DOS = 2;

  /** What has a smaller number is the file system's own. */
  private static final int FIRST_FILE = 16;

  private final Source root;
  private final Source blocks;
  private final int clusterSize;

  NtfsIndex(Source root, Source blocks, int clusterSize) {
    this.root = root;
    this.blocks = blocks;
    this.clusterSize = clusterSize;
  }

  /** The number of the record that has this name; negative: none. */
  long find(String name) throws IOException {
    Bytes head = root.read(0, root.size());
    Bytes node = head.from(ROOT_HEADER);
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      long at = node.u32(0);
      while (true) {
        blocks.step();
        int length = node.u16(at + 8);
        int flags = node.u16(at + 12);
        node.require(length >= KEY, "index entry of " + length + " bytes");
        int order = (flags & LAST) != 0 ? -1 : compare(name, name(node, at));
        if (order == 0) {
          return node.i64(at) & NtfsRecord.NUMBER_MASK;
        }
        if (order < 0) {
          if ((flags & HAS_CHILD) == 0) {
            return -1;
          }
          node = block(head, node.u63(at + length - 8L));
          break;
        }
        at += length;
      }
    }
    throw head.wrong("directory tree of more than " + MAX_DEPTH + " levels");
  }

  /** The names, each with the number of its record; without those that MS-DOS would use. */
  Map<String, Long> entries() throws IOException {
    Map<String, Long> names = new LinkedHashMap<>();
    Bytes head = root.read(0, root.size());
    addNames(head.from(ROOT_HEADER), names);
    long size = blockSize(head);
    for (long at = 0; at < blocks.size(); at += size) {
      Bytes block = blocks.readUpTo(at, (int) size);
      if (block.has(0, "INDX")) { // others are not in use
        addNames(NtfsRecord.fixUp(block).from(BLOCK_HEADER), names);
      }
    }
    return names;
  }

  private void addNames(Bytes node, Map<String, Long> names) throws IOException {
    for (long at = node.u32(0); (node.u16(at + 12) & LAST) == 0; ) {
      blocks.step();
      node.require(names.size() < Node.MAX_NAMES, "a directory of more than " + Node.MAX_NAMES);
      long number = node.i64(at) & NtfsRecord.NUMBER_MASK;
      if (node.u8(at + NAME_SPACE) != DOS && number >= FIRST_FILE) {
        names.putIfAbsent(name(node, at), number);
      }
      int length = node.u16(at + 8);
      node.require(length >= KEY, "index entry of " + length + " bytes");
      at += length;
    }
  }

  private static long blockSize(Bytes head) throws IOException {
    long size = head.u32(8);
    head.require(
        size >= 512 && size <= 1 << 16 && Long.bitCount(size) == 1,
        "index blocks of " + size + " bytes");
    return size;
  }

  /** Blocks are numbered in clusters, or in sectors where a block is smaller than a cluster. */
  private Bytes block(Bytes head, long number) throws IOException {
    long size = blockSize(head);
    int unit = size < clusterSize ? 512 : clusterSize;
    Bytes block = blocks.read(blocks.offsetOf(number, unit), size);
    block.require(block.has(0, "INDX"), "no index block");
    return NtfsRecord.fixUp(block).from(BLOCK_HEADER);
  }

  private static String name(Bytes node, long at) throws IOException {
    byte[] bytes = node.array(at + NAME, node.u8(at + NAME_LENGTH) * 2L);
    return new String(bytes, StandardCharsets.UTF_16LE);
  }

  private static int compare(String left, String right) {
    for (int i = 0; i < Math.min(left.length(), right.length()); i++) {
      int order = upper(left.charAt(i)) - upper(right.charAt(i));
      if (order != 0) {
        return order;
      }
    }
    return left.length() - right.length();
  }

  /** As the volume's own table has it for the names looked for, which are ASCII. */
  private static char upper(char c) {
    char upper = Character.toUpperCase(c);
    return c > 127 && upper <= 127 ? c : upper;
  }
}
