package dev.platter.vhd;

import static dev.platter.vhd.VhdFooter.INT;
import static dev.platter.vhd.VhdFooter.LONG;

import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;

/**
 * The batmap of Xen's tools, behind the block allocation table: a bit for each block all of whose
 * sectors are in the file, the first block in the highest bit. It repeats what the sector bitmaps
 * say, so one that is damaged is passed over.
 */
final class Batmap {
  private static final int HEADER_LENGTH = 512;
  private static final int CHECKSUM = 24;

  /** "tdbatmap". */
  private static final long COOKIE = 0x7464_6261_746D_6170L;

  /** Enough for 16 TiB in blocks of 2 MiB. */
  private static final int MAX_LENGTH = 1 << 20;

  private final long headerOffset;
  private final long offset;
  private final byte[] header;
  private final byte[] bits;

  private Batmap(long headerOffset, long offset, byte[] header, byte[] bits) {
    this.headerOffset = headerOffset;
    this.offset = offset;
    this.header = header;
    this.bits = bits;
  }

  static Optional<Batmap> read(VhdHead head) throws IOException {
    long entries = Integer.toUnsignedLong(head.header().maxTableEntries());
    long at = head.header().tableOffset() + TableWindow.length(entries);
    long fileSize = head.storage().size();
    if (at < 0 || at > fileSize - HEADER_LENGTH) {
      return Optional.empty();
    }
    byte[] bytes = new byte[HEADER_LENGTH];
    MemorySegment header = MemorySegment.ofArray(bytes);
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
    return header.get(INT, CHECKSUM) == checksum(bits)
        ? Optional.of(new Batmap(at, offset, bytes, bits))
        : Optional.empty();
  }

  /** Whether all sectors of the block are in the file. */
  boolean isFull(long block) {
    return (bits[(int) (block / Byte.SIZE)] & 0x80 >>> (int) (block % Byte.SIZE)) != 0;
  }

  /** Whether there are bits for that many blocks. */
  boolean holds(long blocks) {
    return blocks <= (long) bits.length * Byte.SIZE;
  }

  /** Where its header stands, right behind the table. */
  long headerOffset() {
    return headerOffset;
  }

  /** Where it ends. */
  long end() {
    return Math.max(headerOffset + HEADER_LENGTH, offset + bits.length);
  }

  /** The same with its header at another place. */
  Batmap behind(long newHeaderOffset) {
    return new Batmap(newHeaderOffset, offset, header, bits);
  }

  /** The same for more blocks and with its header at another place, the bits behind it. */
  Batmap at(long newOffset, long blocks) {
    int length = (int) Math.max(bits.length, Math.ceilDiv(blocks, Byte.SIZE));
    length = Math.ceilDiv(length, VhdFormat.SECTOR_SIZE) * VhdFormat.SECTOR_SIZE;
    return new Batmap(
        newOffset, newOffset + HEADER_LENGTH, header.clone(), Arrays.copyOf(bits, length));
  }

  /** Takes a block out of it: not all of its sectors are in the file any more. */
  void clear(long block) {
    bits[(int) (block / Byte.SIZE)] &= (byte) ~(0x80 >>> (int) (block % Byte.SIZE));
  }

  /** Writes it; until its last sector is there, its checksum is wrong and it does not count. */
  void writeTo(WritableStorage storage) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(header);
    bytes.set(LONG, 8, offset);
    bytes.set(INT, 16, bits.length / VhdFormat.SECTOR_SIZE);
    bytes.set(INT, CHECKSUM, checksum(bits));
    storage.write(offset, MemorySegment.ofArray(bits));
    storage.write(headerOffset, bytes);
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
