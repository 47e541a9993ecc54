package dev.platter.qcow2;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageInfo;
import dev.platter.image.OpenRequest;
import dev.platter.image.ParentReference;
import dev.platter.image.Reference;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.Optional;

/**
 * An open qcow2 image. Reads its tables when they are asked for, and keeps the active map once it
 * was.
 */
final class Qcow2Image implements DiskImage {
  private final Storage storage;
  private final OpenRequest request;
  private final ImageHead head;
  private Storage dataFile;
  private Qcow2Map activeMap;

  private Qcow2Image(Storage storage, OpenRequest request, ImageHead head) {
    this.storage = storage;
    this.request = request;
    this.head = head;
  }

  static Qcow2Image open(Storage storage, OpenRequest request) throws IOException {
    return new Qcow2Image(storage, request, ImageHead.read(storage, request.limits()));
  }

  @Override
  public ImageInfo info() throws IOException {
    return ImageInfo.of("qcow2", head.header().size());
  }

  @Override
  public synchronized BlockMap map() throws IOException {
    if (activeMap == null) {
      Qcow2Header header = head.header();
      refuseEncrypted();
      L1Table l1 =
          L1Table.read(storage, head, "active L1 table", header.l1TableOffset(), header.l1Size());
      activeMap = new Qcow2Map(head, header.size(), l1, storage, guestStorage());
    }
    return activeMap;
  }

  @Override
  public Optional<ParentReference> parent() {
    return head.backingFile()
        .map(name -> new ParentReference(name, head.text(HeaderExtension.BACKING_FORMAT)));
  }

  private void refuseEncrypted() throws UnsupportedFeatureException {
    int method = head.header().cryptMethod();
    if (method != Qcow2Header.CRYPT_NONE) {
      throw new UnsupportedFeatureException(
          "qcow2 "
              + head.name()
              + ": the disk is encrypted ("
              + (method == Qcow2Header.CRYPT_LUKS ? "luks" : "aes")
              + "); reading encrypted disks is not supported");
    }
  }

  /**
   * The storage that holds the guest's clusters: the image's own file, or the data file that it
   * names.
   */
  private Storage guestStorage() throws IOException {
    if (!head.header().hasDataFile()) {
      return storage;
    }
    if (dataFile == null) {
      String name =
          head.text(HeaderExtension.DATA_FILE_NAME)
              .orElseThrow(() -> head.corrupt("'data-file' is required for this image"));
      dataFile = request.outside().open(new Reference(Reference.Kind.DATA_FILE, name, head.name()));
    }
    return dataFile;
  }

  @Override
  public synchronized void close() throws IOException {
    if (dataFile != null) {
      dataFile.close();
    }
  }
}
