package dev.platter.vhd;

import static dev.platter.vhd.VhdFooter.INT;
import static dev.platter.vhd.VhdFooter.LONG;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The batmap of Xen's tools, behind the block allocation table: a bit for each block all of whose
 * sectors are in the file, the first block in the highest bit. It repeats what the sector bitmaps
 * say, so one that is damaged is passed over.
 */
final class Batmap {
  private static final int HEADER_LENGTH = 512;

  /** "tdbatmap". */
  private static final long COOKIE = 0x7464_6261_746D_6170L;

  /** Enough for 16 TiB in blocks of 2 MiB. */
  private static final int MAX_LENGTH = 1 << 20;

  private final byte[] bits;

  private Batmap(byte[] bits) {
    this.bits = bits;
  }

  static Optional<Batmap> read(VhdHead head) throws IOException {
    long entries = Integer.toUnsignedLong(head.header().maxTableEntries());
    long tableLength = Math.ceilDiv(entries * Integer.BYTES, VhdFormat.SECTOR_SIZE);
    long at = head.header().tableOffset() + tableLength * VhdFormat.SECTOR_SIZE;
    long fileSize = head.storage().size();
    if (at < 0 || at > fileSize - HEADER_LENGTH) {
      return Optional.empty();
    }
    MemorySegment header = MemorySegment.ofArray(new byte[HEADER_LENGTH]);
    head.storage().readFully(at, header);
    long offset = header.get(LONG, 8);
    long length = Integer.toUnsignedLong(header.get(INT, 16)) * VhdFormat.SECTOR_SIZE;
    boolean usable =
        header.get(LONG, 0) == COOKIE
            && length >= Math.ceilDiv(entries, Byte.SIZE)
            && length <= MAX_LENGTH
            && offset >= 0
            && offset <= fileSize - length;
    if (!usable) {
      return Optional.empty();
    }
    byte[] bits = new byte[(int) length];
    head.storage().readFully(offset, MemorySegment.ofArray(bits));
    return header.get(INT, 24) == checksum(bits) ? Optional.of(new Batmap(bits)) : Optional.empty();
  }

  /** Whether all sectors of the block are in the file. */
  boolean isFull(long block) {
    return (bits[(int) (block / Byte.SIZE)] & 0x80 >>> (int) (block % Byte.SIZE)) != 0;
  }

  private static int checksum(byte[] bits) {
    MemorySegment segment = MemorySegment.ofArray(bits);
    int sum = 0;
    for (long i = 0; i < bits.length; i++) {
      sum += Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, i));
    }
    return ~sum;
  }
}
