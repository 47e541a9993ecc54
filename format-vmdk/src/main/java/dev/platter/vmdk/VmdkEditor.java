package dev.platter.vmdk;

import dev.platter.image.ImageInfo;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ParentLink;
import dev.platter.storage.WritableStorage;
import dev.platter.vmdk.format.DiskFile;
import dev.platter.vmdk.read.VmdkImage;
import java.io.IOException;
import java.util.Optional;

/** Changes which disk a VMDK lies over. Whatever it holds is read anew for each operation. */
final class VmdkEditor implements ImageEditor {
  private final WritableStorage storage;
  private final EditRequest request;

  private VmdkEditor(WritableStorage storage, EditRequest request) {
    this.storage = storage;
    this.request = request;
  }

  static VmdkEditor open(WritableStorage storage, EditRequest request) throws IOException {
    VmdkEditor editor = new VmdkEditor(storage, request);
    DiskFile.read(storage, request.limits());
    return editor;
  }

  @Override
  public ImageInfo info() throws IOException {
    return VmdkImage.open(storage, request.toRead()).info();
  }

  @Override
  public Optional<ParentLink> parentLink() {
    return Optional.of(new VmdkParentLink(storage, request));
  }

  @Override
  public void close() {}
}
