package dev.platter.dmg;

import dev.platter.codec.Encoding;

/**
 * A run of the disk.
 *
 * @param offset on the disk, bytes
 * @param length on the disk, bytes, at least one sector
 * @param encoding how it is compressed; null: it is not
 * @param host where it lies in the file, bytes, or {@link #ZEROS} or {@link #IGNORED}: it reads as
 *     zeros
 * @param hostLength what it takes there, bytes, where it is compressed
 */
record Chunk(long offset, long length, Encoding encoding, long host, int hostLength) {
  static final long ZEROS = -1;

  /** No part of what its maker had, and so of no checksum. */
  static final long IGNORED = -2;

  boolean isStored() {
    return host >= 0;
  }

  long end() {
    return offset + length;
  }
}
