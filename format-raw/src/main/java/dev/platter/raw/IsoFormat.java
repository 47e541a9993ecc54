package dev.platter.raw;

import dev.platter.image.BlockMap;
import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.Fault;
import dev.platter.image.FormatOptions;
import dev.platter.image.Measurement;
import dev.platter.image.OptionSpec;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.SequentialImage;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Images of optical discs: raw disks that hold an ISO 9660 or UDF volume, known by its descriptors.
 * To qemu-img they are raw.
 */
public final class IsoFormat implements ImageFormat {
  private static final RawFormat RAW = new RawFormat();

  /** Found by {@link java.util.ServiceLoader}. */
  public IsoFormat() {}

  @Override
  public String name() {
    return "iso";
  }

  @Override
  public boolean isPlain() {
    return true;
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    return VolumeDescriptors.areIn(head) ? LIKE_RAW : NO_MATCH;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    if (!isIn(storage)) {
      throw isNone(storage.name());
    }
    return new IsoImage(storage);
  }

  @Override
  public Optional<SequentialImage> openSequential(StreamSource source, OpenRequest request)
      throws IOException {
    if (!VolumeDescriptors.areIn(source.head(HEAD_BYTES))) {
      throw isNone(source.name());
    }
    return RAW.openSequential(source, request);
  }

  @Override
  public boolean writesInOrder(FormatOptions options) {
    return RAW.writesInOrder(options);
  }

  @Override
  public boolean takesSizeLast(FormatOptions options) {
    return RAW.takesSizeLast(options);
  }

  private static CorruptImageException isNone(String name) {
    return Fault.in("iso", name).corrupt("no volume descriptor of ISO 9660 or UDF at 0x8000");
  }

  /** Whether a storage holds such a volume. */
  static boolean isIn(Storage storage) throws IOException {
    MemorySegment head = MemorySegment.ofArray(new byte[HEAD_BYTES]);
    return VolumeDescriptors.areIn(head.asSlice(0, storage.read(0, head)));
  }

  @Override
  public List<OptionSpec> createOptions() {
    return RAW.createOptions();
  }

  /** Writes the bytes of a disc that there is; what turns out to be none is refused at the end. */
  @Override
  public ImageWriter create(CreateRequest request) throws IOException {
    return new IsoWriter(RAW.create(request));
  }

  @Override
  public Optional<Measurement> measure(long size, FormatOptions options, Optional<BlockMap> source)
      throws IOException {
    return RAW.measure(size, options, source);
  }
}
