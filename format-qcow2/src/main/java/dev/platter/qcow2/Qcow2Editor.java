package dev.platter.qcow2;

import dev.platter.image.ImageInfo;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.spi.Amendment;
import dev.platter.image.spi.Bitmaps;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ParentLink;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.image.spi.Snapshots;
import dev.platter.qcow2.check.Qcow2Repair;
import dev.platter.qcow2.edit.Qcow2Amendment;
import dev.platter.qcow2.edit.Qcow2Bitmaps;
import dev.platter.qcow2.edit.Qcow2ParentLink;
import dev.platter.qcow2.edit.Qcow2Resize;
import dev.platter.qcow2.edit.Qcow2Snapshots;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Optional;

/** Changes a qcow2 image in place. Whatever it holds is read anew for each operation. */
final class Qcow2Editor implements ImageEditor {
  private final WritableStorage storage;
  private final EditRequest request;

  private Qcow2Editor(WritableStorage storage, EditRequest request) {
    this.storage = storage;
    this.request = request;
  }

  static Qcow2Editor open(WritableStorage storage, EditRequest request) throws IOException {
    Qcow2Editor editor = new Qcow2Editor(storage, request);
    editor.head();
    return editor;
  }

  private ImageHead head() throws IOException {
    return ImageHead.read(storage, request.limits());
  }

  @Override
  public ImageInfo info() throws IOException {
    return Qcow2Image.open(storage, request.toRead()).info();
  }

  @Override
  public Optional<IOException> resize(ResizeRequest wanted) throws IOException {
    return Qcow2Resize.run(storage, request, wanted);
  }

  @Override
  public RepairReport repair(Repair extent) throws IOException {
    return Qcow2Repair.run(storage, request.limits(), extent);
  }

  @Override
  public Optional<ParentLink> parentLink() {
    return Optional.of(new Qcow2ParentLink(storage, request.limits()));
  }

  @Override
  public Optional<Snapshots> snapshots() {
    return Optional.of(new Qcow2Snapshots(storage, request.limits()));
  }

  @Override
  public Optional<Amendment> amendment() {
    return Optional.of(new Qcow2Amendment(storage, request));
  }

  @Override
  public Optional<Bitmaps> bitmaps() {
    return Optional.of(new Qcow2Bitmaps(storage, request.limits()));
  }

  @Override
  public void close() {}
}
