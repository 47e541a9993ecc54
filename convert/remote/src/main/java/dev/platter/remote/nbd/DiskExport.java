package dev.platter.remote.nbd;

import dev.platter.image.BlockMap;
import dev.platter.image.DirtyBitmap;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestReaders;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** An image of any format as a disk that a server offers: to be read, or read and written. */
public abstract sealed class DiskExport implements NbdExport, Closeable {
  private static final int MIN_PREFERRED_BYTES = 4096;
  private static final int MAX_PREFERRED_BYTES = 64 << 10;

  private final String name;
  private final String description;
  private final BlockMap map;
  private final List<DirtyBitmap> bitmaps;

  private DiskExport(String name, String description, BlockMap map, List<DirtyBitmap> bitmaps) {
    this.name = name;
    this.description = description;
    this.map = map;
    this.bitmaps = List.copyOf(bitmaps);
  }

  /**
   * A disk to be read.
   *
   * @param map what the guest sees; it stays the caller's
   * @param bitmaps which parts of it are dirty, for clients that ask
   */
  public static DiskExport readOnly(
      String name, String description, BlockMap map, List<DirtyBitmap> bitmaps) {
    return new ReadOnly(name, description, map, bitmaps);
  }

  /**
   * A disk to be read and written, with the dirty bitmaps that its image keeps of it.
   *
   * @param disk stays the caller's
   */
  public static DiskExport writable(String name, String description, GuestDisk disk)
      throws IOException {
    return new Writable(name, description, disk);
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final String description() {
    return description;
  }

  @Override
  public final long size() {
    return map.size();
  }

  @Override
  public final int preferredBytes() {
    int block = Integer.highestOneBit(Math.max(1, map.blockSize()));
    return Math.clamp(block, MIN_PREFERRED_BYTES, MAX_PREFERRED_BYTES);
  }

  @Override
  public final List<DirtyBitmap> dirtyBitmaps() {
    return bitmaps;
  }

  @Override
  public final Extent extentAt(long offset, long limit) throws IOException {
    return map.extentAt(offset, limit);
  }

  /** Gives back what reading took. The server has ended. */
  @Override
  public void close() {}

  private static final class ReadOnly extends DiskExport {
    private final BlockMap map;
    private final GuestReaders readers = new GuestReaders();

    ReadOnly(String name, String description, BlockMap map, List<DirtyBitmap> bitmaps) {
      super(name, description, map, bitmaps);
      this.map = map;
    }

    @Override
    public boolean isWritable() {
      return false;
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
      readers.read(map, offset, target);
    }

    @Override
    public Extent.Data storedAt(long offset, long length) throws IOException {
      Extent extent = map.extentAt(offset, offset + length);
      return extent instanceof Extent.Data data
              && data.length() == length
              && data.hostOffset() + length <= data.storage().size()
          ? data
          : null;
    }

    @Override
    public void write(long offset, MemorySegment source) {
      throw new IllegalStateException("read-only");
    }

    @Override
    public void zero(long offset, long length, ZeroUse use) {
      throw new IllegalStateException("read-only");
    }

    @Override
    public void discard(long offset, long length) {
      throw new IllegalStateException("read-only");
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      readers.close();
    }
  }

  private static final class Writable extends DiskExport {
    private final GuestDisk disk;

    Writable(String name, String description, GuestDisk disk) throws IOException {
      super(name, description, disk.map(), disk.dirtyBitmaps());
      this.disk = disk;
    }

    @Override
    public boolean isWritable() {
      return true;
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
      disk.read(offset, target);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
      disk.write(offset, source);
    }

    @Override
    public void zero(long offset, long length, ZeroUse use) throws IOException {
      disk.zero(
          offset,
          length,
          use == ZeroUse.KEEP_ALLOCATED ? GuestDisk.Space.KEEP : GuestDisk.Space.GIVE_BACK);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
      disk.discard(offset, length);
    }

    @Override
    public void flush() throws IOException {
      disk.flush();
    }
  }
}
