package dev.platter.image.disk;

import dev.platter.image.BlockMap;
import dev.platter.image.DirtyBitmap;
import dev.platter.image.Extent;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.Allocation.Content;
import dev.platter.image.spi.BlockEncoder;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.LiveImage.Use;
import dev.platter.storage.WritableStorage;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A guest's disk that lives: read and written by position, by any number of threads at once. The
 * one place that writes guest bytes into an image that is in use, whatever its format ({@link
 * LiveImage}): it fills a new block with what the disk holds there, from the image itself or from
 * the layers below, and encrypts what is to be encrypted.
 *
 * <p>A write that returned is seen by every later read, and survives a power cut once a {@link
 * #flush} that began after it has returned; until then each sector may have the old bytes or the
 * new ones. A write that failed leaves each sector it was to change as it was or as it was to be,
 * and all others alone. Two writes to the same bytes at the same time leave either. To write with
 * FUA is to write and to flush.
 *
 * <p>It owns the image, not the storages and the layers below.
 */
public final class GuestDisk implements Closeable {
  /** How much of the disk one step locks, and so how long others may wait for it. */
  private static final long STEP = 4 << 20;

  /** The same where there are no bytes to be moved. */
  private static final long STEP_OF_TABLES = 256 << 20;

  private final LiveImage image;
  private final LayeredMap map;
  private final long size;
  private final int blockSize;
  private final RangeLocks locks = new RangeLocks();
  private final BlockFiller filler;
  private final PlaceWriter writer;
  private final SharedFlush flushes;
  private volatile boolean closed;

  /**
   * @param below the layers under the image, top first; empty: none
   */
  public GuestDisk(LiveImage image, List<? extends BlockMap> below) {
    this.image = image;
    this.size = image.size();
    this.blockSize = image.blockSize();
    List<BlockMap> layers = new ArrayList<>();
    layers.add(image.map());
    layers.addAll(below);
    this.map = new LayeredMap(layers);
    this.filler = new BlockFiller(map, image.encryption());
    this.writer = filler.writer();
    this.flushes = new SharedFlush(image::flush);
  }

  /** Whether space is given back where zeros are written. */
  public enum Space {
    /** Zeros need take no space. */
    GIVE_BACK,
    /** The zeros take their space, so that later writes there do not want for it. */
    KEEP
  }

  /** The size of the disk, bytes. */
  public long size() {
    return size;
  }

  /** Where everything written is, layer by layer. Changes while it is looked at. */
  public LayeredMap map() {
    return map;
  }

  /** Which parts of the disk have changed since when, as the image keeps it: of it as it is now. */
  public List<DirtyBitmap> dirtyBitmaps() throws IOException {
    return image.dirtyBitmaps();
  }

  /**
   * Fills {@code target}, which the caller owns, with the disk's bytes from {@code offset} on.
   *
   * @throws IndexOutOfBoundsException if they do not lie within the disk
   */
  public void read(long offset, MemorySegment target) throws IOException {
    long length = checkRange(offset, target.byteSize());
    try (RangeLocks.Held _ = locks.shared(offset, offset + length)) {
      checkOpen();
      filler.read(offset, target);
    }
  }

  /**
   * Writes all of {@code source}, which the caller owns.
   *
   * @throws IndexOutOfBoundsException if the disk ends before that; nothing was written then
   */
  public void write(long offset, MemorySegment source) throws IOException {
    long length = checkRange(offset, source.byteSize());
    put(
        offset,
        length,
        (storage, hostOffset, from, count) ->
            writer.write(
                storage,
                hostOffset,
                from,
                count == length ? source : source.asSlice(from - offset, count)));
  }

  /**
   * A new encoder for {@link #writeCompressed}; the caller closes it.
   *
   * @return empty where the image stores nothing compressed
   */
  public Optional<BlockEncoder> newEncoder() {
    return image.newEncoder();
  }

  /** The unit in which the image gives space, and compresses, bytes. */
  public int blockSize() {
    return blockSize;
  }

  /**
   * Writes one whole block so that it takes less space, or as it is where it does not get smaller.
   *
   * @param offset a multiple of {@link #blockSize}
   * @param block what the disk is to hold there: a whole block, or all up to the disk's end
   * @param encoder of {@link #newEncoder}, which belongs to the calling thread
   * @param room for a whole block and for what the encoder makes of it ({@link #roomFor})
   */
  public void writeCompressed(
      long offset, MemorySegment block, BlockEncoder encoder, MemorySegment room)
      throws IOException {
    long length = checkRange(offset, block.byteSize());
    if (offset % blockSize != 0 || length != Math.min(blockSize, size - offset)) {
      throw new IllegalArgumentException(offset + "+" + length + " is no whole block");
    }
    MemorySegment whole = block;
    if (length < blockSize) {
      whole = room.asSlice(0, blockSize);
      MemorySegment.copy(block, 0, whole, 0, length);
      whole.asSlice(length).fill((byte) 0);
    }
    MemorySegment target = room.asSlice(blockSize);
    int stored = encoder.encode(offset, whole, target);
    if (stored == BlockEncoder.STORE_PLAIN || !putEncoded(offset, target.asSlice(0, stored))) {
      write(offset, block);
    }
  }

  /** How many bytes {@link #writeCompressed} needs. */
  public long roomFor(BlockEncoder encoder) {
    return (long) blockSize + encoder.maxStoredLength();
  }

  private boolean putEncoded(long offset, MemorySegment stored) throws IOException {
    long end = Math.min(size, offset + blockSize);
    try (RangeLocks.Held _ = lockBlocks(offset, end)) {
      checkOpen();
      image.noteChange(offset, end - offset);
      Optional<Allocation> given = image.allocateEncoded(offset, (int) stored.byteSize());
      if (given.isEmpty()) {
        return false;
      }
      Allocation allocation = given.get();
      try {
        Allocation.Place place = allocation.places().getFirst();
        place.storage().write(place.hostOffset(), stored);
        filler.noteEncoded();
        image.commit(allocation);
      } catch (Throwable e) {
        image.abandon(allocation);
        throw e;
      }
      return true;
    }
  }

  /**
   * Writes zeros.
   *
   * @throws IndexOutOfBoundsException as {@link #write}
   */
  public void zero(long offset, long length, Space space) throws IOException {
    checkRange(offset, length);
    if (space == Space.KEEP) {
      put(offset, length, writer::fill);
    } else {
      giveBack(offset, length, Use.ZERO, map);
    }
  }

  /**
   * Makes zeros that are the image's own and hide whatever is below it, or will be.
   *
   * @throws IndexOutOfBoundsException as {@link #write}
   */
  public void cover(long offset, long length) throws IOException {
    checkRange(offset, length);
    BlockMap own = image.map();
    long end = offset + length;
    for (long at = offset; at < end; ) {
      Extent extent = own.extentAt(at, end);
      if (!(extent instanceof Extent.Zero)) {
        giveBack(at, extent.length(), Use.ZERO, own);
        // Some formats have no zeros but those that they store.
        for (long rest = at; rest < extent.end(); ) {
          Extent now = own.extentAt(rest, extent.end());
          if (now instanceof Extent.Absent) {
            zero(rest, now.length(), Space.KEEP);
          }
          rest = now.end();
        }
      }
      at = extent.end();
    }
  }

  /**
   * Says that bytes are not needed any more: each sector of them reads as zeros from now on, or as
   * it did before.
   *
   * @throws IndexOutOfBoundsException as {@link #write}
   */
  public void discard(long offset, long length) throws IOException {
    checkRange(offset, length);
    giveBack(offset, length, Use.DISCARD, map);
  }

  /**
   * Returns when everything that was written before the call is on the medium. Callers that wait
   * while one flush runs share the next.
   */
  public void flush() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    flushes.flush();
  }

  /** Waits for what is under way, flushes, and closes the image. */
  @Override
  public void close() throws IOException {
    try (RangeLocks.Held _ = locks.exclusive(0, Long.MAX_VALUE)) {
      if (!closed) {
        closed = true;
        try (filler) {
          image.close();
        }
      }
    }
  }

  /** How guest bytes get to where they shall lie. */
  private interface Payload {
    /**
     * @param from the guest offset of the first byte
     */
    void writeTo(WritableStorage storage, long hostOffset, long from, long count)
        throws IOException;
  }

  private void put(long offset, long length, Payload payload) throws IOException {
    long end = offset + length;
    for (long at = offset; at < end; ) {
      long stop = stepEnd(at, end, STEP);
      long done;
      try (RangeLocks.Held _ = locks.shared(at, stop)) {
        checkOpen();
        image.noteChange(at, stop - at);
        done = writeOver(at, stop, payload, writer.unit());
      }
      if (done < stop) {
        try (RangeLocks.Held _ = lockBlocks(done, stop)) {
          checkOpen();
          while (done < stop) {
            done = writeOver(done, stop, payload, 1);
            if (done < stop) {
              done = writeAnew(done, stop, payload, Use.DATA);
            }
          }
        }
      }
      at = stop;
    }
  }

  /**
   * Writes where there is a place already, as far as there is one.
   *
   * @param unit what is written as a whole; who holds no block for itself leaves parts of one alone
   */
  private long writeOver(long from, long end, Payload payload, int unit) throws IOException {
    long at = from;
    while (at < end && at % unit == 0 && image.placeAt(at, end) instanceof Extent.Data data) {
      long length = data.length() - data.length() % unit;
      if (length > 0) {
        payload.writeTo((WritableStorage) data.storage(), data.hostOffset(), at, length);
      }
      at += length;
      if (length < data.length()) {
        break;
      }
    }
    return at;
  }

  /** Lets the image say where the next part goes, and brings it there. */
  private long writeAnew(long from, long end, Payload payload, Use use) throws IOException {
    Allocation allocation = image.allocate(from, end - from, use);
    long stop = Math.min(end, allocation.end());
    try {
      for (Allocation.Place place : allocation.places()) {
        long first = Math.clamp(from, place.offset(), place.end());
        long last = Math.clamp(stop, first, place.end());
        filler.fill(place, place.offset(), first / writer.unit() * writer.unit());
        filler.fill(place, Math.min(place.end(), nextUnit(last)), place.end());
        boolean isZero = use != Use.DATA && writer.seen(place.content()) == Content.ZEROS;
        if (first < last && !isZero) {
          payload.writeTo(place.storage(), place.hostOf(first), first, last - first);
        }
      }
      image.commit(allocation);
    } catch (Throwable e) {
      image.abandon(allocation);
      throw e;
    }
    return stop;
  }

  private long nextUnit(long offset) {
    return Math.ceilDiv(offset, writer.unit()) * (long) writer.unit();
  }

  /**
   * @param seen what must be zeros already where nothing is to be done
   */
  private void giveBack(long offset, long length, Use use, BlockMap seen) throws IOException {
    long end = offset + length;
    for (long at = offset; at < end; ) {
      long stop = stepEnd(at, end, STEP_OF_TABLES);
      try (RangeLocks.Held _ = lockBlocks(at, stop)) {
        checkOpen();
        image.noteChange(at, stop - at);
        while (at < stop) {
          long zeroEnd = endOfZeros(at, stop, use, seen);
          at = zeroEnd > at ? zeroEnd : writeAnew(at, stop, writer::zero, use);
        }
      }
    }
  }

  /** The end of what is zeros already, and takes no space that could be given back. */
  private long endOfZeros(long offset, long limit, Use use, BlockMap seen) throws IOException {
    Extent extent = seen.extentAt(offset, limit);
    boolean nothing =
        extent instanceof Extent.Absent && seen == map
            || extent instanceof Extent.Zero zero
                && (use == Use.ZERO || zero.hostOffset() == Extent.Zero.NOWHERE);
    return nothing ? extent.end() : offset;
  }

  private long stepEnd(long at, long end, long step) {
    long blocks = Math.max(1, step / blockSize);
    return Math.min(end, (at / blockSize + blocks) * blockSize);
  }

  private RangeLocks.Held lockBlocks(long from, long end) {
    // Blocks need not be powers of two.
    return locks.exclusive(
        from / blockSize * blockSize, Math.ceilDiv(end, blockSize) * (long) blockSize);
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }

  private long checkRange(long offset, long length) {
    Objects.checkFromIndexSize(offset, length, size);
    return length;
  }
}
