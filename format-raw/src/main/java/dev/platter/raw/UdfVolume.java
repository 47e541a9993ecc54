package dev.platter.raw;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What the volume descriptors of UDF (ECMA-167, part 3) say of a disc.
 *
 * @param name of the volume; empty: none
 * @param declaredSize where its partition ends, bytes; 0: not known
 */
record UdfVolume(String name, long declaredSize) {
  static final UdfVolume UNKNOWN = new UdfVolume("", 0);

  private static final int ANCHOR_SECTOR = 256;
  private static final int MAX_DESCRIPTORS = 64;
  private static final int LENGTH = 512;
  private static final int TAG_ANCHOR = 2;
  private static final int TAG_PARTITION = 5;
  private static final int TAG_LOGICAL_VOLUME = 6;
  private static final int TAG_TERMINATOR = 8;
  private static final int NAME_LENGTH = 128;

  /** Follows the anchor, whatever the size of the disc's sectors is. */
  static UdfVolume read(Storage storage) throws IOException {
    for (int sector : new int[] {2048, 512, 4096}) {
      ByteBuffer anchor = descriptor(storage, (long) ANCHOR_SECTOR * sector);
      if (isTag(anchor, TAG_ANCHOR, ANCHOR_SECTOR)) {
        return read(storage, sector, Integer.toUnsignedLong(anchor.getInt(20)));
      }
    }
    return UNKNOWN;
  }

  private static UdfVolume read(Storage storage, int sector, long first) throws IOException {
    String name = "";
    long end = 0;
    for (long at = first; at < first + MAX_DESCRIPTORS; at++) {
      ByteBuffer bytes = descriptor(storage, at * sector);
      if (isTag(bytes, TAG_LOGICAL_VOLUME, at)) {
        name = name(bytes.array(), 84);
      } else if (isTag(bytes, TAG_PARTITION, at)) {
        long sectors =
            Integer.toUnsignedLong(bytes.getInt(188)) + Integer.toUnsignedLong(bytes.getInt(192));
        end = Math.max(end, sectors * sector);
      } else if (isTag(bytes, TAG_TERMINATOR, at)) {
        break;
      }
    }
    return new UdfVolume(name, end);
  }

  private static ByteBuffer descriptor(Storage storage, long offset) throws IOException {
    byte[] bytes = new byte[LENGTH];
    storage.read(offset, MemorySegment.ofArray(bytes));
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A tag says what follows it and where it stands, and has a checksum. */
  private static boolean isTag(ByteBuffer bytes, int identifier, long location) {
    int sum = 0;
    for (int i = 0; i < 16; i++) {
      sum += i == 4 ? 0 : bytes.get(i);
    }
    return bytes.getShort(0) == identifier
        && bytes.get(4) == (byte) sum
        && Integer.toUnsignedLong(bytes.getInt(12)) == location;
  }

  /** A dstring of OSTA compressed Unicode: 8 or 16 bits per character, the length at the end. */
  private static String name(byte[] bytes, int at) {
    int length = Math.min(bytes[at + NAME_LENGTH - 1] & 0xFF, NAME_LENGTH - 1) - 1;
    if (length < 1) {
      return "";
    }
    boolean wide = bytes[at] == 16;
    return DiscText.clean(
        new String(
            bytes, at + 1, length, wide ? StandardCharsets.UTF_16BE : StandardCharsets.ISO_8859_1));
  }
}
