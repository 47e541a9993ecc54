package dev.platter.vdi;

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

/** The VDI format of VirtualBox. */
public final class VdiFormat implements ImageFormat {
  /** The unit of which a disk's size is a multiple, bytes. */
  static final int SECTOR_SIZE = 512;

  /** Found by {@link java.util.ServiceLoader}. */
  public VdiFormat() {}

  @Override
  public String name() {
    return "vdi";
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    return VdiHeader.hasSignature(head) ? 100 : NO_MATCH;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return new VdiImage(VdiHead.read(storage, request.limits()));
  }

  @Override
  public ImageEditor edit(WritableStorage storage, EditRequest request) throws IOException {
    return new VdiEditor(storage, request);
  }

  @Override
  public LiveImage openLive(WritableStorage storage, EditRequest request) throws IOException {
    return LiveVdi.open(storage, request);
  }

  @Override
  public List<OptionSpec> createOptions() {
    return VdiOptions.SPECS;
  }

  @Override
  public ImageWriter create(CreateRequest request) throws IOException {
    VdiOptions options = VdiOptions.of(request.options());
    NewDisk disk = NewDisk.of(request, options);
    return options.isStatic() ? new StaticVdiWriter(disk) : new DynamicVdiWriter(disk);
  }
}
