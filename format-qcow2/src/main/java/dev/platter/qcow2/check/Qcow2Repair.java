package dev.platter.qcow2.check;

import dev.platter.image.CheckReport;
import dev.platter.image.Limits;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.qcow2.format.HeaderUpdate;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.L1Table;
import dev.platter.qcow2.format.LenientReader;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.SnapshotTable;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the refcounts of an image what the references to its clusters are, and the flags in its
 * tables what the refcounts are. No guest byte that can be read changes: what is written in place
 * is written where nothing else lives, all else goes to clusters that nothing refers to. Everything
 * is counted and planned first, so an image that cannot be repaired is refused as it was. Pointers
 * that cannot be are left as they are.
 */
public final class Qcow2Repair {
  private static final int SETS_AT_ONCE = 1 << 20;

  private final WritableStorage storage;
  private final Limits limits;
  private final ImageHead head;
  private final List<String> messages = new ArrayList<>();

  private Qcow2Repair(WritableStorage storage, Limits limits) throws IOException {
    this.storage = storage;
    this.limits = limits;
    this.head = ImageHead.read(storage, limits);
  }

  public static RepairReport run(WritableStorage storage, Limits limits, Repair extent)
      throws IOException {
    Qcow2Repair repair = new Qcow2Repair(storage, limits);
    CheckReport found = extent == Repair.ALL ? repair.repairAll() : repair.repairLeaks();
    ImageHead head = ImageHead.read(storage, limits);
    CheckReport after = Checker.check(storage, head);
    settleHeader(storage, head.header(), after);
    List<String> messages = new ArrayList<>(found.messages());
    messages.addAll(repair.messages);
    return RepairReport.between(found.withMessages(messages), after);
  }

  /** Takes marks away that are not true any more, and flags of features that are not known. */
  private static void settleHeader(WritableStorage storage, Qcow2Header header, CheckReport after)
      throws IOException {
    boolean sound = after.corruptions() + after.checkErrors() == 0;
    boolean marked = header.dirty() || header.corrupt();
    boolean unknown = (header.autoclearFeatures() & ~Qcow2Header.AUTOCLEAR_KNOWN) != 0;
    if (unknown || marked && sound) {
      long marks = Qcow2Header.INCOMPATIBLE_DIRTY | Qcow2Header.INCOMPATIBLE_CORRUPT;
      new HeaderUpdate(storage).withoutIncompatible(sound ? marks : 0).write();
    }
  }

  /** Lowers what is too high, and lets flags follow where nothing else is wrong. */
  private CheckReport repairLeaks() throws IOException {
    Survey found = survey(Checker.Purpose.REPAIR_LEAKS);
    refuseWhatCannotBe(found);
    if (found.findings().refcountsUntrusted()) {
      throw head.corrupt(
          "leaks cannot be told from what is in use, as refcounts are damaged; repair all of it: "
              + found.report().messages().getFirst());
    }
    boolean onlyFlags = found.findings().onlyFlags();
    if (found.report().leaks() > 0 && onlyFlags) {
      lowerWithFlags(found, snapshots());
    } else if (found.report().leaks() > 0) {
      lowerRefcounts(false);
    } else if (onlyFlags && found.report().corruptions() > 0) {
      tables(snapshots().table(), found).run();
    }
    return found.report();
  }

  /**
   * Lowers refcounts where they are, if no flag changes with them, as where they become zero; else
   * refcounts and flags are written anew and count at once, so that whenever this breaks off the
   * flags are those of the refcounts.
   */
  private void lowerWithFlags(Survey found, RepairedSnapshots snapshots) throws IOException {
    if (tables(snapshots.table(), found).anyFlagWrong()) {
      messages.add("Rebuilding refcount structure");
      new TableMove(storage, head, found, snapshots).run();
    } else {
      lowerRefcounts(true);
    }
  }

  /** The tables of an image whose refcounts are not made anew. */
  private TableRepair tables(SnapshotTable snapshots, Survey found) throws IOException {
    L2Repair entries = new L2Repair(head.header(), found.counts(), storage.size());
    return new TableRepair(storage, head, snapshots, found.counts(), entries);
  }

  private CheckReport repairAll() throws IOException {
    RepairedSnapshots snapshots;
    try (LenientReader reader = new LenientReader(storage)) {
      snapshots = RepairedSnapshots.read(reader, head);
    }
    Survey found = Checker.survey(storage, head, snapshots, Checker.Purpose.REPAIR_ALL);
    refuseWhatCannotBe(found);
    CheckReport report = found.report();
    if (report.corruptions() + report.checkErrors() == 0) {
      if (report.leaks() > 0) {
        lowerWithFlags(found, snapshots);
      }
      return report;
    }
    boolean moves =
        found.findings().refcountsTooLow()
            || snapshots.replacement().isPresent()
            || TableUses.of(storage, head, snapshots.table(), found.counts()).anyActiveShared()
            || report.leaks() > 0 && tables(snapshots.table(), found).anyFlagWrong();
    if (moves) {
      messages.add("Rebuilding refcount structure");
      new TableMove(storage, head, found, snapshots).run();
      ImageHead now = ImageHead.read(storage, limits);
      L2Repair entries = new L2Repair(now.header(), found.counts());
      new TableRepair(storage, now, snapshots.table(), found.counts(), entries).run();
    } else {
      tables(snapshots.table(), found).run();
      lowerRefcounts(true);
    }
    return report;
  }

  private Survey survey(Checker.Purpose purpose) throws IOException {
    return Checker.survey(storage, head, snapshots(), purpose);
  }

  private RepairedSnapshots snapshots() throws IOException {
    try (LenientReader reader = new LenientReader(storage)) {
      return RepairedSnapshots.none(reader, head);
    }
  }

  private void refuseWhatCannotBe(Survey found) throws IOException {
    Qcow2Header header = head.header();
    // Without it all that the disk holds would look like leaks.
    L1Table.read(storage, head, "active L1 table", header.l1TableOffset(), header.l1Size());
    if (found.headerShared()) {
      throw head.corrupt("an entry points into the header, which therefore cannot be changed");
    }
    if (found.overflown()) {
      throw head.corrupt(
          "a cluster is referred to more often than refcounts of "
              + head.header().refcountBits()
              + " bits can tell");
    }
  }

  /**
   * @param toOne whether a refcount may become one, which the flag of what refers to the cluster
   *     must tell; else such clusters are left leaked
   */
  private void lowerRefcounts(boolean toOne) throws IOException {
    StoredRefcounts refcounts = StoredRefcounts.read(storage, head);
    long[] sets = new long[1];
    Checker.compare(
        storage,
        head,
        (cluster, refcount, references) -> {
          if (refcount > references && (toOne || references != 1)) {
            tell("Repairing cluster " + cluster + " refcount=" + refcount, references);
            refcounts.lower(cluster, references);
            if (++sets[0] % SETS_AT_ONCE == 0) {
              refcounts.flush();
            }
          }
        });
    refcounts.flush();
  }

  private void tell(String what, long references) {
    if (messages.size() < CheckReport.MAX_MESSAGES) {
      messages.add(what + " reference=" + references);
    }
  }
}
