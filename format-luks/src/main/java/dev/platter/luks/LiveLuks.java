package dev.platter.luks;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskEncryption;
import dev.platter.image.Extent;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.LiveImage;
import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** An encrypted disk in use: each byte has its place. */
final class LiveLuks implements LiveImage {
  private final LuksImage image;
  private final WritableStorage storage;
  private final DiskEncryption encryption;
  private final BlockMap stored;
  private final BlockMap map;
  private final Barrier barrier;

  private LiveLuks(LuksImage image, WritableStorage storage) throws IOException {
    this.image = image;
    this.storage = storage;
    this.encryption = image.encryption();
    this.stored = image.stored();
    this.map = encryption.over(stored);
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
  public Optional<DiskEncryption> encryption() {
    return Optional.of(encryption);
  }

  @Override
  public Extent placeAt(long offset, long limit) throws IOException {
    return stored.extentAt(offset, limit);
  }

  @Override
  public Allocation allocate(long offset, long length, Use use) throws IOException {
    return use != Use.DISCARD
            && stored.extentAt(offset, offset + length) instanceof Extent.Data place
        ? Allocation.Settled.at(place, storage)
        : Allocation.Settled.asItIs(offset, length);
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
