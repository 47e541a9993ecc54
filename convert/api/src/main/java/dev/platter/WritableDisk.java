package dev.platter;

import dev.platter.image.DirtyBitmap;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.LayeredMap;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.SeekableByteChannel;
import java.util.List;

/**
 * An open disk that is read and written in place, by any number of threads at once.
 *
 * <p>What was written is seen by every later read. It survives a power cut once {@link #flush} or
 * {@link #close} has returned; before that, each sector may have the old bytes or the new ones.
 */
public final class WritableDisk extends Disk {
  private final GuestDisk guest;

  private WritableDisk(ImageChain chain, LayeredMap map, GuestDisk guest) {
    super(chain, map);
    this.guest = guest;
  }

  static WritableDisk open(Opening opening) throws IOException {
    ImageChain chain = opening.chain();
    try {
      if (opening.lacksParent(chain)) {
        throw opening.refused("it lies over another image, without which it cannot be written to");
      }
      GuestDisk guest = chain.openDisk(chain.map(), opening.request());
      return new WritableDisk(chain, guest.map(), guest);
    } catch (Throwable e) {
      chain.close();
      throw e;
    }
  }

  @Override
  void readAt(long offset, MemorySegment target) throws IOException {
    guest.read(offset, target);
  }

  /**
   * Writes all of {@code source}, which the caller owns.
   *
   * @throws IndexOutOfBoundsException if it does not lie within the disk; nothing is written then
   */
  public void write(long offset, MemorySegment source) throws IOException {
    guest.write(offset, source);
  }

  /** Writes all of {@code source}; as {@link #write(long, MemorySegment)}. */
  public void write(long offset, byte[] source) throws IOException {
    guest.write(offset, MemorySegment.ofArray(source));
  }

  /** Writes zeros, and gives their space back where the format can. */
  public void zero(long offset, long length) throws IOException {
    guest.zero(offset, length, GuestDisk.Space.GIVE_BACK);
  }

  /**
   * Says that bytes are not needed any more: each sector of them reads as zeros from now on, or as
   * it did before.
   */
  public void discard(long offset, long length) throws IOException {
    guest.discard(offset, length);
  }

  /** Returns when everything written before the call is on the medium. */
  public void flush() throws IOException {
    guest.flush();
  }

  /** Which parts have changed since when, for a qcow2 image with dirty bitmaps. */
  @Override
  public List<DirtyBitmap> dirtyBitmaps() throws IOException {
    return guest.dirtyBitmaps();
  }

  /**
   * The disk as a channel to read from and to write to, for one thread at a time. It cannot be
   * written past its end: {@link SeekableByteChannel#write} then writes what fits, and fails where
   * nothing does. Closing it leaves the disk open.
   */
  @Override
  public SeekableByteChannel channel() {
    return new DiskChannel(this, this);
  }

  /** Waits for what is under way, brings it to the medium, and closes the disk. */
  @Override
  public void close() throws IOException {
    try (guest) {
      // Before what it lies on.
    } finally {
      super.close();
    }
  }
}
