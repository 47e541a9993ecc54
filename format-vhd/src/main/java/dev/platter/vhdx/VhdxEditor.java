package dev.platter.vhdx;

import dev.platter.image.CheckReport;
import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageInfo;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.Sizes;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ParentLink;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.image.support.Undo;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Optional;

/**
 * Changes a VHDX in place, its metadata through the log. A log that waits is played back first.
 * Whatever the file holds is read anew for each operation.
 */
final class VhdxEditor implements ImageEditor {
  private final WritableStorage storage;
  private final EditRequest request;

  private VhdxEditor(WritableStorage storage, EditRequest request) {
    this.storage = storage;
    this.request = request;
  }

  static VhdxEditor open(WritableStorage storage, EditRequest request) throws IOException {
    VhdxEditor editor = new VhdxEditor(storage, request);
    editor.head();
    return editor;
  }

  private VhdxHead head() throws IOException {
    return VhdxHead.read(storage, request.limits());
  }

  private Headers headers() throws IOException {
    return Headers.read(storage, request.identity());
  }

  private static CheckReport check(VhdxHead head) throws IOException {
    return VhdxCheck.of(head, new VhdxMap(head));
  }

  private void playBack() throws IOException {
    playBack(storage, request);
  }

  /** Makes true in the file what its log says; after a crash it is simply done again. */
  static void playBack(WritableStorage storage, EditRequest request) throws IOException {
    if (VhdxHead.read(storage, request.limits()).storage() instanceof ReplayedStorage replayed) {
      replayed.writeTo(storage);
      storage.sync();
      Headers.read(storage, request.identity()).endLog();
    }
  }

  private VhdxHead soundHead() throws IOException {
    return soundHead(storage, request);
  }

  /** What the image is once its log is played back, which is to be sound. */
  static VhdxHead soundHead(WritableStorage storage, EditRequest request) throws IOException {
    playBack(storage, request);
    VhdxHead head = VhdxHead.read(storage, request.limits());
    check(head).requireSound(Fault.in("vhdx", head.name()));
    Log.check(storage, head.header(), request.limits());
    return head;
  }

  @Override
  public ImageInfo info() throws IOException {
    return VhdxImage.open(storage, request.toRead()).info();
  }

  @Override
  public Optional<IOException> resize(ResizeRequest wanted) throws IOException {
    DiskLayout layout = head().layout();
    if (wanted.size() > DiskLayout.MAX_SIZE) {
      throw new IllegalOptionException("Image size too large; max of 64TB");
    }
    if (layout.leaveAllocated()) {
      wanted.preallocation().requireNotMetadata();
    } else {
      wanted.preallocation().requireOff();
    }
    long size = Sizes.roundUp(wanted.size(), layout.logicalSectorSize());
    VhdxHead head = soundHead();
    if (size > layout.size()) {
      VhdxGrowth growth = new VhdxGrowth(storage, headers(), head, wanted.parentSize());
      Undo.ifFails(() -> growth.run(size, wanted.preallocation()), this::settle);
      return Undo.orLeak(growth::giveBack);
    }
    if (size < layout.size()) {
      shrink(head, size);
      return Undo.orLeak(this::settle);
    }
    return Optional.empty();
  }

  /** The disk is small first; only then what lies behind its end is given up. */
  private void shrink(VhdxHead head, long size) throws IOException {
    Transaction transaction = new Transaction(storage, headers(), true);
    transaction.putLong(head.sizePosition(), size);
    transaction.commit();
  }

  /** Ends a change that may have broken off: a log that counts, and space that nothing needs. */
  private void settle() throws IOException {
    settle(storage, request);
  }

  static void settle(WritableStorage storage, EditRequest request) throws IOException {
    playBack(storage, request);
    VhdxHead head = VhdxHead.read(storage, request.limits());
    StrayEntries.of(head).clear(storage);
    storage.sync();
    new VhdxCompaction(storage, Headers.read(storage, request.identity()), head).giveBack();
  }

  private void clearStrays() throws IOException {
    StrayEntries.of(head()).clear(storage);
    storage.sync();
  }

  @Override
  public RepairReport repair(Repair extent) throws IOException {
    CheckReport found = check(head());
    if (found.corruptions() > 0 && extent == Repair.ALL) {
      playBack();
      new VhdxRepair(storage, request).run();
      clearStrays();
    } else if (found.corruptions() == 0 && found.leaks() > 0) {
      playBack();
      clearStrays();
    }
    return RepairReport.between(found, check(head()));
  }

  @Override
  public Optional<ParentLink> parentLink() {
    return Optional.of(new VhdxParentLink(storage, request));
  }

  @Override
  public long compact() throws IOException {
    if (head().layout().leaveAllocated()) {
      throw Fault.in("vhdx", storage.name())
          .unsupported("a fixed disk stores all its bytes and cannot be compacted");
    }
    long before = storage.size();
    VhdxHead head = soundHead();
    Undo.ifFails(() -> new VhdxCompaction(storage, headers(), head).run(), this::settle);
    return Math.max(0, before - storage.size());
  }

  @Override
  public void close() {}
}
