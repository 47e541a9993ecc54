package dev.platter.qcow2;

import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import dev.platter.image.EditRequest;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageEditor;
import dev.platter.image.ImageInfo;
import dev.platter.image.Preallocation;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.ResizeRequest;
import dev.platter.image.Sizes;
import dev.platter.image.Undo;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.WritableStorage;
import java.io.IOException;

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
  public void resize(ResizeRequest wanted) throws IOException {
    ImageHead head = head();
    Qcow2Header header = head.header();
    long size = Sizes.roundUp(wanted.size(), Entries.SECTOR);
    long l1Bytes = head.l1EntriesFor(size) * Long.BYTES;
    if (l1Bytes > ImageHead.MAX_L1_BYTES) {
      throw new IllegalOptionException("Failed to grow the L1 table: File too large");
    }
    if (wanted.preallocation() != Preallocation.OFF) {
      throw new IllegalOptionException(
          "Unsupported preallocation mode: " + wanted.preallocation().word());
    }
    refuseWhatIsNotKnown(head, size, wanted.parentSize());
    CheckReport report = Checker.check(storage, head);
    if (header.dirty() || header.corrupt() || report.corruptions() + report.checkErrors() > 0) {
      throw new CorruptImageException(
          "qcow2 " + head.name() + ": the image is damaged; repair it before it is resized");
    }
    if (size > header.size()) {
      clearBehindTheDisk(head);
      Undo.ifFails(() -> new Qcow2Growth(storage, head).run(size), this::giveBackLeaks);
    } else if (size < header.size()) {
      Undo.ifFails(() -> new Qcow2Shrinking(storage, head).run(size), this::giveBackLeaks);
    }
  }

  /** What a change that broke off has taken or left, and nothing refers to. */
  private void giveBackLeaks() throws IOException {
    repair(Repair.LEAKS);
    new Qcow2Shrinking(storage, head()).cut();
  }

  /** What another program, or a shrinking that broke off, left there must not come back. */
  private void clearBehindTheDisk(ImageHead head) throws IOException {
    long size = head.header().size();
    Qcow2Shrinking shrinking = new Qcow2Shrinking(storage, head);
    if (shrinking.anyBehind(size)) {
      if (head.header().nbSnapshots() > 0) {
        throw new UnsupportedFeatureException(
            "qcow2 "
                + head.name()
                + ": there are clusters behind the end of the disk, which snapshots may share");
      }
      shrinking.giveUpBehind(size);
    }
  }

  private static void refuseWhatIsNotKnown(ImageHead head, long size, long parentSize)
      throws IOException {
    Qcow2Header header = head.header();
    String what = null;
    if (header.encrypted()) {
      what = "an encrypted disk";
    } else if (header.hasDataFile()) {
      what = "an image with an external data file";
    } else if ((header.autoclearFeatures() & Qcow2Header.AUTOCLEAR_BITMAPS) != 0) {
      what = "an image with bitmaps";
    } else if (header.nbSnapshots() > 0 && (header.version() < 3 || size < header.size())) {
      what =
          header.version() < 3
              ? "a version 2 image with snapshots"
              : "(smaller) an image with snapshots";
    } else if (size > header.size() && parentSize > header.size()) {
      what = "(larger) an image whose backing file is longer than its disk";
    }
    if (what != null) {
      throw new UnsupportedFeatureException(
          "qcow2 " + head.name() + ": resizing " + what + " in place is not supported");
    }
  }

  @Override
  public RepairReport repair(Repair extent) throws IOException {
    return Qcow2Repair.run(storage, request.limits(), extent);
  }

  @Override
  public void close() {}
}
