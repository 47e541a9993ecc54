package dev.platter.vhd;

import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.support.LivePlain;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The VHD format: {@code vpc} to qemu-img, {@code vhd} to everybody else. */
public final class VhdFormat implements ImageFormat {
  /** The sectors of which all offsets of the format count, bytes. */
  static final int SECTOR_SIZE = 512;

  /** Found by {@link java.util.ServiceLoader}. */
  public VhdFormat() {}

  @Override
  public String name() {
    return "vpc";
  }

  @Override
  public String apiName() {
    return "vhd";
  }

  @Override
  public List<String> aliases() {
    return List.of("vhd");
  }

  @Override
  public int probe(Storage storage, MemorySegment head) throws IOException {
    if (VhdFooter.hasCookie(head)) {
      return 100;
    }
    MemorySegment tail = VhdHead.tail(storage);
    if (!VhdFooter.isSound(tail)) {
      return NO_MATCH;
    }
    VhdFooter footer = VhdFooter.parse(tail);
    boolean found =
        footer.diskType() == VhdFooter.FIXED
            ? footer.currentSize() == VhdHead.footerOffset(storage.size())
            : hasHeader(head, footer.dataOffset());
    return found ? TOLD_BY_TAIL : NO_MATCH;
  }

  /** Whether a dynamic header lies there, which nobody puts far behind the beginning. */
  private static boolean hasHeader(MemorySegment head, long offset) {
    if (offset < VhdFooter.LENGTH || offset > head.byteSize() - VhdHeader.LENGTH) {
      return false;
    }
    MemorySegment bytes = head.asSlice(offset, VhdHeader.LENGTH);
    return VhdHeader.hasCookie(bytes) && VhdHeader.isSound(bytes);
  }

  @Override
  public List<OptionSpec> openOptions() {
    return SizeRule.SPECS;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return VhdImage.open(storage, request);
  }

  @Override
  public ImageEditor edit(WritableStorage storage, EditRequest request) throws IOException {
    return VhdEditor.open(storage, request);
  }

  @Override
  public LiveImage openLive(WritableStorage storage, EditRequest request) throws IOException {
    VhdHead head = VhdHead.read(storage, request.limits());
    return head.isFixed()
        ? new LivePlain(storage, head.size())
        : LiveDynamicDisk.open(storage, head, request.limits());
  }

  @Override
  public List<OptionSpec> createOptions() {
    return VhdOptions.SPECS;
  }

  @Override
  public boolean writesInOrder(FormatOptions options) {
    try {
      return VhdOptions.of(options).fixed();
    } catch (IllegalOptionException e) {
      return false;
    }
  }

  @Override
  public long diskSize(long size, FormatOptions options) {
    try {
      boolean hasParent = options.string("backing_file").isPresent();
      return NewDisk.of(size, hasParent, VhdOptions.of(options)).size();
    } catch (IllegalOptionException e) {
      return size;
    }
  }

  @Override
  public ImageWriter create(CreateRequest request) throws IOException {
    VhdOptions options = VhdOptions.of(request.options());
    if (request.compress()) {
      throw IllegalOptionException.noCompression();
    }
    if (options.fixed() && request.backing().isPresent()) {
      throw new IllegalOptionException("A fixed VHD cannot have a backing file");
    }
    NewDisk disk = NewDisk.of(request, options);
    return options.fixed()
        ? new FixedVhdWriter(request, disk, options.azure())
        : DynamicVhdWriter.begin(request, disk, options);
  }
}
