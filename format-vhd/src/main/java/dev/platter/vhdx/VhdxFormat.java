package dev.platter.vhdx;

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

/** The VHDX format, of Hyper-V since Windows Server 2012. */
public final class VhdxFormat implements ImageFormat {
  /** Found by {@link java.util.ServiceLoader}. */
  public VhdxFormat() {}

  @Override
  public String name() {
    return "vhdx";
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    boolean found = head.byteSize() >= Long.BYTES && head.get(Guid.LONG, 0) == VhdxHead.SIGNATURE;
    return found ? 100 : NO_MATCH;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return VhdxImage.open(storage, request);
  }

  @Override
  public ImageEditor edit(WritableStorage storage, EditRequest request) throws IOException {
    return VhdxEditor.open(storage, request);
  }

  @Override
  public LiveImage openLive(WritableStorage storage, EditRequest request) throws IOException {
    return LiveVhdx.open(storage, request);
  }

  @Override
  public List<OptionSpec> createOptions() {
    return VhdxOptions.SPECS;
  }

  @Override
  public Optional<String> sectorSizeOption() {
    return Optional.of(VhdxOptions.LOGICAL_SECTOR_SIZE);
  }

  @Override
  public ImageWriter create(CreateRequest request) throws IOException {
    return VhdxWriter.begin(request);
  }
}
