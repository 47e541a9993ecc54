package dev.platter.guest.files.ntfs;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A record of NTFS's master file table.
 *
 * @param base the record that this one goes on with; 0: none
 */
record NtfsRecord(boolean directory, long base, List<Attribute> attributes) {
  static final int STANDARD_INFORMATION = 0x10;
  static final int ATTRIBUTE_LIST = 0x20;
  static final int FILE_NAME = 0x30;
  static final int VOLUME_NAME = 0x60;
  static final int DATA = 0x80;
  static final int INDEX_ROOT = 0x90;
  static final int INDEX_ALLOCATION = 0xA0;
  static final int REPARSE_POINT = 0xC0;

  /** Of a reference to a record: the rest counts how often it was used. */
  static final long NUMBER_MASK = 0xFFFF_FFFF_FFFFL;

  private static final int IN_USE = 1;
  private static final int IS_DIRECTORY = 2;
  private static final int STRIDE = 512;
  private static final int END = -1;

  /**
   * One attribute, or a part of one whose other parts are in other records.
   *
   * @param flags compressed, encrypted, sparse
   * @param firstCluster where in the attribute this part begins, clusters
   * @param bytes the attribute's record, header and all
   */
  record Attribute(
      int type, String name, int flags, boolean resident, long firstCluster, Bytes bytes) {
    static final int COMPRESSED = 0x00FF;
    static final int ENCRYPTED = 0x4000;

    private static Attribute parse(Bytes bytes) throws CorruptImageException {
      boolean resident = bytes.u8(8) == 0;
      return new Attribute(
          bytes.i32(0),
          new String(bytes.array(bytes.u16(10), bytes.u8(9) * 2L), StandardCharsets.UTF_16LE),
          bytes.u16(12),
          resident,
          resident ? 0 : bytes.u63(16),
          bytes);
    }

    Bytes value() throws CorruptImageException {
      return bytes.slice(bytes.u16(20), bytes.u32(16));
    }

    /** The logarithm of the clusters that are packed together; 0: none are. */
    int unitLog() throws CorruptImageException {
      return bytes.u16(34);
    }

    long dataSize() throws CorruptImageException {
      return bytes.u63(48);
    }

    /** What lies past it reads as zeros. */
    long writtenSize() throws CorruptImageException {
      return bytes.u63(56);
    }

    Bytes runs() throws CorruptImageException {
      return bytes.from(bytes.u16(32));
    }
  }

  /** Whether the record is a file's, and not one that waits to be. */
  static boolean isInUse(Bytes bytes) throws CorruptImageException {
    return (bytes.u16(22) & IN_USE) != 0;
  }

  static NtfsRecord parse(Bytes bytes) throws CorruptImageException {
    bytes.require(bytes.has(0, "FILE"), "no file record");
    Bytes fixed = fixUp(bytes);
    int flags = fixed.u16(22);
    bytes.require((flags & IN_USE) != 0, "file record that is not in use");
    List<Attribute> attributes = new ArrayList<>();
    for (long at = fixed.u16(20); fixed.i32(at) != END; ) {
      long length = fixed.u32(at + 4);
      fixed.require(length >= 16, "attribute of " + length + " bytes");
      attributes.add(Attribute.parse(fixed.slice(at, length)));
      at += length;
    }
    return new NtfsRecord(
        (flags & IS_DIRECTORY) != 0, fixed.i64(32) & NUMBER_MASK, List.copyOf(attributes));
  }

  /**
   * Puts back the last two bytes of each 512, in whose place a number is stored that tells whether
   * all of the record was written.
   */
  static Bytes fixUp(Bytes bytes) throws CorruptImageException {
    int offset = bytes.u16(4);
    int count = bytes.u16(6);
    byte[] fixed = bytes.array();
    bytes.require(
        count >= 1 && (count - 1) * STRIDE <= fixed.length, count + " update sequence numbers");
    for (int i = 1; i < count; i++) {
      int end = i * STRIDE - 2;
      bytes.require(bytes.u16(end) == bytes.u16(offset), "record that was not written to its end");
      fixed[end] = (byte) bytes.u8(offset + i * 2L);
      fixed[end + 1] = (byte) bytes.u8(offset + i * 2L + 1);
    }
    return bytes.with(fixed);
  }
}
