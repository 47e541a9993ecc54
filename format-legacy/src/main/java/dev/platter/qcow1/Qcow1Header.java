package dev.platter.qcow1;

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
 * @param backingFile the backing file's name; empty: there is none
 * @param size of the guest disk, bytes
 * @param l1Offset where the L1 table begins; all of it lies within the file
 */
record Qcow1Header(
    String backingFile,
    long size,
    int clusterBits,
    int l2Bits,
    boolean encrypted,
    long l1Offset,
    long fileSize) {
  static final int LENGTH = 48;
  static final int MAGIC = 0x514649fb;
  static final int VERSION = 1;

  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int MIN_CLUSTER_BITS = 9;
  private static final int MAX_CLUSTER_BITS = 16;
  private static final int ENTRY_BITS = 3;
  private static final int MAX_NAME = 1023;

  static boolean isIn(MemorySegment head) {
    return head.byteSize() >= 2 * Integer.BYTES // one that is cut off in its header is one, too
        && head.get(INT, 0) == MAGIC
        && head.get(INT, 4) == VERSION;
  }

  static Qcow1Header read(Storage storage, Limits limits) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[LENGTH]);
    long count = storage.read(0, bytes);
    if (!isIn(bytes.asSlice(0, count)) || count < LENGTH) {
      throw corrupt(storage.name(), "Image not in qcow format, version 1");
    }
    int clusterBits = bits(storage, bytes, 32, "Cluster size", 0);
    int l2Bits = bits(storage, bytes, 33, "L2 table size", ENTRY_BITS);
    long size = bytes.get(LONG, 24);
    if (size >= 0 && size <= 1) {
      throw corrupt(storage.name(), "Image size is too small (must be at least 2 bytes)");
    }
    if (size < 0 || size > limits.maxVirtualSize()) {
      throw corrupt(storage.name(), "Image too large: " + Long.toUnsignedString(size) + " bytes");
    }
    int crypt = bytes.get(INT, 36);
    if (crypt != 0 && crypt != 1) {
      throw corrupt(
          storage.name(),
          "invalid encryption method in qcow header: " + Integer.toUnsignedString(crypt));
    }
    Qcow1Header header =
        new Qcow1Header(
            backingFile(storage, bytes.get(LONG, 8), bytes.get(INT, 16)),
            size,
            clusterBits,
            l2Bits,
            crypt == 1,
            bytes.get(LONG, 40),
            storage.size());
    header.checkTable(storage.name(), limits);
    return header;
  }

  private static int bits(Storage storage, MemorySegment bytes, int at, String what, int entryBits)
      throws ImageException {
    int bits = bytes.get(ValueLayout.JAVA_BYTE, at) & 0xff;
    if (bits < MIN_CLUSTER_BITS - entryBits || bits > MAX_CLUSTER_BITS - entryBits) {
      throw Fault.in(Qcow1Format.NAME, storage.name())
          .at(at)
          .actual("2^" + (bits + entryBits))
          .expected("512 to 64k bytes")
          .corrupt(what);
    }
    return bits;
  }

  private static String backingFile(Storage storage, long offset, int length) throws IOException {
    if (offset == 0) {
      return "";
    }
    if (length < 1 || length > MAX_NAME) {
      throw corrupt(
          storage.name(),
          "the backing file's name has "
              + Integer.toUnsignedString(length)
              + " bytes, expected 1 to "
              + MAX_NAME);
    }
    byte[] name = new byte[length];
    if (offset < LENGTH || offset > storage.size() - length) {
      throw corrupt(
          storage.name(),
          "the backing file's name is at 0x"
              + Long.toHexString(offset)
              + ", outside the file of "
              + storage.size()
              + " bytes");
    }
    storage.readFully(offset, MemorySegment.ofArray(name));
    return new String(name, StandardCharsets.UTF_8);
  }

  private void checkTable(String name, Limits limits) throws ImageException {
    long bytes = Math.ceilDiv(clusters(), l2Entries()) * Long.BYTES;
    if (bytes > limits.maxTableBytes()) {
      throw corrupt(name, "Image too large: its L1 table would have " + bytes + " bytes");
    }
    if (l1Offset < LENGTH || l1Offset > fileSize - bytes) {
      throw corrupt(
          name,
          "the L1 table of "
              + bytes
              + " bytes at 0x"
              + Long.toHexString(l1Offset)
              + " is outside the file of "
              + fileSize
              + " bytes");
    }
  }

  int clusterSize() {
    return 1 << clusterBits;
  }

  long clusters() {
    return Math.ceilDiv(size, clusterSize());
  }

  int l2Entries() {
    return 1 << l2Bits;
  }

  static CorruptImageException corrupt(String storage, String what) {
    return Fault.in(Qcow1Format.NAME, storage).corrupt(what);
  }
}
