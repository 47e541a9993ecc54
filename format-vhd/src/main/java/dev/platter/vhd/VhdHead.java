package dev.platter.vhd;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * What stands at the fixed places of a VHD, read and checked: its footer (or the copy of it at the
 * front, whichever is sound) and, of all but fixed disks, the dynamic header.
 *
 * @param header null in a fixed disk
 * @param size the size of the guest disk, bytes
 * @param payloadEnd where the footer begins, which no block may reach into; in a file that lost its
 *     footer, the end of the file
 */
record VhdHead(Storage storage, VhdFooter footer, VhdHeader header, long size, long payloadEnd) {
  private static final int MAX_BLOCK_SIZE = 1 << 30;

  static VhdHead read(Storage storage, Limits limits) throws IOException {
    return read(storage, limits, SizeRule.BY_CREATOR);
  }

  static VhdHead read(Storage storage, Limits limits, SizeRule rule) throws IOException {
    MemorySegment front = bytes(storage, 0, VhdFooter.LENGTH);
    VhdFooter atFront = VhdFooter.isSound(front) ? VhdFooter.parse(front) : null;
    boolean isToldInFront = atFront != null && atFront.diskType() != VhdFooter.FIXED;
    // All of a file that comes in order would have to come for a copy of what is known.
    MemorySegment tail =
        isToldInFront && storage.comesInOrder() ? MemorySegment.NULL : tail(storage);
    VhdFooter atEnd = VhdFooter.isSound(tail) ? VhdFooter.parse(tail) : null;
    long payloadEnd = atEnd == null ? storage.size() : footerOffset(storage.size());
    VhdFooter footer = isToldInFront ? atFront : atEnd;
    if (footer == null) {
      boolean hasCookie = VhdFooter.hasCookie(front) || VhdFooter.hasCookie(tail);
      throw corrupt(
          storage,
          hasCookie
              ? "the footer's checksum is wrong, and there is no sound copy of it"
              : "no footer, neither in the last sector nor in the first");
    }
    VhdHead head = new VhdHead(storage, footer, null, footer.guestSize(rule), payloadEnd);
    head.checkFooter(limits);
    if (footer.diskType() == VhdFooter.FIXED) {
      return head.fixed();
    }
    return head.with(head.readHeader(limits));
  }

  /** The last sector; an image of an old Virtual PC ends one byte early, in a byte that is zero. */
  static MemorySegment tail(Storage storage) throws IOException {
    long size = storage.size();
    return size < VhdFooter.LENGTH - 1
        ? MemorySegment.NULL
        : bytes(storage, footerOffset(size), VhdFooter.LENGTH);
  }

  /** Whether the footer is sound in the first sector, and in the last one is not. */
  boolean lacksTail() throws IOException {
    return VhdFooter.isSound(bytes(storage, 0, VhdFooter.LENGTH))
        && !VhdFooter.isSound(tail(storage));
  }

  static long footerOffset(long size) {
    return size % VhdFormat.SECTOR_SIZE == VhdFooter.LENGTH - 1
        ? size - (VhdFooter.LENGTH - 1)
        : size - VhdFooter.LENGTH;
  }

