package dev.platter.luks;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.Sizes;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.LiveImage;
import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.List;

/**
 * An encrypted disk in use. Each byte has its place, and is encrypted on its way there; whoever
 * writes a part of a sector has to have all of it for itself, and so asks for a place.
 */
final class LiveLuks implements LiveImage {
  private final LuksImage image;
  private final LuksImage.Plain map;
  private final PlainDisk disk;
  private final Barrier barrier;

  private LiveLuks(LuksImage image, WritableStorage storage) throws IOException {
    this.image = image;
    this.map = image.plain();
    this.disk = new PlainDisk(storage, map);
    this.barrier = new Barrier(List.of(storage));
  }

  static LiveLuks open(WritableStorage storage, EditRequest request) throws IOException {
    LuksImage image = LuksImage.open(storage, request.toRead());
    try {
      return new LiveLuks(image, storage);
    } catch (Throwable e) {
      image.close();
      throw e;
    }
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
    return map;
  }

  @Override
  public Extent placeAt(long offset, long limit) {
    int sector = blockSize();
    long end = Sizes.roundDown(limit, sector);
    if (offset % sector == 0 && end > offset) {
      return new Extent.Data(offset, end - offset, disk, offset);
    }
    long next = Math.min(limit, Sizes.roundUp(offset + 1, sector));
    return new Extent.Absent(offset, next - offset);
  }

  @Override
  public Allocation allocate(long offset, long length, Use use) {
    if (use == Use.DISCARD) {
      return Allocation.Settled.asItIs(offset, length);
    }
    long start = Sizes.roundDown(offset, blockSize());
    long count = Sizes.roundUp(offset + length, blockSize()) - start;
    return new Allocation.Settled(
        start,
        count,
        List.of(new Allocation.Place(start, count, disk, start, Allocation.Content.PRESENT)));
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
    try (image) {
      flush();
    }
  }
}
