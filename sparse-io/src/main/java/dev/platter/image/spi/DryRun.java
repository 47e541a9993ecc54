package dev.platter.image.spi;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.Measurement;
import dev.platter.image.Reference;
import dev.platter.image.Sizes;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Measures an image by having its writer lay it out on storages that keep nothing but their size.
 * No guest byte is read: what the source's map calls data counts as data.
 */
final class DryRun {
  /** How much of the disk is laid out at a time, bytes. */
  private static final long CHUNK = 1L << 30;

  private final ImageFormat format;
  private final FormatOptions options;

  DryRun(ImageFormat format, FormatOptions options) {
    this.format = format;
    this.options = options;
  }

  Measurement measure(long size, Optional<BlockMap> source) throws IOException {
    long required = lengthOf(size, source.orElse(new Uniform(size, false)));
    return new Measurement(required, fullLength(size), OptionalLong.empty());
  }

  private long fullLength(long size) throws IOException {
    try (ImageWriter writer = newWriter(size, new SizeOnly())) {
      OptionalLong known = writer.fullLength();
      return known.isPresent() ? known.getAsLong() : lengthOf(size, new Uniform(size, true));
    }
  }

  private ImageWriter newWriter(long size, SizeOnly target) throws IOException {
    return format.create(
        new CreateRequest(
            size,
            options,
            false,
            Optional.empty(),
            target,
            Identity.seeded("measure", Instant.EPOCH)));
  }

  private long lengthOf(long size, BlockMap map) throws IOException {
    SizeOnly target = new SizeOnly();
    try (ImageWriter writer = newWriter(size, target)) {
      long chunk = Sizes.ceilDiv(CHUNK, writer.blockSize()) * writer.blockSize();
      for (long at = 0; at < size; at += chunk) {
        long end = Math.min(size, at + chunk);
        for (Placement placement : writer.reserve(chunkAt(map, at, end, writer.granularity()))) {
          ((SizeStorage) placement.storage()).reach(placement.hostOffset() + placement.length());
        }
      }
      writer.finish();
    }
    return target.length();
  }

  private static Chunk chunkAt(BlockMap map, long start, long end, int granularity)
      throws IOException {
    List<Piece> pieces = new ArrayList<>();
    for (long at = start; at < end; ) {
      Extent extent = map.extentAt(at, end);
      boolean quiet = extent.readsZero();
      long down = extent.end() == end ? end : Sizes.roundDown(extent.end(), granularity);
      // A unit that holds any data is data as a whole.
      boolean data = !quiet || down == at;
      long stop = data ? Math.min(end, Sizes.roundUp(extent.end(), granularity)) : down;
      pieces.add(
          data
              ? new Piece.Stored(at, stop - at, SizeStorage.NOTHING, at)
              : new Piece.Zero(at, stop - at));
      at = stop;
    }
    return new Chunk(start, end - start, pieces);
  }

  /** A disk that is all data or all zeros. */
  private record Uniform(long size, boolean data) implements BlockMap {
    @Override
    public int blockSize() {
      return 1;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      long length = limit - offset;
      return data
          ? new Extent.Data(offset, length, SizeStorage.NOTHING, offset)
          : new Extent.Zero(offset, length);
    }
  }

  /** A target of storages that keep nothing but their size. */
  private static final class SizeOnly implements Target {
    private final List<SizeStorage> storages = new ArrayList<>(List.of(new SizeStorage()));

    @Override
    public WritableStorage storage() {
      return storages.getFirst();
    }

    @Override
    public WritableStorage outside(Reference reference) {
      SizeStorage storage = new SizeStorage();
      storages.add(storage);
      return storage;
    }

    long length() {
      long length = 0;
      for (SizeStorage storage : storages) {
        length += storage.size();
      }
      return length;
    }
  }

  private static final class SizeStorage extends WritableStorage {
    static final Storage NOTHING = new SizeStorage();

    private long size;

    SizeStorage() {
      super("measured image");
    }

    void reach(long end) {
      size = Math.max(size, end);
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public boolean readsZeroWhereUnwritten() {
      return true;
    }

    @Override
    public void truncate(long newSize) {
      size = newSize;
    }

    @Override
    public void sync() {}

    @Override
    protected long readSome(long offset, MemorySegment target) {
      long count = Math.min(target.byteSize(), size - offset);
      if (count > 0) {
        target.asSlice(0, count).fill((byte) 0);
      }
      return count;
    }

    @Override
    protected long writeSome(long offset, MemorySegment source) {
      reach(offset + source.byteSize());
      return source.byteSize();
    }

    @Override
    protected void zeroRange(long offset, long length) {
      reach(offset + length);
    }

    @Override
    protected void allocateRange(long offset, long length) {
      reach(offset + length);
    }

    @Override
    public void close() {}
  }
}
