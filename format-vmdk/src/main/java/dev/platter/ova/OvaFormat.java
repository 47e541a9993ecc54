package dev.platter.ova;

import dev.platter.archive.TarHeader;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.Measurement;
import dev.platter.image.OptionSpec;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Virtual appliances: disks of other formats in an OVA, or beside an OVF envelope. */
public final class OvaFormat implements ImageFormat {
  static final String NAME = "ova";

  private static final int CERTAIN = 90;

  /** Found by {@link java.util.ServiceLoader}. */
  public OvaFormat() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean holdsDisks() {
    return true;
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    if (head.byteSize() < TarHeader.BLOCK) {
      return NO_MATCH;
    }
    return Tar.looksLikeOne(storage, head) || Appliance.looksLikeEnvelope(head)
        ? CERTAIN
        : NO_MATCH;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return OvaImage.open(storage, request);
  }

  @Override
  public List<OptionSpec> createOptions() {
    return OvaOptions.SPECS;
  }

  @Override
  public ImageWriter create(CreateRequest request) throws IOException {
    return OvaWriter.begin(request);
  }

  @Override
  public Optional<Measurement> measure(long size, FormatOptions options, Optional<BlockMap> source)
      throws IOException {
    return OvaWriter.measure(size, options, source);
  }
}
