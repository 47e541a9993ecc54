package dev.platter.raw;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The signs of Rock Ridge: fields of the System Use Sharing Protocol (IEEE P1281) in the record
 * that the root directory has of itself.
 */
final class RockRidge {
  private static final int ROOT_RECORD = 156;
  private static final int NAME_LENGTH = 32;
  private static final int NAME = 33;

  private RockRidge() {}

  /** Whether the root directory that a primary descriptor names has POSIX attributes. */
  static boolean isIn(Storage storage, byte[] primary) throws IOException {
    ByteBuffer descriptor = VolumeDescriptors.little(primary);
    long blockSize = descriptor.getShort(128) & 0xFFFF;
    long offset = Integer.toUnsignedLong(descriptor.getInt(ROOT_RECORD + 2)) * blockSize;
    byte[] directory = new byte[VolumeDescriptors.SECTOR];
    storage.read(offset, MemorySegment.ofArray(directory));
    int end = directory[0] & 0xFF;
    int nameLength = directory[NAME_LENGTH] & 0xFF;
    // The name is padded to an even length, its own byte counted.
    int at = NAME + nameLength + (nameLength % 2 == 0 ? 1 : 0);
    while (at + 4 <= end) {
      String field = new String(directory, at, 2, StandardCharsets.ISO_8859_1);
      if (field.equals("RR") || field.equals("PX")) {
        return true;
      }
      int length = directory[at + 2] & 0xFF;
      if (length < 4) {
        return false;
      }
      at += length;
    }
    return false;
  }
}
