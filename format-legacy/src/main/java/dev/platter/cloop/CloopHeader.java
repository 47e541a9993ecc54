package dev.platter.cloop;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
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
 * @param blockSize what a block decodes to, bytes
 * @param blocks how many there are; all of the table of their offsets lies in the file
 */
record CloopHeader(int blockSize, long blocks) {
  /** Where the table of offsets begins. */
  static final int TABLE_AT = 136;

  private static final byte[] MAGIC =
      "#!/bin/sh\n#V2.0 Format\nmodprobe cloop".getBytes(StandardCharsets.US_ASCII);
  private static final int SECTOR = 512;
  private static final int MAX_BLOCK = 64 << 20;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  static boolean isIn(MemorySegment head) {
    return head.byteSize() >= MAGIC.length
        && head.asSlice(0, MAGIC.length).mismatch(MemorySegment.ofArray(MAGIC)) < 0;
  }

  static CloopHeader read(Storage storage, Limits limits) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[TABLE_AT]);
    long count = storage.read(0, bytes);
    if (!isIn(bytes.asSlice(0, count)) || count < TABLE_AT) {
      throw corrupt(storage.name(), "Image not in cloop format, version 2");
    }
    long blockSize = bytes.get(INT, 128) & 0xffff_ffffL;
    if (blockSize == 0 || blockSize % SECTOR != 0 || blockSize > MAX_BLOCK) {
      throw corrupt(
          storage.name(),
          "blocks of " + blockSize + " bytes, expected a multiple of 512 up to " + MAX_BLOCK);
    }
    long blocks = bytes.get(INT, 132) & 0xffff_ffffL;
    if (blocks * blockSize > limits.maxVirtualSize()) {
      throw corrupt(storage.name(), "the disk is too large: " + blocks + " blocks of " + blockSize);
    }
    CloopHeader header = new CloopHeader((int) blockSize, blocks);
    if (header.tableBytes() > limits.maxTableBytes()) {
      throw corrupt(
          storage.name(), "the table of offsets is too large: " + header.tableBytes() + " bytes");
    }
    if (TABLE_AT + header.tableBytes() > storage.size()) {
      throw corrupt(
          storage.name(),
          "the table of offsets ends at 0x%x, past the end of the file at 0x%x"
              .formatted(TABLE_AT + header.tableBytes(), storage.size()));
    }
    return header;
  }

  long size() {
    return blocks * blockSize;
  }

  long tableBytes() {
    return (blocks + 1) * Long.BYTES;
  }

  static CorruptImageException corrupt(String storage, String what) {
    return Fault.in(CloopFormat.NAME, storage).corrupt(what);
  }
}
