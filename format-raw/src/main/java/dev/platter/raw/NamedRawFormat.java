package dev.platter.raw;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.ImageInfo;
import dev.platter.image.Measurement;
import dev.platter.image.OptionSpec;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.SequentialImage;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A raw disk by another name, which says what an image service is to do with it. Any bytes are
 * taken for it where they are said to be; what is told of them by themselves depends on them. To
 * qemu-img they are raw.
 */
abstract sealed class NamedRawFormat implements ImageFormat permits AkiFormat, AriFormat {
  private static final RawFormat RAW = new RawFormat();

  /** What the bytes have to tell; empty: nothing, they are not what the name says. */
  abstract Map<String, Object> tell(Storage storage, MemorySegment head) throws IOException;

  /**
   * Whether {@link #tell} would have something to tell. Looks at the head only, unless that is
   * packed in a way that takes more to look into.
   */
  abstract boolean isIn(Storage storage, MemorySegment head);

  @Override
  public boolean isPlain() {
    return true;
  }

  @Override
  public final int probe(Storage storage, MemorySegment head) {
    return isIn(storage, head) ? LIKE_RAW : NO_MATCH;
  }

  @Override
  public final DiskImage open(Storage storage, OpenRequest request) throws IOException {
    RawImage raw = new RawImage(storage);
    return new DiskImage() {
      @Override
      public ImageInfo info() throws IOException {
        MemorySegment head = MemorySegment.ofArray(new byte[HEAD_BYTES]);
        return new ImageInfo(
            name(),
            raw.size(),
            OptionalInt.empty(),
            false,
            false,
            false,
            List.of(),
            Map.of(),
            tell(storage, head.asSlice(0, storage.read(0, head))));
      }

      @Override
      public BlockMap map() {
        return raw.map();
      }

      @Override
      public void close() {}
    };
  }

  /** Read in order as what it is; that it is one has been seen when it was found, or is said. */
  @Override
  public final Optional<SequentialImage> openSequential(StreamSource source, OpenRequest request) {
    return RAW.openSequential(source, request);
  }

  @Override
  public final boolean takesSizeLast(FormatOptions options) {
    return RAW.takesSizeLast(options);
  }

  @Override
  public final List<OptionSpec> createOptions() {
    return RAW.createOptions();
  }

  @Override
  public final ImageWriter create(CreateRequest request) throws IOException {
    return RAW.create(request);
  }

  @Override
  public final boolean writesInOrder(FormatOptions options) {
    return RAW.writesInOrder(options);
  }

  @Override
  public final ImageEditor edit(WritableStorage storage, EditRequest request) {
    return RAW.edit(storage, request);
  }

  @Override
  public final LiveImage openLive(WritableStorage storage, EditRequest request) throws IOException {
    return RAW.openLive(storage, request);
  }

  @Override
  public final Optional<Measurement> measure(
      long size, FormatOptions options, Optional<BlockMap> source) throws IOException {
    return RAW.measure(size, options, source);
  }
}
