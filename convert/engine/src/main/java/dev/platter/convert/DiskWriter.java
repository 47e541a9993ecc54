package dev.platter.convert;

import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes over the disk of an image that is there already, of whatever format it is. What is behind
 * the end of the new content stays; where the parent is to show through, what the image holds
 * stays, too.
 */
final class DiskWriter implements ImageWriter {
  private static final int SECTOR_SIZE = 512;

  private final DiskStorage storage;
  private final boolean isZero;

  /**
   * @param disk stays the caller's
   * @param name how messages call it
   * @param isZero whether all of it reads as zeros, so that zeros need not be written
   */
  DiskWriter(GuestDisk disk, String name, boolean isZero) {
    this.storage = new DiskStorage(disk, name);
    this.isZero = isZero;
  }

  @Override
  public int blockSize() {
    return SECTOR_SIZE;
  }

  @Override
  public int granularity() {
    return SECTOR_SIZE;
  }

  @Override
  public boolean sparseData() {
    return true;
  }

  @Override
  public List<Placement> reserve(Chunk chunk) {
    List<Placement> placements = new ArrayList<>(chunk.pieces().size());
    for (Piece piece : chunk.pieces()) {
      if (!(piece instanceof Piece.Absent)) {
        piece.place(storage, piece.offset(), isZero, placements);
      }
    }
    return placements;
  }

  /** Returns when everything is on the medium. */
  @Override
  public void finish() throws IOException {
    storage.sync();
  }

  @Override
  public void close() {}

  /** A guest's disk as a storage. */
  private static final class DiskStorage extends WritableStorage {
    private final GuestDisk disk;

    DiskStorage(GuestDisk disk, String name) {
      super(name);
      this.disk = disk;
    }

    @Override
    public long size() {
      return disk.size();
    }

    @Override
    public void truncate(long size) {
      throw new UnsupportedOperationException(name() + ": the size of a disk stays");
    }

    @Override
    public boolean readsZeroWhereUnwritten() {
      return false;
    }

    @Override
    public void sync() throws IOException {
      disk.flush();
    }

    @Override
    protected long readSome(long offset, MemorySegment target) throws IOException {
      long count = Math.min(target.byteSize(), disk.size() - offset);
      if (count <= 0) {
        return 0;
      }
      disk.read(offset, target.asSlice(0, count));
      return count;
    }

    @Override
    protected long writeSome(long offset, MemorySegment source) throws IOException {
      disk.write(offset, source);
      return source.byteSize();
    }

    @Override
    protected void zeroRange(long offset, long length) throws IOException {
      disk.zero(offset, length, GuestDisk.Space.GIVE_BACK);
    }

    @Override
    protected void allocateRange(long offset, long length) {
      // A disk has all of its bytes.
    }

    @Override
    public void close() {}
  }
}
