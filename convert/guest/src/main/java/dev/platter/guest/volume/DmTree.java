package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Trees of device-mapper's persistent data: 64-bit keys with values of eight bytes, in blocks of 4
 * KiB that each have a checksum and their own number.
 */
final class DmTree {
  static final int BLOCK = 4096;

  private static final int NODES = 64;
  private static final int MAX_DEPTH = 16;
  private static final int HEADER = 32;
  private static final int INTERNAL = 1;
  private static final int NODE_SALT = 121107;

  private final Source metadata;
  private final Map<Long, Bytes> recent =
      new LinkedHashMap<>(NODES, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Bytes> eldest) {
          return size() > NODES;
        }
      };

  /**
   * What a tree has for a key.
   *
   * @param value as it is stored; not to be looked at where nothing was found
   * @param end the next key that there may be; {@link Long#MAX_VALUE}: none
   */
  record Found(boolean isThere, long value, long end) {}

  DmTree(Source metadata) {
    this.metadata = metadata;
  }

  /** Reads a block whose checksum, made with that salt, is right. */
  static Bytes block(Source metadata, long number, int salt) throws IOException {
    Bytes block = metadata.read(metadata.offsetOf(number, BLOCK), BLOCK);
    CRC32C crc = new CRC32C();
    crc.update(block.array(), Integer.BYTES, BLOCK - Integer.BYTES);
    block.require((~(int) crc.getValue() ^ salt) == block.i32(0), "wrong checksum of a block");
    return block;
  }

  /** Looks a key up, which is not negative. */
  Found find(long root, long key) throws IOException {
    long end = Long.MAX_VALUE;
    long number = root;
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      Bytes node = node(number);
      int count = count(node);
      int at = floor(node, count, key);
      if (at + 1 < count) {
        end = Math.min(end, key(node, at + 1));
      }
      if ((node.i32(4) & INTERNAL) == 0) {
        boolean isThere = at >= 0 && key(node, at) == key;
        return new Found(isThere, isThere ? value(node, at) : 0, Math.max(end, key + 1));
      }
      if (at < 0) {
        return new Found(false, 0, Math.max(end, key + 1));
      }
      number = value(node, at);
    }
    throw node(root).wrong("a tree of more than " + MAX_DEPTH + " levels");
  }

  private Bytes node(long number) throws IOException {
    metadata.step();
    Bytes node = recent.get(number);
    if (node == null) {
      node = block(metadata, number, NODE_SALT);
      node.require(node.i64(8) == number, "a node in the place of another one");
      node.require(node.u32(24) == Long.BYTES, "values of " + node.u32(24) + " bytes");
      recent.put(number, node);
    }
    return node;
  }

  private static int count(Bytes node) throws IOException {
    long count = node.u32(16);
    long most = node.u32(20);
    node.require(
        count <= most && HEADER + most * 2 * Long.BYTES <= BLOCK, "a node of " + count + " keys");
    return (int) count;
  }

  /** The last key that is not above the one looked for; -1: all are. */
  private static int floor(Bytes node, int count, long key) throws IOException {
    int low = 0;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (key(node, middle) <= key) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }

  private static long key(Bytes node, int at) throws IOException {
    return node.u63(HEADER + (long) at * Long.BYTES);
  }

  private static long value(Bytes node, int at) throws IOException {
    return node.i64(HEADER + (node.u32(20) + at) * Long.BYTES);
  }
}
