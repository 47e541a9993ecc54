package dev.platter.vmdk;

import dev.platter.image.DiskImage;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ParentLink;
import dev.platter.storage.FileNames;
import dev.platter.storage.WritableStorage;
import dev.platter.vmdk.format.ContentId;
import dev.platter.vmdk.format.Descriptor;
import dev.platter.vmdk.format.DiskFile;
import dev.platter.vmdk.format.ExtentLine;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.live.LiveExtent;
import dev.platter.vmdk.live.LiveExtents;
import dev.platter.vmdk.live.LiveSparseExtent;
import dev.platter.vmdk.read.VmdkImage;
import dev.platter.vmdk.write.VmdkOptions;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** The disk below a VMDK: its content ID and its name, in the descriptor. */
final class VmdkParentLink implements ParentLink {
  private final WritableStorage storage;
  private final EditRequest request;

  VmdkParentLink(WritableStorage storage, EditRequest request) {
    this.storage = storage;
    this.request = request;
  }

  private DiskFile file() throws IOException {
    return DiskFile.read(storage, request.limits());
  }

  @Override
  public void check(Optional<NewParent> parent) throws IOException {
    edit(parent);
  }

  @Override
  public void set(Optional<NewParent> parent) throws IOException {
    edit(parent).run();
  }

  private DescriptorEdit edit(Optional<NewParent> parent) throws IOException {
    DiskFile file = file();
    Optional<ContentId> place = ContentId.of(storage, file);
    if (place.isEmpty()) {
      throw Faults.unsupported(
          storage.name(), "an extent without a descriptor, which could not name its parent");
    }
    if (parent.isEmpty()) {
      return DescriptorEdit.of(place.get(), Descriptor.CID_NOPARENT, Optional.empty());
    }
    for (ExtentLine line : file.lines()) {
      if (!line.type().isSparse()) {
        throw new IllegalOptionException(
            "A VMDK that stores all its bytes (" + line.type() + ") has no use for a parent");
      }
    }
    if (!(parent.get().image().orElse(null) instanceof VmdkImage below)) {
      throw new IllegalOptionException(
          "The parent of a VMDK must be a VMDK itself, which is there to be read");
    }
    byte[] name = bytes(parent.get().reference().name(), place.get());
    return DescriptorEdit.of(place.get(), below.cid(), Optional.of(name));
  }

  @Override
  public void renew(DiskImage parent) throws IOException {
    if (parent instanceof VmdkImage below) {
      ContentId place = ContentId.of(storage, file()).orElseThrow();
      DescriptorEdit.ofContent(place, below.cid()).run();
    }
  }

  private static byte[] bytes(String name, ContentId place) throws IOException {
    if (!VmdkOptions.isPlain(name)) {
      throw new IllegalOptionException("A VMDK cannot hold the name '" + name + "'");
    }
    Charset charset = Descriptor.charsetOf(new String(place.text(), StandardCharsets.ISO_8859_1));
    if (charset.equals(StandardCharsets.UTF_8)) {
      return FileNames.bytes(name);
    }
    if (!charset.newEncoder().canEncode(name)) {
      throw new IllegalOptionException(
          "A VMDK whose texts are " + charset + " cannot hold the name '" + name + "'");
    }
    return name.getBytes(charset);
  }

  @Override
  public void checkEmpty() throws IOException {
    DiskFile file = file();
    int parent = file.descriptor().map(Descriptor::parentCid).orElse(Descriptor.CID_NOPARENT);
    if (parent == Descriptor.CID_NOPARENT) {
      throw new IllegalOptionException("A VMDK without a parent cannot be emptied");
    }
    try (LiveExtents files = new LiveExtents(storage, request, file)) {
      extents(files);
    }
  }

  private static List<LiveExtent> extents(LiveExtents files) throws IOException {
    List<LiveExtent> extents = files.open();
    for (LiveExtent extent : extents) {
      if (!(extent instanceof LiveSparseExtent)) {
        throw new IllegalOptionException(
            "A VMDK with extents that store all their bytes cannot be emptied");
      }
    }
    return extents;
  }

  @Override
  public void empty() throws IOException {
    try (LiveExtents files = new LiveExtents(storage, request, file())) {
      for (LiveExtent extent : extents(files)) {
        ((LiveSparseExtent) extent).empty();
      }
    }
  }
}
