package dev.platter.qcow2.edit;

import dev.platter.image.CheckReport;
import dev.platter.image.DiskEncryption;
import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.Sizes;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.image.support.Undo;
import dev.platter.qcow2.check.Checker;
import dev.platter.qcow2.check.RepairedSnapshots;
import dev.platter.qcow2.check.Survey;
import dev.platter.qcow2.format.Encryption;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.HeaderUpdate;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.LenientReader;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Optional;

/**
 * Gives a disk another size. All tables that change are written anew and count at once, by the
 * header; a disk that became smaller has its space given back after that, and its tables moved
 * where the file can end behind its last cluster of data.
 */
public final class Qcow2Resize {
  private final WritableStorage storage;
  private final Limits limits;
  private final ImageHead head;
  private final Qcow2Header header;
  private final ResizeRequest wanted;
  private final long size;
  private final Optional<DiskEncryption> encryption;

  private Qcow2Resize(
      WritableStorage storage,
      ImageHead head,
      Limits limits,
      Optional<DiskEncryption> encryption,
      ResizeRequest wanted) {
    this.storage = storage;
    this.limits = limits;
    this.head = head;
    this.header = head.header();
    this.encryption = encryption;
    this.wanted = wanted;
    this.size = Sizes.roundUp(wanted.size(), Entries.SECTOR);
  }

  public static Optional<IOException> run(
      WritableStorage storage, EditRequest request, ResizeRequest wanted) throws IOException {
    ImageHead head = ImageHead.read(storage, request.limits());
    Optional<DiskEncryption> encryption = Encryption.open(storage, head, request.options());
    try {
      Qcow2Resize resize = new Qcow2Resize(storage, head, request.limits(), encryption, wanted);
      resize.refuseWhatIsNotKnown();
      if (!head.header().hasDataFile()) {
        return resize.run(Optional.empty());
      }
      try (WritableStorage dataFile = request.outside().open(head.dataFile())) {
        return resize.run(Optional.of(dataFile));
      }
    } finally {
      encryption.ifPresent(held -> held.cipher().close());
    }
  }

  private Optional<IOException> run(Optional<WritableStorage> dataFile) throws IOException {
    Survey survey = survey();
    CheckReport report = survey.report();
    if (header.dirty() || header.corrupt() || report.corruptions() + report.checkErrors() > 0) {
      throw Fault.in("qcow2", head.name())
          .corrupt("the image is damaged; repair it before it is resized");
    }
    if (size == header.size()) {
      return Optional.empty();
    }
    ImageChange change = new ImageChange(storage, head, survey.counts(), survey.refcountClusters());
    if (dataFile.isEmpty()) {
      Undo.ifFails(() -> change(change, storage), change::undo);
      return Undo.orLeak(() -> giveBack(change));
    }
    DataFileResize data = new DataFileResize(dataFile.get());
    Undo.ifFails(
        () -> {
          data.grow(header.size(), size);
          change(change, dataFile.get());
        },
        () -> {
          change.undo();
          data.undo();
        });
    return Undo.orLeak(() -> {
      data.cut(size);
      giveBack(change);
    });
  }

  private void giveBack(ImageChange change) throws IOException {
    if (!change.isRebuilt()) {
      return;
    }
    change.release();
    if (size < header.size()) {
      Shortening.run(change, limits);
    }
  }

  private Survey survey() throws IOException {
    try (LenientReader reader = new LenientReader(storage)) {
      return Checker.survey(
          storage, head, RepairedSnapshots.none(reader, head), Checker.Purpose.REPAIR_LEAKS);
    }
  }

  private void refuseWhatIsNotKnown() throws IOException {
    if (head.l1EntriesFor(size) * Long.BYTES > ImageHead.MAX_L1_BYTES) {
      throw new IllegalOptionException("Failed to grow the L1 table: File too large");
    }
    String what = null;
    if (header.nbSnapshots() > 0 && header.hasDataFile()) {
      what = "an image with snapshots and an external data file";
    } else if (header.nbSnapshots() > 0 && header.version() < 3) {
      what = "a version 2 image with snapshots";
    }
    if (what != null) {
      throw Fault.in("qcow2", head.name())
          .unsupported("resizing " + what + " in place is not supported");
    }
  }

  /**
   * @param guest what holds the guest's clusters: the image itself or its data file
   */
  private void change(ImageChange change, WritableStorage guest) throws IOException {
    ActiveTables tables = new ActiveTables(change);
    // What another program left behind the end of the disk must not come back, either.
    long end = header.clustersFor(Math.min(size, header.size()));
    tables.giveUpFrom(end);
    int entries = (int) head.l1EntriesFor(size);
    if (entries > tables.entries() || size < header.size()) {
      tables.setEntries(entries);
    }
    if (size > header.size()) {
      new Qcow2Growth(change, tables, guest, encryption, wanted).run(size);
    }
    HeaderUpdate update = new HeaderUpdate(storage).size(size);
    boolean bitmaps = new BitmapResize(change, update).run(size);
    tables.flush();
    if (guest != storage) {
      guest.sync();
    }
    if (!tables.isChanged() && !bitmaps) {
      change.commitHeader(update);
      return;
    }
    if (tables.isChanged()) {
      long l1 = tables.takeL1();
      change.write(l1, tables.bytes());
      update.l1Table(l1, tables.entries());
    }
    change.planRefcounts();
    change.commit(update);
  }
}
