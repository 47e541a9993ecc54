package dev.platter.raw;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageInfo;
import dev.platter.image.OptionSpec;
import dev.platter.image.Sizes;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageSnapshots;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * A raw disk: holes are zeros, everything else is where the guest says. It may be a part of its
 * file, from {@code offset} on and {@code size} bytes long.
 */
final class RawImage implements DiskImage, BlockMap {
  static final List<OptionSpec> OPEN_OPTIONS =
      List.of(
          new OptionSpec("offset", OptionSpec.Type.SIZE, "where in the file the disk begins"),
          new OptionSpec("size", OptionSpec.Type.SIZE, "how long it is there"));

  private final Storage storage;
  private final long start;
  private final long stored;
  private final long size;

  /**
   * The data found last, or null. Where there are few holes, looking for the next takes longer than
   * reading a few bytes; and what became a hole since reads as zeros all the same.
   */
  private volatile Run data;

  private RawImage(Storage storage, long start, long stored) {
    this.storage = storage;
    this.start = start;
    this.stored = stored;
    this.size = Sizes.roundUp(stored, RawFormat.SECTOR_SIZE);
  }

  /** A disk that is all of its file. */
  RawImage(Storage storage) throws IOException {
    this(storage, 0, storage.size());
  }

  static RawImage open(Storage storage, FormatOptions options) throws IOException {
    if (options.asMap().isEmpty()) {
      return new RawImage(storage);
    }
    long all = storage.size();
    long start = options.size("offset").orElse(0);
    if (start > all) {
      throw new IllegalOptionException(
          "Offset ("
              + start
              + ") cannot be greater than size of the containing file ("
              + all
              + ")");
    }
    long stored = options.size("size").orElse(all - start);
    if (stored > all - start) {
      throw new IllegalOptionException(
          "The sum of offset ("
              + start
              + ") and size ("
              + stored
              + ") has to be smaller or equal to the  actual size of the containing file ("
              + all
              + ")");
    }
    if (stored % RawFormat.SECTOR_SIZE != 0 && options.size("size").isPresent()) {
      throw new IllegalOptionException(
          "Specified size is not multiple of " + RawFormat.SECTOR_SIZE);
    }
    return new RawImage(storage, start, stored);
  }

  @Override
  public ImageInfo summary() {
    return ImageInfo.of("raw", size);
  }

  @Override
  public ImageInfo info() throws IOException {
    Optional<StorageSnapshots> kept = storage.snapshots();
    return kept.isEmpty() ? summary() : KeptSnapshots.info(summary(), kept.get());
  }

  @Override
  public BlockMap map() {
    return this;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int blockSize() {
    return 1;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    if (offset >= stored) {
      return new Extent.Zero(offset, limit - offset);
    }
    Run run = data;
    long at = start + offset;
    if (run == null || at < run.offset() || at >= run.end()) {
      run = storage.runAt(at, start + stored);
      data = run.hole() ? data : run;
    }
    long length = Math.min(start + limit, run.end()) - at;
    return run.hole()
        ? new Extent.Zero(offset, length, at)
        : new Extent.Data(offset, length, storage, at);
  }

  @Override
  public void close() {}
}