  /** What the storage has there; the rest is zero. */
  private static MemorySegment bytes(Storage storage, long offset, int length) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[length]);
    storage.read(offset, bytes);
    return bytes;
  }

  private void checkFooter(Limits limits) throws IOException {
    if (footer.version() >>> 16 != VhdFooter.VERSION >>> 16) {
      throw Fault.in("vpc", name())
          .unsupported("format version " + hex(footer.version()) + ", expected 0x10000");
    }
    if (footer.diskType() < VhdFooter.FIXED || footer.diskType() > VhdFooter.DIFFERENCING) {
      throw Fault.in("vpc", name())
          .unsupported("disk type " + footer.diskType() + ", expected 2, 3 or 4");
    }
    if (size < 0 || size % VhdFormat.SECTOR_SIZE != 0 || size > limits.maxVirtualSize()) {
      throw corrupt("the disk's size is impossible: " + Long.toUnsignedString(size) + " bytes");
    }
  }

  /** A fixed disk whose geometry says more than there is has the size that its field says. */
  private VhdHead fixed() throws CorruptImageException {
    long actual = size <= payloadEnd ? size : footer.currentSize();
    if (actual < 0 || actual > payloadEnd) {
      throw corrupt(
          "the file holds 0x"
              + Long.toHexString(payloadEnd)
              + " bytes of the disk, expected "
              + hex(actual));
    }
    return new VhdHead(storage, footer, null, actual, payloadEnd);
  }

  /** The same in a file that may grow. */
  VhdHead growing() {
    return new VhdHead(storage, footer, header, size, Long.MAX_VALUE);
  }

  private VhdHead with(VhdHeader dynamic) {
    return new VhdHead(storage, footer, dynamic, size, payloadEnd);
  }

  private VhdHeader readHeader(Limits limits) throws IOException {
    long fileSize = storage.size();
    long at = footer.dataOffset();
    if (at < VhdFooter.LENGTH || at > fileSize - VhdHeader.LENGTH) {
      throw corrupt("the header lies outside the file: " + hex(at) + " of " + hex(fileSize));
    }
    MemorySegment bytes = bytes(storage, at, VhdHeader.LENGTH);
    if (!VhdHeader.hasCookie(bytes)) {
      throw corrupt("no header at " + hex(at) + ": the cookie 'cxsparse' is missing");
    }
    if (!VhdHeader.isSound(bytes)) {
      throw corrupt("the checksum of the header at " + hex(at) + " is wrong");
    }
    VhdHeader dynamic = VhdHeader.parse(bytes);
    if (dynamic.version() >>> 16 != VhdHeader.VERSION >>> 16) {
      throw Fault.in("vpc", name())
          .unsupported("header version " + hex(dynamic.version()) + ", expected 0x10000");
    }
    int blockSize = dynamic.blockSize();
    if (blockSize < VhdFormat.SECTOR_SIZE
        || blockSize > MAX_BLOCK_SIZE
        || Integer.bitCount(blockSize) != 1) {
      throw corrupt(
          "block size "
              + Integer.toUnsignedString(blockSize)
              + ", expected a power of two from 512 to "
              + MAX_BLOCK_SIZE);
    }
    checkTable(dynamic, fileSize, limits);
    return dynamic;
  }

  private void checkTable(VhdHeader dynamic, long fileSize, Limits limits)
      throws CorruptImageException {
    long entries = Integer.toUnsignedLong(dynamic.maxTableEntries());
    long needed = Math.ceilDiv(size, dynamic.blockSize());
    if (entries < needed) {
      throw corrupt(
          "the block allocation table is too small: " + entries + " entries, expected " + needed);
    }
    if (needed * Integer.BYTES > limits.maxTableBytes()) {
      throw corrupt(
          "the block allocation table is too large: "
              + needed * Integer.BYTES
              + " bytes, allowed are "
              + limits.maxTableBytes());
    }
    long table = dynamic.tableOffset();
    if (table < VhdFooter.LENGTH || table > fileSize - needed * Integer.BYTES) {
      throw corrupt(
          "the block allocation table lies outside the file: "
              + hex(table)
              + " and "
              + needed * Integer.BYTES
              + " bytes of "
              + hex(fileSize));
    }
  }

  /**
   * What of the metadata lies in the same place, so that nobody can change the one without the
   * other; empty: nothing. Of a disk that is not a fixed one.
   */
  Optional<String> overlap() throws IOException {
    long at = footer.dataOffset();
    long table = header.tableOffset();
    long tableEnd = table + blocks() * Integer.BYTES;
    if (table < at + VhdHeader.LENGTH && at < tableEnd) {
      return Optional.of(
          "the block allocation table at " + hex(table) + " and the header at " + hex(at));
    }
    long last = Math.max(at + VhdHeader.LENGTH, tableEnd);
    return payloadEnd < last && payloadEnd < storage.size()
        ? Optional.of("the metadata up to " + hex(last) + " and the footer at " + hex(payloadEnd))
        : Optional.empty();
  }

  /** The blocks of the disk, which is not a fixed one. */
  long blocks() {
    return Math.ceilDiv(size, header.blockSize());
  }

  boolean isFixed() {
    return header == null;
  }

  boolean isDifferencing() {
    return footer.diskType() == VhdFooter.DIFFERENCING;
  }

  String name() {
    return storage.name();
  }

  CorruptImageException corrupt(String message) {
    return corrupt(storage, message);
  }

  static String hex(long number) {
    return "0x" + Long.toHexString(number);
  }

  private static CorruptImageException corrupt(Storage storage, String message) {
    return Fault.in("vpc", storage.name()).corrupt(message);
  }
}
