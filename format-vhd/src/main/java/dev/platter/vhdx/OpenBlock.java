package dev.platter.vhdx;

import dev.platter.image.spi.Piece;
import java.lang.foreign.MemorySegment;

/**
 * The payload block of a new image that is being filled; guest order leaves at most one. Knows what
 * passed so far, from which follow its state and, over a parent, its sector bitmap.
 */
final class OpenBlock {
  private static final long NO_PLACE = -1;

  private final DiskLayout layout;
  private final long number;
  private long payload = NO_PLACE;
  private boolean anyAbsent;
  private boolean anyPresent;
  private byte[] bits;

  OpenBlock(DiskLayout layout, long number) {
    this.layout = layout;
    this.number = number;
  }

  long number() {
    return number;
  }

  /** Its guest offset. */
  long start() {
    return number * layout.blockSize();
  }

  /** Notes the next piece of the block. */
  void pass(Piece piece) {
    if (piece instanceof Piece.Absent) {
      anyAbsent = true;
      return;
    }
    anyPresent = true;
    if (layout.hasParent()) {
      if (bits == null) {
        bits = new byte[layout.sectorsPerBlock() / Byte.SIZE];
      }
      int sectorSize = layout.logicalSectorSize();
      int from = (int) (piece.offset() - start()) / sectorSize;
      int to = (int) Math.ceilDiv(piece.end() - start(), sectorSize);
      SectorBitmaps.set(bits, from, to);
    }
  }

  boolean anyAbsent() {
    return anyAbsent;
  }

  boolean anyPresent() {
    return anyPresent;
  }

  /** Whether the parent shows through somewhere, but not everywhere. */
  boolean isPartial() {
    return layout.hasParent() && anyAbsent && anyPresent;
  }

  boolean hasPlace() {
    return payload != NO_PLACE;
  }

  /** Says where in the file the block goes. */
  void put(long hostOffset) {
    payload = hostOffset;
  }

  long payload() {
    return payload;
  }

  /** The sectors that are in the file, of a block over a parent of which any is. */
  MemorySegment bits() {
    return MemorySegment.ofArray(bits);
  }
}
