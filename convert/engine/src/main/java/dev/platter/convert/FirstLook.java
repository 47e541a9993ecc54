package dev.platter.convert;

import dev.platter.image.Extent;
import dev.platter.image.spi.Piece;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Tells zeros from data before the data are moved, in files of this machine: most units that hold
 * data say so with their first bytes, and only of the others is the rest read. What lies elsewhere,
 * or has to be decoded, counts as data, as to read it twice would take too long.
 */
final class FirstLook implements Unread {
  /** In place of a unit: nothing is looked at. */
  static final int NONE = 0;

  /** In place of a unit: all that is in files of this machine is read. */
  static final int WHOLE = 1;

  /** How much of a unit is read first, bytes. */
  static final int BYTES = 4096;

  private static final int PART = 1 << 16;

  private final Storage guest;
  private final int unit;

  /**
   * @param guest stands for guest bytes in pieces, at the guest's offsets
   * @param unit how much is zeros or data, bytes, more than {@link #BYTES}; or one of the above
   */
  FirstLook(Storage guest, int unit) {
    this.guest = guest;
    this.unit = unit;
  }

  @Override
  public boolean reads(Extent data) {
    return isAtHand(data) && unit == WHOLE;
  }

  private static boolean isAtHand(Extent data) {
    return data instanceof Extent.Data stored && stored.storage() instanceof FileStorage;
  }

  @Override
  public Piece pieceOf(Extent data, long start, long end) throws IOException {
    if (unit == NONE || !isAtHand(data)) {
      return held(start, end);
    }
    if (unit == WHOLE || data.offset() > start || unitEnd(start, end) > data.end()) {
      return null; // units in several pieces are read, too
    }
    Extent.Data stored = (Extent.Data) data;
    stored.storage().willNeed(placeOf(stored, start), Math.min(end, stored.end()) - start);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment head = arena.allocate(BYTES, BYTES);
      boolean isZero = isZero(stored, start, unitEnd(start, end), head);
      long at = unitEnd(start, end);
      while (at < end
          && unitEnd(at, end) <= stored.end()
          && isZero(stored, at, unitEnd(at, end), head) == isZero) {
        at = unitEnd(at, end);
      }
      return isZero ? new Piece.Zero(start, at - start) : held(start, at);
    }
  }

  private Piece held(long start, long end) {
    return new Piece.Stored(start, end - start, guest, start);
  }

  private long unitEnd(long start, long end) {
    return Math.min(end, start + unit);
  }

  private static long placeOf(Extent.Data stored, long offset) {
    return stored.hostOffset() + offset - stored.offset();
  }

  private static boolean isZero(Extent.Data stored, long start, long end, MemorySegment head)
      throws IOException {
    long at = start + head.byteSize();
    if (!isZero(stored, start, head.asSlice(0, Math.min(head.byteSize(), end - start)))) {
      return false;
    }
    if (at >= end) {
      return true;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment part = arena.allocate(Math.min(PART, end - at), BYTES);
      for (; at < end; at += part.byteSize()) {
        if (!isZero(stored, at, part.asSlice(0, Math.min(part.byteSize(), end - at)))) {
          return false;
        }
      }
      return true;
    }
  }

  /** What is behind the end of a file that was cut reads as zeros. */
  private static boolean isZero(Extent.Data stored, long offset, MemorySegment buffer)
      throws IOException {
    long count = stored.storage().read(placeOf(stored, offset), buffer);
    return ZeroScan.isZero(buffer.asSlice(0, count));
  }
}
