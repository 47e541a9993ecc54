package dev.platter.remote.nbd;

import dev.platter.image.DirtyBitmap;
import dev.platter.image.Extent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A disk that a server offers. Any thread calls at any time; the server has made sure that offsets
 * and lengths lie within the disk, and that nothing is written to what is not {@link #isWritable}.
 */
public interface NbdExport {
  /** The name that clients ask for; at most 4096 bytes of UTF-8. */
  String name();

  /** What it is, for people. */
  String description();

  /** The size of the disk, bytes. It does not change. */
  long size();

  /** Whether clients may write. */
  boolean isWritable();

  /** The length of requests that suit it best, bytes; a power of two, 512 to 32 MiB. */
  int preferredBytes();

  /** Fills {@code target} with what is on the disk from {@code offset} on. */
  void read(long offset, MemorySegment target) throws IOException;

  /** Writes all of {@code source}. */
  void write(long offset, MemorySegment source) throws IOException;

  /**
   * Makes a range read as zeros.
   *
   * @param use whether its space is kept
   */
  void zero(long offset, long length, ZeroUse use) throws IOException;

  /**
   * Says that what is in a range is not needed; it may read as anything that was there, or zeros.
   */
  void discard(long offset, long length) throws IOException;

  /** Returns when everything that was written survives a power cut. */
  void flush() throws IOException;

  /** What is at {@code offset}, up to {@code limit} at the most, all layers seen as one disk. */
  Extent extentAt(long offset, long limit) throws IOException;

  /**
   * Where the bytes of a range lie just as the guest sees them, all of them, and stay so while they
   * are sent from there; null where that is not so.
   */
  default Extent.Data storedAt(long offset, long length) throws IOException {
    return null;
  }

  /** The dirty bitmaps that clients may ask for. */
  default List<DirtyBitmap> dirtyBitmaps() {
    return List.of();
  }

  /** What becomes of the space of zeros. */
  enum ZeroUse {
    /** It may be given back. */
    MAY_PUNCH,
    /** It is kept for later writes. */
    KEEP_ALLOCATED
  }
}
