package dev.platter.bochs;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The header, checked: whatever it says may be used as it is.
 *
 * @param length of the header, bytes; the catalog follows
 * @param catalog how many entries the catalog has, all of which lie in the file
 * @param bitmapBytes the bytes of a bitmap, in whole sectors
 * @param extentBytes the bytes of the disk that an extent has
 * @param size of the guest disk, bytes
 */
record BochsHeader(long length, long catalog, long bitmapBytes, int extentBytes, long size) {
  static final int SECTOR = 512;
  static final int CATALOG_AT_LEAST = 88 + Long.BYTES;

  private static final byte[] MAGIC =
      "Bochs Virtual HD Image\0".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION_1 = 0x10000;
  private static final int VERSION_2 = 0x20000;
  private static final int MAX_EXTENT = 8 << 20;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static boolean isIn(MemorySegment head) {
    return head.byteSize() >= MAGIC.length
        && head.asSlice(0, MAGIC.length).mismatch(MemorySegment.ofArray(MAGIC)) < 0;
  }

  static BochsHeader read(Storage storage, Limits limits) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[SECTOR]);
    long count = storage.read(0, bytes);
    if (!isIn(bytes.asSlice(0, count)) || count < CATALOG_AT_LEAST) {
      throw corrupt(storage.name(), "Image not in Bochs format");
    }
    String type = text(bytes, 32);
    String subtype = text(bytes, 48);
    if (!type.equals("Redolog") || !subtype.equals("Growing")) {
      throw Fault.in(BochsFormat.NAME, storage.name())
          .at(32)
          .unsupported(
              ImageException.printable(
                  "it is of the kind '%s, %s', only 'Redolog, Growing' is a disk by itself"
                      .formatted(type, subtype)));
    }
    int version = bytes.get(INT, 64);
    if (version != VERSION_1 && version != VERSION_2) {
      throw Fault.in(BochsFormat.NAME, storage.name())
          .at(64)
          .unsupported(
              "version 0x%x of the format, expected 0x10000 or 0x20000".formatted(version));
    }
    long bitmap = bytes.get(INT, 76) & 0xffff_ffffL;
    long extent = bytes.get(INT, 80) & 0xffff_ffffL;
    if (extent < SECTOR || extent > MAX_EXTENT || Long.bitCount(extent) != 1) {
      throw corrupt(
          storage.name(),
          "extents of " + extent + " bytes, expected a power of two from 512 to " + MAX_EXTENT);
    }
    if (bitmap < Math.ceilDiv(extent / SECTOR, Byte.SIZE) || bitmap > MAX_EXTENT) {
      throw corrupt(
          storage.name(),
          "bitmaps of "
              + bitmap
              + " bytes, expected "
              + Math.ceilDiv(extent / SECTOR, Byte.SIZE)
              + " to "
              + MAX_EXTENT);
    }
    BochsHeader header =
        new BochsHeader(
            bytes.get(INT, 68) & 0xffff_ffffL,
            bytes.get(INT, 72) & 0xffff_ffffL,
            Math.ceilDiv(bitmap, SECTOR) * SECTOR,
            (int) extent,
            bytes.get(LONG, version == VERSION_1 ? 84 : 88));
    header.check(storage, limits);
    return header;
  }

  private static String text(MemorySegment bytes, int at) {
    byte[] text = bytes.asSlice(at, 16).toArray(ValueLayout.JAVA_BYTE);
    int end = 0;
    while (end < text.length && text[end] != 0) {
      end++;
    }
    return new String(text, 0, end, StandardCharsets.ISO_8859_1);
  }

  private void check(Storage storage, Limits limits) throws IOException {
    if (size < 0 || size > limits.maxVirtualSize()) {
      throw corrupt(
          storage.name(),
          "the disk's size is impossible: " + Long.toUnsignedString(size) + " bytes");
    }
    if (catalog < Math.ceilDiv(size, extentBytes)) {
      throw corrupt(
          storage.name(),
          "the catalog has "
              + catalog
              + " entries, expected "
              + Math.ceilDiv(size, extentBytes)
              + " for a disk of "
              + size
              + " bytes");
    }
    if (catalog * Integer.BYTES > limits.maxTableBytes()) {
      throw corrupt(storage.name(), "the catalog is too large: " + catalog + " entries");
    }
    if (length < CATALOG_AT_LEAST || dataOffset() > storage.size()) {
      throw corrupt(
          storage.name(),
          "the catalog lies from 0x%x to 0x%x, in a file of %d bytes"
              .formatted(length, dataOffset(), storage.size()));
    }
  }

  /** Where the first extent begins. */
  long dataOffset() {
    return length + catalog * Integer.BYTES;
  }

  static CorruptImageException corrupt(String storage, String what) {
    return Fault.in(BochsFormat.NAME, storage).corrupt(what);
  }
}
