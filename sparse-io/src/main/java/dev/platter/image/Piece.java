package dev.platter.image;

import dev.platter.storage.Storage;
import java.lang.foreign.MemorySegment;

/** A run of a {@link Chunk} that is all of one kind. Offsets are guest offsets, bytes. */
public sealed interface Piece {
  long offset();

  long length();

  default long end() {
    return offset() + length();
  }

  /** Guest bytes in memory. */
  record Bytes(long offset, MemorySegment bytes) implements Piece {
    @Override
    public long length() {
      return bytes.byteSize();
    }
  }

  /**
   * Guest bytes that lie on a storage just as the guest sees them, to be copied without looking at
   * them.
   */
  record Stored(long offset, long length, Storage storage, long hostOffset) implements Piece {}

  /**
   * One whole target block in the form in which the target stores it, made by its {@link
   * BlockEncoder}.
   *
   * @param length the guest bytes it stands for: one block, or what the disk has of its last one
   */
  record Encoded(long offset, long length, MemorySegment stored) implements Piece {}

  /** Zeros that the new image must say are zeros, whatever its parent holds. */
  record Zero(long offset, long length) implements Piece {}

  /** Nothing: the new image's parent shows through; zeros where it has none. */
  record Absent(long offset, long length) implements Piece {}
}
