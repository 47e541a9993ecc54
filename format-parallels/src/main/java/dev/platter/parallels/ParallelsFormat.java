package dev.platter.parallels;

import dev.platter.image.DiskImage;
import dev.platter.image.OptionSpec;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Disks of Parallels and Virtuozzo: expandable images, and bundles of images with snapshots. */
public final class ParallelsFormat implements ImageFormat {
  static final String NAME = "parallels";

  private static final String DESCRIPTOR = "DiskDescriptor.xml";

  /** Found by {@link java.util.ServiceLoader}. */
  public ParallelsFormat() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String apiName() {
    return "ploop";
  }

  @Override
  public List<String> aliases() {
    return List.of("ploop");
  }

  /** A bundle is a directory with a descriptor. */
  @Override
  public Optional<String> directoryFile() {
    return Optional.of(DESCRIPTOR);
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    if (ParallelsHeader.hasMagic(head)) {
      boolean known = ParallelsHeader.parse(head).version() == ParallelsHeader.VERSION;
      return known ? 100 : NO_MATCH;
    }
    return DescriptorParser.looksLikeDescriptor(head) ? LIKE_RAW : NO_MATCH;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return isDescriptor(storage)
        ? new Bundle(storage, DescriptorParser.parse(storage, request.limits()), request)
        : new ParallelsImage(ParallelsHead.read(storage, request.limits()));
  }

  @Override
  public ImageEditor edit(WritableStorage storage, EditRequest request) throws IOException {
    return isDescriptor(storage)
        ? new BundleEditor(storage, request)
        : new ParallelsEditor(storage, request);
  }

  @Override
  public LiveImage openLive(WritableStorage storage, EditRequest request) throws IOException {
    return isDescriptor(storage)
        ? LiveBundle.open(storage, request)
        : LiveParallels.open(storage, request, List.of());
  }

  private static boolean isDescriptor(Storage storage) throws IOException {
    MemorySegment head = MemorySegment.ofArray(new byte[HEAD_BYTES]);
    return DescriptorParser.looksLikeDescriptor(head.asSlice(0, storage.read(0, head)));
  }

  @Override
  public List<OptionSpec> createOptions() {
    return ParallelsOptions.SPECS;
  }

  @Override
  public ImageWriter create(CreateRequest request) throws IOException {
    return new ParallelsWriter(NewDisk.of(request, ParallelsOptions.of(request.options())));
  }
}
