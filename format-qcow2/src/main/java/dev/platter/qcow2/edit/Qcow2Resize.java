package dev.platter.qcow2.edit;

import dev.platter.image.CheckReport;
import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.Sizes;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.image.support.Undo;
import dev.platter.qcow2.check.Checker;
import dev.platter.qcow2.check.RepairedSnapshots;
import dev.platter.qcow2.check.Survey;
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

  private Qcow2Resize(WritableStorage storage, Limits limits, ResizeRequest wanted)
      throws IOException {
    this.storage = storage;
    this.limits = limits;
    this.head = ImageHead.read(storage, limits);
    this.header = head.header();
    this.wanted = wanted;
    this.size = Sizes.roundUp(wanted.size(), Entries.SECTOR);
  }

  public static Optional<IOException> run(
      WritableStorage storage, Limits limits, ResizeRequest wanted) throws IOException {
    return new Qcow2Resize(storage, limits, wanted).run();
  }

  private Optional<IOException> run() throws IOException {
    if (head.l1EntriesFor(size) * Long.BYTES > ImageHead.MAX_L1_BYTES) {
      throw new IllegalOptionException("Failed to grow the L1 table: File too large");
    }
    refuseWhatIsNotKnown();
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
    Undo.ifFails(() -> change(change), change::undo);
    return change.isRebuilt() ? Undo.orLeak(() -> giveBack(change)) : Optional.empty();
  }

  private void giveBack(ImageChange change) throws IOException {
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
    String what = null;
    if (header.encrypted()) {
      what = "an encrypted disk";
    } else if (header.hasDataFile()) {
      what = "an image with an external data file";
    } else if (header.nbSnapshots() > 0 && header.version() < 3) {
      what = "a version 2 image with snapshots";
    }
    if (what != null) {
      throw Fault.in("qcow2", head.name())
          .unsupported("resizing " + what + " in place is not supported");
    }
  }

  private void change(ImageChange change) throws IOException {
    ActiveTables tables = new ActiveTables(change);
    // What another program left behind the end of the disk must not come back, either.
    long end = header.clustersFor(Math.min(size, header.size()));
    tables.giveUpFrom(end);
    int entries = (int) head.l1EntriesFor(size);
    if (entries > tables.entries() || size < header.size()) {
      tables.setEntries(entries);
    }
    if (size > header.size()) {
      new Qcow2Growth(change, tables, wanted).run(size);
    }
    HeaderUpdate update = new HeaderUpdate(storage).size(size);
    boolean bitmaps = new BitmapResize(change, update).run(size);
    tables.flush();
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
