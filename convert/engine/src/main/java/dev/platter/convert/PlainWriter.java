package dev.platter.convert;

import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.List;

/** Writes a file that is laid out already, from front to back. */
final class PlainWriter implements ImageWriter {
  private static final int SECTOR_SIZE = 512;

  private final WritableStorage storage;
  private final long size;

  /**
   * @param storage takes bytes in order, stays the caller's
   */
  PlainWriter(WritableStorage storage, long size) {
    this.storage = storage;
    this.size = size;
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
  public List<Placement> reserve(Chunk chunk) {
    return chunk.placed(storage, 0, true);
  }

  @Override
  public void finish() throws IOException {
    storage.truncate(size);
  }

  @Override
  public void close() {}
}
