package dev.platter.vdi;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The header of an image, read and checked against the file it stands in.
 *
 * @param fileSize of that file, bytes
 * @param size of the guest disk, bytes, in whole sectors
 */
record VdiHead(Storage storage, VdiHeader header, long fileSize, long size) {
  private static final int MAX_BLOCK_SIZE = 1 << 30;

  /** As many blocks as QEMU lets a disk have; of the block map, pages are read and kept. */
  static final long MAX_BLOCKS = 0x1fff_ff80L;

  static VdiHead read(Storage storage, Limits limits) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[VdiHeader.LENGTH]);
    storage.read(0, bytes);
    if (!VdiHeader.hasSignature(bytes)) {
      throw corrupt(storage, "no VDI image: the signature 0xbeda107f is not at 0x40");
    }
    VdiHeader header = VdiHeader.parse(bytes);
    long size = header.diskSize();
    boolean possible = size >= 0 && size <= limits.maxVirtualSize();
    VdiHead head =
        new VdiHead(
            storage,
            header,
            storage.size(),
            possible ? Math.ceilDiv(size, VdiFormat.SECTOR_SIZE) * VdiFormat.SECTOR_SIZE : -1);
    head.checkKind();
    head.checkDisk();
    head.checkTable();
    return head;
  }

  private void checkKind() throws ImageException {
    if (header.majorVersion() != 1) {
      throw Fault.in("vdi", name())
          .unsupported("header version " + header.versionText() + ", expected 1.x");
    }
    int type = header.imageType();
    if (type < 0 || type > VdiHeader.DIFFERENCING) {
      throw Fault.in("vdi", name()).unsupported("image type " + type + ", expected 1 to 4");
    }
    if (type == VdiHeader.DIFFERENCING && !hasParent()) {
      throw corrupt("a differencing image without the UUID of its parent");
    }
    if (header.headerSize() < VdiHeader.MIN_HEADER_SIZE) {
      throw corrupt(
          "the header has "
              + header.headerSize()
              + " bytes, expected "
              + VdiHeader.MIN_HEADER_SIZE
              + " or more");
    }
  }

  private void checkDisk() throws CorruptImageException {
    if (size < 0) {
      throw corrupt(
          "the disk's size is impossible: " + Long.toUnsignedString(header.diskSize()) + " bytes");
    }
    long blockSize = header.blockSize();
    if (blockSize < VdiFormat.SECTOR_SIZE
        || blockSize > MAX_BLOCK_SIZE
        || Long.bitCount(blockSize) != 1) {
      throw corrupt(
          "block size " + blockSize + ", expected a power of two from 512 to " + MAX_BLOCK_SIZE);
    }
    if (header.blockExtra() > MAX_BLOCK_SIZE) {
      throw corrupt(
          header.blockExtra() + " bytes in front of each block, allowed are " + MAX_BLOCK_SIZE);
    }
    if (blocks() > header.blocks()) {
      throw corrupt(
          "the block map has "
              + header.blocks()
              + " entries, expected "
              + blocks()
              + " for a disk of "
              + size
              + " bytes");
    }
  }

  private void checkTable() throws CorruptImageException {
    long length = tableLength();
    if (header.blocks() > MAX_BLOCKS) {
      throw corrupt(
          "the block map is too large: "
              + length
              + " bytes, allowed are "
              + MAX_BLOCKS * Integer.BYTES);
    }
    long table = header.tableOffset();
    if (table < VdiHeader.HEADER_START + VdiHeader.MIN_HEADER_SIZE || table > fileSize - length) {
      throw corrupt(
          "the block map lies outside the file or in the header: "
              + hex(table)
              + " and "
              + length
              + " bytes of "
              + hex(fileSize));
    }
    if (header.dataOffset() < table + length) {
      throw corrupt(
          "the data begins at "
              + hex(header.dataOffset())
              + ", before the block map ends at "
              + hex(table + length));
    }
  }

  /** This one of a file that grows. */
  VdiHead growing() {
    return new VdiHead(storage, header, Long.MAX_VALUE, size);
  }

  /** Whether there is an image below this one, whatever its type says. */
  boolean hasParent() {
    return !header.ids().parent().equals(VdiHeader.Ids.NONE);
  }

  /** The blocks of the guest disk. */
  long blocks() {
    return Math.ceilDiv(size, header.blockSize());
  }

  /** The bytes of the block map. */
  long tableLength() {
    return header.blocks() * Integer.BYTES;
  }

  /** From one block to the next on the host, bytes. */
  long blockStride() {
    return header.blockSize() + header.blockExtra();
  }

  /**
   * Where the data of a block of the file begins.
   *
   * @param entry which one, unsigned
   * @return -1 if the file ends before {@code length} bytes of it
   */
  long dataOffset(int entry, long length) {
    long first = header.dataOffset() + header.blockExtra();
    long room = fileSize - first - length;
    long number = Integer.toUnsignedLong(entry);
    return room < 0 || number > room / blockStride() ? -1 : first + number * blockStride();
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
    return Fault.in("vdi", storage.name()).corrupt(message);
  }
}
