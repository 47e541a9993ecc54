package dev.platter.wrap;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/**
 * Walks over the frames of a zstd file from block to block without decoding any, to learn how many
 * bytes they hold (RFC 8878, section 3.1).
 */
final class ZstdFrames {
  static final int MAGIC = 0xfd2f_b528;

  /** Magic, descriptor, window, dictionary and content size at their longest. */
  private static final int MAX_HEADER = 18;

  /** The shortest frame: what is skipped and holds nothing. */
  private static final int SHORTEST = 8;

  private static final int BLOCK_HEADER = 3;
  private static final int CHECKSUM = 4;
  private static final int RLE = 1;
  private static final int RESERVED = 3;

  private final Storage packed;
  private final MemorySegment bytes = MemorySegment.ofArray(new byte[MAX_HEADER + Long.BYTES]);
  private long at;

  private ZstdFrames(Storage packed) {
    this.packed = packed;
  }

  /** What all frames together say; empty if one does not say it, or is not whole. */
  static OptionalLong size(Storage packed) throws IOException {
    ZstdFrames frames = new ZstdFrames(packed);
    long end = packed.size();
    long total = 0;
    while (frames.at < end) {
      long size = frames.skipFrame();
      if (size < 0 || frames.at > end || total + size < 0) {
        return OptionalLong.empty();
      }
      total += size;
    }
    return OptionalLong.of(total);
  }

  /** Goes behind a frame; answers its size, or -1. */
  private long skipFrame() throws IOException {
    long count = packed.read(at, bytes);
    if (count < SHORTEST) {
      return -1;
    }
    int magic = bytes.get(Magic.INT, 0);
    if (Magic.isSkippable(magic)) {
      at += 2 * Integer.BYTES + (bytes.get(Magic.INT, Integer.BYTES) & 0xffff_ffffL);
      return 0;
    }
    int descriptor = bytes.get(Magic.INT, Integer.BYTES) & 0xff;
    boolean single = (descriptor & 1 << 5) != 0;
    boolean checksum = (descriptor & 1 << 2) != 0;
    int dictionary = (1 << (descriptor & 3)) >> 1;
    int sizeBytes = single || descriptor >> 6 > 0 ? 1 << (descriptor >> 6) : 0;
    int sizeAt = Integer.BYTES + 1 + (single ? 0 : 1) + dictionary;
    if (magic != MAGIC || sizeBytes == 0 || count < sizeAt + sizeBytes) {
      return -1;
    }
    long size = bytes.get(Magic.LONG, sizeAt);
    size =
        switch (sizeBytes) {
          case 1 -> size & 0xff;
          case 2 -> (size & 0xffff) + 256;
          case 4 -> size & 0xffff_ffffL;
          default -> size;
        };
    at += sizeAt + sizeBytes;
    boolean whole = skipBlocks();
    at += checksum ? CHECKSUM : 0;
    return whole ? size : -1;
  }

  private boolean skipBlocks() throws IOException {
    MemorySegment header = bytes.asSlice(0, BLOCK_HEADER);
    while (packed.read(at, header) == BLOCK_HEADER) {
      int block = bytes.get(Magic.INT, 0) & 0xff_ffff;
      int type = block >> 1 & 3;
      if (type == RESERVED) {
        return false;
      }
      at += BLOCK_HEADER + (type == RLE ? 1 : block >> 3);
      if ((block & 1) != 0) {
        return true;
      }
    }
    return false;
  }
}
