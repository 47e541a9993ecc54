package dev.platter.vhd;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.LiveImage;
import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.List;

/** A fixed disk in use: each byte has its place, and its footer stays what it is. */
final class LiveFixedDisk implements LiveImage, BlockMap {
  /** Up to this length nobody asks for holes: reading is faster. */
  private static final long LOOKED_AT = 1 << 16;

  private final WritableStorage storage;
  private final FixedMap map;
  private final Barrier barrier;

  LiveFixedDisk(WritableStorage storage, VhdHead head) {
    this.storage = storage;
    this.map = new FixedMap(storage, head.size());
    this.barrier = new Barrier(List.of(storage));
  }

  @Override
  public long size() {
    return map.size();
  }

  @Override
  public int blockSize() {
    return map.blockSize();
  }

  @Override
  public BlockMap map() {
    return this;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    return limit - offset > LOOKED_AT ? map.extentAt(offset, limit) : placeAt(offset, limit);
  }

  @Override
  public Extent placeAt(long offset, long limit) {
    return new Extent.Data(offset, limit - offset, storage, offset);
  }

  @Override
  public Allocation allocate(long offset, long length, Use use) {
    return Allocation.Settled.at(new Extent.Data(offset, length, storage, offset), storage);
  }

  @Override
  public void commit(Allocation done) {}

  @Override
  public void abandon(Allocation undone) {}

  @Override
  public void flush() throws IOException {
    barrier.pass();
  }

  @Override
  public void close() throws IOException {
    flush();
  }
}
