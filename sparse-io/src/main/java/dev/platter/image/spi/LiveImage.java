package dev.platter.image.spi;

import dev.platter.image.BlockMap;
import dev.platter.image.DirtyBitmap;
import dev.platter.image.DiskEncryption;
import dev.platter.image.Experimental;
import dev.platter.image.Extent;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * An image that is written to while it is in use: the format's half, which keeps the books and
 * moves no guest byte. {@code GuestDisk} is the other half, and the one through which disks are
 * written.
 *
 * <h2>A write</h2>
 *
 * <p>Whoever writes asks {@link #placeAt} first. Where the bytes have a place of their own they are
 * written over, and nothing more is to be said. Otherwise it asks for one ({@link #allocate}),
 * fills in what the place does not hold, writes, and tells so ({@link #commit}); should that fail,
 * it gives the place back ({@link #abandon}), and the disk is what it was.
 *
 * <h2>Power cuts</h2>
 *
 * <p>Between two syncs of a storage any of the writes to it may be lost, and the others not, sector
 * by sector. So that the image opens and its disk has, in each sector, the bytes that were there
 * when {@link #flush} last returned or those of a write after that:
 *
 * <ul>
 *   <li>what {@code commit} changes stays in memory ({@link dev.platter.storage.WritableTable})
 *       until {@code flush}, or until that is too much; then data come first, and whatever says
 *       that a place is in use, then a sync, then the tables that point there, then a sync;
 *   <li>a place that is given up may be handed out again only after the tables that pointed there
 *       have been written and synced without;
 *   <li>a sync that fails is never made good by a later one ({@link dev.platter.storage.Barrier}).
 * </ul>
 *
 * <p>A check then finds the image sound, or space leaked. What a format cannot put so it repairs
 * when the image is opened live again. Opening a sound image changes nothing; the first {@code
 * noteChange}, {@code placeAt} or {@code allocate} may, before it returns, as to say that the disk
 * is no longer the one that others have noted, and so may {@link #close}.
 *
 * <h2>Threads</h2>
 *
 * <p>All methods may be called by any number of threads. From {@code allocate} to {@code commit} or
 * {@code abandon} nobody else reads, writes or asks for the blocks ({@link #blockSize}) that the
 * run asked for touches; and nobody gives bytes up while others read or write them. The caller sees
 * to both.
 *
 * <p>Memory is bounded whatever the size of the disk: some 16 MiB of tables, and a bit for each
 * block where a format needs to know which are free.
 */
@Experimental
public interface LiveImage extends Closeable {
  /** The size of the guest disk, bytes; it does not change. */
  long size();

  /**
   * The unit of the guest disk, bytes, within which one allocation may lie that anything of it asks
   * for; 1 where there is none.
   */
  int blockSize();

  /**
   * Where the bytes are of everything committed. Cheap for any number of threads, and for questions
   * as short as one read.
   */
  BlockMap map();

  /**
   * How the guest's bytes are encrypted in the places that the image gives, which are whole sectors
   * of the cipher then, as its blocks are. Whoever writes there encrypts; the map decrypts.
   */
  default Optional<DiskEncryption> encryption() {
    return Optional.empty();
  }

  /**
   * The guest is about to write, zero or discard bytes: for formats that keep which parts of the
   * disk have changed. Comes before anything else that is done for them, of ranges in any order and
   * of any length.
   *
   * @throws IOException if that cannot be noted; the bytes are left alone then
   */
  default void noteChange(long offset, long length) throws IOException {}

  /**
   * The dirty bitmaps that the image keeps of the disk, in step with what {@link #noteChange} says.
   * May be asked for, and asked, at any time.
   */
  default List<DirtyBitmap> dirtyBitmaps() throws IOException {
    return List.of();
  }

  /**
   * Where the guest's bytes from {@code offset} on can be written over, for a caller who is about
   * to do so.
   *
   * @param limit where the write ends, at most {@link #size}
   * @return {@link Extent.Data} on a {@link dev.platter.storage.WritableStorage} where they can; an
   *     {@link Extent.Absent} as far as they cannot and {@link #allocate} is to be asked
   */
  Extent placeAt(long offset, long limit) throws IOException;

  /** What shall become of a run. */
  enum Use {
    /** It holds data. */
    DATA,
    /**
     * It is zeros and need take no space. Where the answer has places, those hold the zeros once
     * the caller has made them: the format had no way of saying it, or only for a part that is
     * smaller than the run's unit.
     */
    ZERO,
    /** It is not needed any more: it may become zeros as with {@link #ZERO}, or stay. */
    DISCARD
  }

  /**
   * Places for a run. The caller carries out the first part of it that is answered, and asks anew
   * for the rest.
   *
   * @throws IOException if there is no space, or the tables could not be read or written; nothing
   *     has changed then
   */
  Allocation allocate(long offset, long length, Use use) throws IOException;

  /**
   * A new encoder of whole blocks ({@link #blockSize}), for callers that would have what they write
   * compressed. The caller closes it.
   *
   * @return empty where the image stores no block compressed
   */
  default Optional<BlockEncoder> newEncoder() {
    return Optional.empty();
  }

  /**
   * A place for one whole block as an encoder of {@link #newEncoder} has made it. It goes on as
   * after {@link #allocate}, but that the bytes at the one place of the answer are the stored form,
   * as many as it is long, whatever the run's length.
   *
   * @param offset where the block begins on the guest disk
   * @param storedLength how long the stored form is, bytes
   * @return empty where the block is better stored as it is
   * @throws IOException as {@link #allocate}
   */
  default Optional<Allocation> allocateEncoded(long offset, int storedLength) throws IOException {
    return Optional.empty();
  }

  /**
   * The run is what it shall be: its places hold its bytes, and from now on the map says so.
   *
   * @throws IOException if the tables could not be read; nothing has changed then, and the caller
   *     is to abandon it
   */
  void commit(Allocation done) throws IOException;

  /** The run could not be written: its places are given back, and the map is what it was. */
  void abandon(Allocation undone);

  /**
   * Brings to the medium what was written and committed before. Calls at the same time take turns.
   *
   * @throws IOException if that did not succeed; what was committed is kept, to be brought there by
   *     the next call, unless it was a sync that failed
   */
  void flush() throws IOException;

  /**
   * Flushes and leaves the image in order for others to open. Nothing else is under way. The
   * storage it was opened from stays whoever's that is.
   */
  @Override
  void close() throws IOException;
}
