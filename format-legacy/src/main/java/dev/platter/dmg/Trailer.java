package dev.platter.dmg;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The end of an image, checked: what lies where it says lies in the file, in front of it.
 *
 * @param position of the trailer in the file, which is where everything else must end, bytes
 * @param dataOffset where the data begin, bytes
 * @param dataLength their length as it is written, bytes: unchecked, as nothing but the checksum
 *     needs it
 * @param forkOffset where the old resource fork begins, bytes
 * @param forkLength its length; 0: there is none
 * @param listOffset where the property list begins, bytes
 * @param listLength its length; 0: there is none
 * @param sectors of the disk
 * @param dataChecksum of the data, as they lie in the file
 * @param checksum of the checksums of all parts, one after the other
 */
record Trailer(
    long position,
    long dataOffset,
    long dataLength,
    long forkOffset,
    long forkLength,
    long listOffset,
    long listLength,
    long sectors,
    Checksum dataChecksum,
    Checksum checksum) {
  static final int LENGTH = 512;
  static final int SECTOR = 512;

  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int MAGIC = 0x6b6f6c79;
  private static final int VERSION = 4;

  /** Whether a file ends with a trailer. */
  static boolean endsWithOne(Storage storage) throws IOException {
    long size = storage.size();
    MemorySegment bytes = MemorySegment.ofArray(new byte[LENGTH]);
    return size >= LENGTH
        && storage.read(size - LENGTH, bytes) == LENGTH
        && bytes.get(INT, 0) == MAGIC
        && bytes.get(INT, 8) == LENGTH;
  }

  static Trailer read(Storage storage, Limits limits) throws IOException {
    if (!endsWithOne(storage)) {
      throw corrupt(storage.name(), "it does not end with the trailer of a disk image, 'koly'");
    }
    long position = storage.size() - LENGTH;
    MemorySegment bytes = MemorySegment.ofArray(new byte[LENGTH]);
    storage.readFully(position, bytes);
    if (bytes.get(INT, 4) != VERSION) {
      throw unsupported(
          storage.name(),
          "version " + Integer.toUnsignedString(bytes.get(INT, 4)) + " of the format, expected 4");
    }
    int segments = bytes.get(INT, 60);
    if (segments != 0 && segments != 1) {
      throw unsupported(
          storage.name(),
          "it is part "
              + Integer.toUnsignedString(bytes.get(INT, 56))
              + " of an image in "
              + Integer.toUnsignedString(segments)
              + " files");
    }
    Trailer trailer =
        new Trailer(
            position,
            bytes.get(LONG, 24),
            bytes.get(LONG, 32),
            bytes.get(LONG, 40),
            bytes.get(LONG, 48),
            bytes.get(LONG, 216),
            bytes.get(LONG, 224),
            bytes.get(LONG, 492),
            Checksum.at(bytes, 80),
            Checksum.at(bytes, 352));
    trailer.check(storage.name(), limits);
    return trailer;
  }

  private void check(String name, Limits limits) throws ImageException {
    if (sectors < 0 || sectors > limits.maxVirtualSize() / SECTOR) {
      throw corrupt(
          name, "the disk's size is impossible: " + Long.toUnsignedString(sectors) + " sectors");
    }
    checkRange(name, "the data begin", dataOffset, 0);
    if (listLength != 0) {
      checkText(name, "the property list lies", listOffset, listLength, limits);
    } else if (forkLength != 0) {
      checkText(name, "the resource fork lies", forkOffset, forkLength, limits);
    } else {
      throw corrupt(name, "it has neither a property list nor a resource fork");
    }
  }

  private void checkText(String name, String what, long offset, long length, Limits limits)
      throws ImageException {
    checkRange(name, what, offset, length);
    if (length > limits.maxDescriptionBytes()) {
      throw corrupt(
          name, what + " in " + length + " bytes, allowed are " + limits.maxDescriptionBytes());
    }
  }

  private void checkRange(String name, String what, long offset, long length)
      throws ImageException {
    if (offset < 0 || length < 0 || offset > position - length) {
      throw corrupt(
          name,
          "%s at 0x%x with 0x%x bytes, past the trailer at 0x%x"
              .formatted(what, offset, length, position));
    }
  }

  static CorruptImageException corrupt(String storage, String what) {
    return Fault.in(DmgFormat.NAME, storage).corrupt(ImageException.printable(what));
  }

  static ImageException unsupported(String storage, String what) {
    return Fault.in(DmgFormat.NAME, storage).unsupported(ImageException.printable(what));
  }
}
