package dev.platter.raw;

import dev.platter.image.Extent;
import dev.platter.image.Sizes;
import dev.platter.image.spi.SequentialImage;
import dev.platter.storage.SegmentStorage;
import dev.platter.storage.StreamSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalLong;

/** A raw disk out of a stream; as in a file, what its last sector lacks reads as zeros. */
final class RawStream implements SequentialImage {
  private final StreamSource source;
  private long at;

  RawStream(StreamSource source) {
    this.source = source;
  }

  @Override
  public OptionalLong size() {
    OptionalLong size = source.size();
    return size.isPresent()
        ? OptionalLong.of(Sizes.roundUp(size.getAsLong(), RawFormat.SECTOR_SIZE))
        : size;
  }

  @Override
  public Optional<Extent> next(MemorySegment buffer) throws IOException {
    long count = source.read(buffer);
    if (count == 0) {
      return Optional.empty();
    }
    long length = Sizes.roundUp(count, RawFormat.SECTOR_SIZE);
    buffer.asSlice(count, length - count).fill((byte) 0);
    SegmentStorage bytes = new SegmentStorage(source.name(), buffer.asSlice(0, length));
    Extent extent = new Extent.Data(at, length, bytes, 0);
    at += length;
    return Optional.of(extent);
  }

  @Override
  public void close() {}
}
