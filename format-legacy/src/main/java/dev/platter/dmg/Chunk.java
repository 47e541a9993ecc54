package dev.platter.dmg;

import dev.platter.codec.Encoding;

/**
 * A run of the disk.
 *
 * @param offset on the disk, bytes
 * @param length on the disk, bytes, at least one sector
 * @param encoding how it is compressed; null: it is not
 * @param host where it lies in the file, bytes, or {@link #NOWHERE}: it is zeros
 * @param hostLength what it takes there, bytes, where it is compressed
 */
record Chunk(long offset, long length, Encoding encoding, long host, int hostLength) {
  static final long NOWHERE = -1;

  long end() {
    return offset + length;
  }
}
