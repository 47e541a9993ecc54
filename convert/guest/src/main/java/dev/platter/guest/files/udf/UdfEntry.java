package dev.platter.guest.files.udf;

import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.FileAttributes.Device;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * The entry of a file (ECMA-167, 4/14.9), or the extended one (4/14.17), which has one more time.
 *
 * @param place where it lies
 * @param bytes all of it
 * @param extended which of the two it is
 */
record UdfEntry(UdfPlace place, Bytes bytes, boolean extended) {
  private static final int STRATEGY = 4;
  private static final int DIRECTORY = 4;
  private static final int BLOCK_DEVICE = 6;
  private static final int CHARACTER_DEVICE = 7;
  private static final int FIFO = 9;
  private static final int SOCKET = 10;
  private static final int LINK = 12;
  private static final int PLACES = 7;
  private static final int IN_ENTRY = 3;
  private static final long NO_OWNER = 0xFFFFFFFFL;
  private static final int DEVICE_ATTRIBUTE = 12;
  private static final int ATTRIBUTES_HEADER = 24;

  static UdfEntry read(UdfVolume volume, UdfPlace place) throws IOException {
    Bytes bytes = volume.read(place, volume.blockSize());
    boolean extended = UdfTag.of(bytes) == UdfTag.EXTENDED_FILE_ENTRY;
    if (!extended) {
      UdfTag.require(bytes, UdfTag.FILE_ENTRY);
    }
    if (bytes.u16(20) != STRATEGY) {
      throw bytes.unsupported("a file entry of strategy " + bytes.u16(20));
    }
    return new UdfEntry(place, bytes, extended);
  }

  private int attributesAt() {
    return extended ? 216 : 176;
  }

  private long attributesLength() throws CorruptImageException {
    return bytes.u32(extended ? 208 : 168);
  }

  long size() throws CorruptImageException {
    return bytes.u63(56);
  }

  private int flags() throws CorruptImageException {
    return bytes.u16(34);
  }

  /** What it is, as a mode says it. */
  int type() throws CorruptImageException {
    return switch (bytes.u8(27)) {
      case DIRECTORY -> FileAttributes.DIRECTORY;
      case BLOCK_DEVICE -> FileAttributes.BLOCK_DEVICE;
      case CHARACTER_DEVICE -> FileAttributes.CHARACTER_DEVICE;
      case FIFO -> FileAttributes.FIFO;
      case SOCKET -> FileAttributes.SOCKET;
      case LINK -> FileAttributes.LINK;
      default -> FileAttributes.FILE;
    };
  }

  FileAttributes fileAttributes() throws CorruptImageException {
    int permissions =
        bytes.i32(44); // five bits for each of three, the lowest three as Unix has them
    int mode = permissions & 0007 | permissions >> 2 & 0070 | permissions >> 4 & 0700;
    int special = flags() << 5 & 0x800 | flags() << 3 & 0x400 | flags() << 1 & 0x200;
    Instant modified = UdfText.time(bytes, extended ? 92 : 84);
    return new FileAttributes(
        0,
        place.number(),
        type() | special | mode,
        bytes.u16(48),
        owner(36),
        owner(40),
        size(),
        device(),
        UdfText.time(bytes, extended ? 80 : 72),
        modified,
        UdfText.time(bytes, extended ? 116 : 96),
        extended ? Optional.of(UdfText.time(bytes, 104)) : Optional.empty());
  }

  private long owner(int at) throws CorruptImageException {
    return bytes.u32(at) == NO_OWNER ? 0 : bytes.u32(at);
  }

  /** The numbers of a device are in an extended attribute of their own (4/14.10.7). */
  private Optional<Device> device() throws CorruptImageException {
    int type = type();
    if (type == FileAttributes.BLOCK_DEVICE || type == FileAttributes.CHARACTER_DEVICE) {
      Bytes all = bytes.slice(attributesAt(), attributesLength());
      for (long at = ATTRIBUTES_HEADER; at + 24 <= all.length(); ) {
        if (all.u32(at) == DEVICE_ATTRIBUTE) {
          return Optional.of(new Device(all.u32(at + 16), all.u32(at + 20)));
        }
        long length = all.u32(at + 8);
        all.require(length >= 12, "an attribute of " + length + " bytes");
        at += length;
      }
    }
    return Optional.empty();
  }

  /** The bytes of the file. */
  Source content(UdfVolume volume) throws IOException {
    String name = volume.name() + " file at block " + place.block();
    long at = attributesAt() + attributesLength();
    Bytes places = bytes.slice(at, bytes.u32(extended ? 212 : 172));
    int kind = flags() & PLACES;
    if (kind == IN_ENTRY) {
      return new ArraySource(name, places.array(0, size()), volume.source().budget());
    }
    return new UdfFile(name, size(), volume, place.partition(), kind, places);
  }
}
