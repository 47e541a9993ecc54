package dev.platter.vhdx;

import dev.platter.image.CheckReport;
import dev.platter.image.EditRequest;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageEditor;
import dev.platter.image.ImageInfo;
import dev.platter.image.Preallocation;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.ResizeRequest;
import dev.platter.image.Sizes;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.WritableStorage;
import java.io.IOException;

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

  /** Makes true in the file what its log says; after a crash it is simply done again. */
  private void playBack() throws IOException {
    if (head().storage() instanceof ReplayedStorage replayed) {
      replayed.writeTo(storage);
      storage.sync();
      headers().endLog();
    }
  }

  private VhdxHead soundHead() throws IOException {
    playBack();
    VhdxHead head = head();
    check(head).requireSound();
    Log.check(storage, head.header(), request.limits());
    return head;
  }

  @Override
  public ImageInfo info() throws IOException {
    return VhdxImage.open(storage, request.toRead()).info();
  }

  @Override
  public void resize(ResizeRequest wanted) throws IOException {
    DiskLayout layout = head().layout();
    if (wanted.size() > DiskLayout.MAX_SIZE) {
      throw new IllegalOptionException("Image size too large; max of 64TB");
    }
    boolean refused =
        wanted.preallocation() == Preallocation.METADATA
            || (wanted.preallocation() != Preallocation.OFF && !layout.leaveAllocated());
    if (refused) {
      throw new IllegalOptionException(
          "Unsupported preallocation mode: " + wanted.preallocation().word());
    }
    long size = Sizes.roundUp(wanted.size(), layout.logicalSectorSize());
    VhdxHead head = soundHead();
    if (size > layout.size()) {
      new VhdxGrowth(storage, headers(), head, wanted.parentSize())
          .run(size, wanted.preallocation());
    } else if (size < layout.size()) {
      shrink(head, size);
    }
  }

  /** The disk is small first; only then what lies behind its end is given up. */
  private void shrink(VhdxHead head, long size) throws IOException {
    Transaction transaction = new Transaction(storage, headers(), true);
    transaction.putLong(head.sizePosition(), size);
    transaction.commit();
    clearStrays();
    new VhdxCompaction(storage, headers(), head()).giveBack();
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
    }
    // While a log waits, nobody but it may write.
    if (found.leaks() > 0 && !head().replayed()) {
      clearStrays();
    }
    CheckReport after = check(head());
    return new RepairReport(
        found,
        Math.max(0, found.leaks() - after.leaks()),
        Math.max(0, found.corruptions() - after.corruptions()),
        after);
  }

  @Override
  public long compact() throws IOException {
    if (head().layout().leaveAllocated()) {
      throw new UnsupportedFeatureException(
          "vhdx " + storage.name() + ": a fixed disk stores all its bytes and cannot be compacted");
    }
    long before = storage.size();
    VhdxHead head = soundHead();
    new VhdxCompaction(storage, headers(), head).run();
    return Math.max(0, before - storage.size());
  }

  @Override
  public void close() {}
}
