package dev.platter.vhd;

import dev.platter.image.CheckReport;
import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageInfo;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ParentLink;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.image.support.Undo;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Optional;

/** Changes a VHD in place. Whatever it holds is read anew for each operation. */
final class VhdEditor implements ImageEditor {
  private final WritableStorage storage;
  private final EditRequest request;

  private VhdEditor(WritableStorage storage, EditRequest request) {
    this.storage = storage;
    this.request = request;
  }

  static VhdEditor open(WritableStorage storage, EditRequest request) throws IOException {
    VhdEditor editor = new VhdEditor(storage, request);
    editor.head();
    return editor;
  }

  private VhdHead head() throws IOException {
    return VhdHead.read(storage, request.limits());
  }

  private VhdHead soundHead() throws IOException {
    VhdHead head = head();
    VhdCheck.of(head).requireSound(Fault.in("vpc", head.name()));
    return head;
  }

  @Override
  public ImageInfo info() throws IOException {
    return VhdImage.open(storage, request.toRead()).info();
  }

  @Override
  public Optional<IOException> resize(ResizeRequest wanted) throws IOException {
    VhdHead head = head();
    if (wanted.size() > NewDisk.MAX_SIZE) {
      throw new IllegalOptionException("The image size is too large for file format 'vpc'");
    }
    if (head.isFixed()) {
      wanted.preallocation().requireNotMetadata();
    } else {
      wanted.preallocation().requireOff();
    }
    VhdFooter footer = head.footer().resized(wanted.size());
    if (head.isDifferencing() && footer.guestSize() != head.size()) {
      throw Fault.in("vpc", head.name())
          .unsupported("a differencing disk must stay as large as its parent");
    }
    return head.isFixed()
        ? new FixedDisk(storage, head).resize(footer, wanted.preallocation())
        : resize(new DynamicResize(storage, soundHead(), footer), head);
  }

  private Optional<IOException> resize(DynamicResize change, VhdHead head) throws IOException {
    Undo.ifFails(
        change::run,
        () -> {
          change.undo();
          settle(head.payloadEnd());
        });
    return Undo.orLeak(change::giveBack);
  }

  private void settle(long payloadEnd) throws IOException {
    new VhdRepair(storage, request.limits()).settle(payloadEnd);
  }

  @Override
  public RepairReport repair(Repair extent) throws IOException {
    CheckReport found = VhdCheck.of(head());
    if (found.corruptions() > 0 ? extent == Repair.ALL : found.leaks() > 0) {
      VhdHead head = head();
      if (head.isFixed()) {
        new FixedDisk(storage, head).trim();
      } else {
        new VhdRepair(storage, request.limits()).run(extent);
      }
    }
    return RepairReport.between(found, VhdCheck.of(head()));
  }

  @Override
  public Optional<ParentLink> parentLink() throws IOException {
    return head().isFixed()
        ? Optional.empty()
        : Optional.of(new VhdParentLink(storage, request.limits()));
  }

  @Override
  public long compact() throws IOException {
    VhdHead head = soundHead();
    if (head.isFixed()) {
      throw Fault.in("vpc", head.name())
          .unsupported("a fixed disk stores all its bytes and cannot be compacted");
    }
    long before = storage.size();
    Undo.ifFails(() -> new DynamicCompaction(storage, head).run(), () -> settle(0));
    return Math.max(0, before - storage.size());
  }

  @Override
  public void close() {}
}
