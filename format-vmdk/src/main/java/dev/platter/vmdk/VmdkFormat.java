package dev.platter.vmdk;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
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
import dev.platter.vmdk.format.CowdHeader;
import dev.platter.vmdk.format.DiskFile;
import dev.platter.vmdk.format.SparseHeader;
import dev.platter.vmdk.live.LiveVmdk;
import dev.platter.vmdk.read.StreamReader;
import dev.platter.vmdk.read.VmdkImage;
import dev.platter.vmdk.write.SizeEstimate;
import dev.platter.vmdk.write.VmdkOptions;
import dev.platter.vmdk.write.VmdkWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** VMware's virtual disks, all sub-formats that are files. */
public final class VmdkFormat implements ImageFormat {
  private static final int CERTAIN = 100;

  /** Found by {@link java.util.ServiceLoader}. */
  public VmdkFormat() {}

  @Override
  public String name() {
    return "vmdk";
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    if (head.byteSize() < Long.BYTES) {
      return NO_MATCH;
    }
    int magic = head.get(SparseHeader.INT, 0);
    boolean found =
        magic == SparseHeader.MAGIC
            || magic == CowdHeader.MAGIC
            || DiskFile.looksLikeDescriptor(head);
    return found ? CERTAIN : NO_MATCH;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return VmdkImage.open(storage, request);
  }

  @Override
  public ImageEditor edit(WritableStorage storage, EditRequest request) throws IOException {
    return VmdkEditor.open(storage, request);
  }

  @Override
  public LiveImage openLive(WritableStorage storage, EditRequest request) throws IOException {
    return LiveVmdk.open(storage, request);
  }

  /** Stream-optimized disks without parent are read in order. */
  @Override
  public Optional<SequentialImage> openSequential(StreamSource source, OpenRequest request)
      throws IOException {
    return StreamReader.open(source, request.limits().maxVirtualSize());
  }

  @Override
  public List<OptionSpec> createOptions() {
    return VmdkOptions.SPECS;
  }

  @Override
  public ImageWriter create(CreateRequest request) throws IOException {
    return VmdkWriter.begin(request);
  }

  @Override
  public FormatOptions uploadOptions() {
    return FormatOptions.none()
        .with("subformat", VmdkOptions.Subformat.STREAM_OPTIMIZED.toString());
  }

  @Override
  public boolean alwaysCompresses(FormatOptions options) {
    return writesInOrder(options);
  }

  @Override
  public boolean writesInOrder(FormatOptions options) {
    String stream = VmdkOptions.Subformat.STREAM_OPTIMIZED.toString();
    return options.string("subformat").filter(stream::equals).isPresent();
  }

  @Override
  public Optional<Measurement> measure(long size, FormatOptions options, Optional<BlockMap> source)
      throws IOException {
    return Optional.of(SizeEstimate.of(VmdkOptions.parse(options), size, source));
  }
}
