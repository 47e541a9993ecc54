package dev.platter.image.node;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.GuestReaders;
import dev.platter.image.spi.ImageFormat;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** The disk of an image, as the bytes of another one or of a filter. */
final class DiskStorage extends Storage {
  private final ImageChain chain;
  private final BlockMap map;
  private final GuestReaders readers = new GuestReaders();

  private DiskStorage(ImageChain chain, BlockMap map) {
    super(chain.top().location().toString());
    this.chain = chain;
    this.map = map;
  }

  /** The disk of a chain, which is closed with it. */
  static DiskStorage of(ImageChain chain) throws IOException {
    try {
      return new DiskStorage(chain, chain.map());
    } catch (Throwable e) {
      chain.close();
      throw e;
    }
  }

  /** The format of the image on top. */
  ImageFormat format() {
    return chain.top().format();
  }

  @Override
  public long size() {
    return map.size();
  }

  @Override
  public long allocatedSize() throws IOException {
    return chain.top().storage().allocatedSize();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    long count = Math.min(target.byteSize(), map.size() - offset);
    if (count <= 0) {
      return 0;
    }
    readers.read(map, offset, target.asSlice(0, count));
    return count;
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    Extent extent = map.extentAt(offset, end);
    return new Run(offset, extent.length(), extent.readsZero());
  }

  @Override
  public void close() throws IOException {
    try (chain) {
      readers.close();
    }
  }
}
