package dev.platter.image.spi;

import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A run of a {@link Chunk} that is all of one kind. Offsets are guest offsets, bytes. */
public sealed interface Piece {
  long offset();

  long length();

  default long end() {
    return offset() + length();
  }

  /** Whether it has bytes of its own, not zeros or nothing. */
  boolean isData();

  /**
   * The part from {@code offset} on, which lies within.
   *
   * @throws IllegalStateException if it is encoded and not taken whole
   */
  Piece slice(long offset, long length);

  /**
   * Puts it where a new image stores its bytes as they are. What is absent within a block that is
   * stored is zeros.
   *
   * @throws IllegalStateException if it is encoded
   */
  Placement placed(WritableStorage storage, long hostOffset);

  /**
   * Adds where it is {@linkplain #placed placed}, unless nothing needs to be written.
   *
   * @param zerosNeedNoWriting whether the storage reads as zeros where nothing was written
   */
  default void place(
      WritableStorage storage,
      long hostOffset,
      boolean zerosNeedNoWriting,
      List<Placement> placements) {
    if (isData() || !zerosNeedNoWriting) {
      placements.add(placed(storage, hostOffset));
    }
  }

  /** Guest bytes in memory. */
  record Bytes(long offset, MemorySegment bytes) implements Piece {
    @Override
    public long length() {
      return bytes.byteSize();
    }

    @Override
    public boolean isData() {
      return true;
    }

    @Override
    public Piece slice(long from, long count) {
      return from == offset && count == length()
          ? this
          : new Bytes(from, bytes.asSlice(from - offset, count));
    }

    @Override
    public Placement placed(WritableStorage storage, long hostOffset) {
      return new Placement.Write(storage, hostOffset, bytes);
    }
  }

  /**
   * Guest bytes that lie on a storage just as the guest sees them, to be copied without looking at
   * them.
   */
  record Stored(long offset, long length, Storage storage, long hostOffset) implements Piece {
    @Override
    public boolean isData() {
      return true;
    }

    @Override
    public Piece slice(long from, long count) {
      return new Stored(from, count, storage, hostOffset + (from - offset));
    }

    @Override
    public Placement placed(WritableStorage target, long targetOffset) {
      return new Placement.Copy(target, targetOffset, storage, hostOffset, length);
    }
  }

  /**
   * One whole target block in the form in which the target stores it, made by its {@link
   * BlockEncoder}.
   *
   * @param length the guest bytes it stands for: one block, or what the disk has of its last one
   */
  record Encoded(long offset, long length, MemorySegment stored) implements Piece {
    @Override
    public boolean isData() {
      return true;
    }

    @Override
    public Piece slice(long from, long count) {
      if (from != offset || count != length) {
        throw new IllegalStateException("only a part of an encoded block: " + this);
      }
      return this;
    }

    @Override
    public Placement placed(WritableStorage storage, long hostOffset) {
      throw new IllegalStateException("an encoded block where none is stored: " + this);
    }
  }

  /** Zeros that the new image must say are zeros, whatever its parent holds. */
  record Zero(long offset, long length) implements Piece {
    @Override
    public boolean isData() {
      return false;
    }

    @Override
    public Piece slice(long from, long count) {
      return new Zero(from, count);
    }

    @Override
    public Placement placed(WritableStorage storage, long hostOffset) {
      return new Placement.Zero(storage, hostOffset, length);
    }
  }

  /** Nothing: the new image's parent shows through; zeros where it has none. */
  record Absent(long offset, long length) implements Piece {
    @Override
    public boolean isData() {
      return false;
    }

    @Override
    public Piece slice(long from, long count) {
      return new Absent(from, count);
    }

    @Override
    public Placement placed(WritableStorage storage, long hostOffset) {
      return new Placement.Zero(storage, hostOffset, length);
    }
  }
}
