package dev.platter.raw;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.Measurement;
import dev.platter.image.OptionSpec;
import dev.platter.image.Preallocation;
import dev.platter.image.Sizes;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.SequentialImage;
import dev.platter.image.support.LivePlain;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Raw disks. Any storage is one, so probing answers with the weakest match there is. */
public final class RawFormat implements ImageFormat {
  /** The unit of which a raw disk's size is a multiple, bytes. */
  static final int SECTOR_SIZE = 512;

  /** Found by {@link java.util.ServiceLoader}. */
  public RawFormat() {}

  @Override
  public String name() {
    return "raw";
  }

  @Override
  public boolean isPlain() {
    return true;
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    return LIKE_ANYTHING;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return RawImage.open(storage, request.options());
  }

  @Override
  public List<OptionSpec> openOptions() {
    return RawImage.OPEN_OPTIONS;
  }

  @Override
  public ImageEditor edit(WritableStorage storage, EditRequest request) {
    return new RawEditor(storage);
  }

  @Override
  public LiveImage openLive(WritableStorage storage, EditRequest request) throws IOException {
    return new LivePlain(storage, Sizes.roundUp(storage.size(), SECTOR_SIZE));
  }

  @Override
  public Optional<SequentialImage> openSequential(StreamSource source, OpenRequest request) {
    return Optional.of(new RawStream(source));
  }

  @Override
  public boolean takesSizeLast(FormatOptions options) {
    return options.string("preallocation").orElse("off").equals("off");
  }

  @Override
  public List<OptionSpec> createOptions() {
    return RawOptions.SPECS;
  }

  @Override
  public ImageWriter create(CreateRequest request) throws IOException {
    return RawWriter.begin(request);
  }

  @Override
  public boolean writesInOrder(FormatOptions options) {
    return true;
  }

  @Override
  public Optional<Measurement> measure(long size, FormatOptions options, Optional<BlockMap> source)
      throws IOException {
    RawOptions.of(options);
    long required = 0;
    if (source.isPresent()) {
      BlockMap map = source.get();
      for (long at = 0; at < size; ) {
        Extent extent = map.extentAt(at, size);
        if (!extent.readsZero()) {
          required += extent.length();
        }
        at = extent.end();
      }
    }
    boolean reserves = RawOptions.of(options).preallocation() != Preallocation.OFF;
    return Optional.of(new Measurement(reserves ? size : required, size, OptionalLong.empty()));
  }
}
