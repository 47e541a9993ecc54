package dev.platter.image;

import dev.platter.cipher.DiskCipher;
import dev.platter.codec.Encoding;
import dev.platter.storage.Storage;

/**
 * What a format answers to "what is at this guest offset, and how far does that answer reach?": a
 * run of the guest disk that is all of one kind. Offsets and lengths are bytes of the guest disk
 * unless they say host.
 */
public sealed interface Extent {
  /** Where the run begins on the guest disk. */
  long offset();

  /** How far it reaches, at least 1. */
  long length();

  /** The first guest byte after the run. */
  default long end() {
    return offset() + length();
  }

  /**
   * The part of this extent from {@code offset} on, at most {@code length} bytes of it.
   *
   * @throws IllegalArgumentException if that is not inside this extent
   */
  Extent slice(long offset, long length);

  /** The same run at another guest offset, as of a disk that is a part of a larger one. */
  Extent at(long offset);

  /**
   * Whether there are no bytes to be read: zeros, or nothing, which reads as zeros where no layer
   * below has anything. Whoever has no use for the kinds asks this; a new kind must answer it.
   */
  boolean readsZero();

  /**
   * Guest bytes stored as they are, one after the other, from {@code hostOffset} of {@code
   * storage}.
   */
  record Data(long offset, long length, Storage storage, long hostOffset) implements Extent {
    public Data {
      check(offset, length);
    }

    @Override
    public Data slice(long from, long count) {
      checkSlice(this, from, count);
      return new Data(from, count, storage, hostOffset + (from - offset));
    }

    @Override
    public Data at(long to) {
      return new Data(to, length, storage, hostOffset);
    }

    @Override
    public boolean readsZero() {
      return false;
    }
  }

  /**
   * A slice of one compressed unit.
   *
   * @param hostLength the bytes to read; the stream may end before them
   * @param decodedLength the bytes that the whole unit decodes to
   * @param skip where in those this extent begins
   */
  record Encoded(
      long offset,
      long length,
      Encoding encoding,
      Storage storage,
      long hostOffset,
      int hostLength,
      int decodedLength,
      int skip)
      implements Extent {
    public Encoded {
      check(offset, length);
      if (skip < 0 || skip + length > decodedLength) {
        throw new IllegalArgumentException("slice " + skip + "+" + length + " of " + decodedLength);
      }
    }

    /** Whether this extent is the whole unit, so that its stream may be adopted as it is. */
    public boolean whole() {
      return skip == 0 && length == decodedLength;
    }

    @Override
    public Encoded slice(long from, long count) {
      checkSlice(this, from, count);
      return new Encoded(
          from,
          count,
          encoding,
          storage,
          hostOffset,
          hostLength,
          decodedLength,
          (int) (skip + (from - offset)));
    }

    @Override
    public Encoded at(long to) {
      return new Encoded(
          to, length, encoding, storage, hostOffset, hostLength, decodedLength, skip);
    }

    @Override
    public boolean readsZero() {
      return false;
    }
  }

  /**
   * Guest bytes stored encrypted, one after the other, from {@code hostOffset} of {@code storage}.
   * It may be cut anywhere; what is read are whole sectors of the cipher, which lie there.
   *
   * @param cipher stays its image's
   * @param cipherOffset where the first byte lies in what the cipher counts its sectors in, bytes
   */
  record Ciphered(
      long offset,
      long length,
      DiskCipher cipher,
      long cipherOffset,
      Storage storage,
      long hostOffset)
      implements Extent {
    public Ciphered {
      check(offset, length);
    }

    @Override
    public Ciphered slice(long from, long count) {
      checkSlice(this, from, count);
      long skip = from - offset;
      return new Ciphered(from, count, cipher, cipherOffset + skip, storage, hostOffset + skip);
    }

    @Override
    public Ciphered at(long to) {
      return new Ciphered(to, length, cipher, cipherOffset, storage, hostOffset);
    }

    @Override
    public boolean readsZero() {
      return false;
    }
  }

  /**
   * Zeros, whatever lies in the layers below.
   *
   * @param hostOffset where space is set aside for the run, or {@link #NOWHERE}
   */
  record Zero(long offset, long length, long hostOffset) implements Extent {
    /** No space is set aside. */
    public static final long NOWHERE = -1;

    public Zero {
      check(offset, length);
    }

    public Zero(long offset, long length) {
      this(offset, length, NOWHERE);
    }

    @Override
    public Zero slice(long from, long count) {
      checkSlice(this, from, count);
      return new Zero(from, count, hostOffset == NOWHERE ? NOWHERE : hostOffset + (from - offset));
    }

    @Override
    public Zero at(long to) {
      return new Zero(to, length, hostOffset);
    }

    @Override
    public boolean readsZero() {
      return true;
    }
  }

  /** Nothing in this layer: the parent shows through; zeros where there is none. */
  record Absent(long offset, long length) implements Extent {
    public Absent {
      check(offset, length);
    }

    @Override
    public Absent slice(long from, long count) {
      checkSlice(this, from, count);
      return new Absent(from, count);
    }

    @Override
    public Absent at(long to) {
      return new Absent(to, length);
    }

    @Override
    public boolean readsZero() {
      return true;
    }
  }

  private static void check(long offset, long length) {
    if (offset < 0 || length < 1 || offset + length < 0) {
      throw new IllegalArgumentException("extent of " + length + " at " + offset);
    }
  }

  private static void checkSlice(Extent extent, long from, long count) {
    if (count < 1 || from < extent.offset() || from > extent.end() - count) {
      throw new IllegalArgumentException(count + " bytes at " + from + " are not inside " + extent);
    }
  }
}
