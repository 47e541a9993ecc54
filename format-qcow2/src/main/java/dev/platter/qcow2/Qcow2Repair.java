package dev.platter.qcow2;

import dev.platter.image.CheckReport;
import dev.platter.image.Limits;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the refcounts of an image what the references to its clusters are, and the flags in its
 * tables what the refcounts are. Pointers that cannot be are left as they are.
 */
final class Qcow2Repair {
  private static final int SETS_AT_ONCE = 1 << 20;

  private final WritableStorage storage;
  private final ImageHead head;
  private final Qcow2Header header;
  private final boolean all;
  private final List<String> messages = new ArrayList<>();
  private final StoredRefcounts refcounts;
  private long sets;

  private Qcow2Repair(WritableStorage storage, ImageHead head, boolean all, long firstFree)
      throws IOException {
    this.storage = storage;
    this.head = head;
    this.header = head.header();
    this.all = all;
    this.refcounts = StoredRefcounts.read(storage, head, firstFree);
  }

  static RepairReport run(WritableStorage storage, Limits limits, Repair extent)
      throws IOException {
    ImageHead head = ImageHead.read(storage, limits);
    boolean all = extent == Repair.ALL;
    CheckReport found = Checker.check(storage, head);
    List<String> messages = new ArrayList<>(found.messages());
    if (found.corruptions() + found.leaks() > 0) {
      long end = Math.max(storage.size(), found.imageEndOffset());
      Qcow2Repair repair = new Qcow2Repair(storage, head, all, head.header().clustersFor(end));
      repair.setRefcounts();
      if (all) {
        repair.setFlags();
      }
      messages.addAll(repair.messages);
    }
    CheckReport after = Checker.check(storage, ImageHead.read(storage, limits));
    long flags = Qcow2Header.INCOMPATIBLE_DIRTY | Qcow2Header.INCOMPATIBLE_CORRUPT;
    boolean isFlagged = head.header().dirty() || head.header().corrupt();
    if (all && isFlagged && after.corruptions() + after.checkErrors() == 0) {
      new HeaderUpdate(storage).withoutIncompatible(flags).write();
    }
    return new RepairReport(
        withMessages(found, messages),
        Math.max(0, found.leaks() - after.leaks()),
        Math.max(0, found.corruptions() - after.corruptions()),
        after);
  }

  private static CheckReport withMessages(CheckReport report, List<String> messages) {
    return new CheckReport(
        report.imageEndOffset(),
        report.totalClusters(),
        report.allocatedClusters(),
        report.fragmentedClusters(),
        report.compressedClusters(),
        report.corruptions(),
        report.leaks(),
        report.checkErrors(),
        messages);
  }

  /** Counts that are too low are raised and on the medium before others are lowered. */
  private void setRefcounts() throws IOException {
    if (all) {
      Checker.compare(
          storage,
          head,
          (cluster, refcount, references) -> {
            if (refcount < references) {
              set(cluster, refcount, references);
            }
          });
      flush();
    }
    Checker.compare(
        storage,
        ImageHead.read(storage, Limits.DEFAULT),
        (cluster, refcount, references) -> {
          if (refcount > references) {
            set(cluster, refcount, references);
          }
        });
    flush();
  }

  private void set(long cluster, long refcount, long references) throws IOException {
    if (messages.size() < CheckReport.MAX_MESSAGES) {
      messages.add(
          "Repairing cluster " + cluster + " refcount=" + refcount + " reference=" + references);
    }
    refcounts.set(cluster, references);
    if (++sets % SETS_AT_ONCE == 0) {
      refcounts.flush();
    }
  }

  private void flush() throws IOException {
    refcounts.flush();
    if (refcounts.tableOffset() != header.refcountTableOffset()) {
      new HeaderUpdate(storage)
          .refcountTable(refcounts.tableOffset(), refcounts.tableClusters())
          .write();
    }
  }

  /** The flags of the active tables say where a refcount is exactly one. */
  private void setFlags() throws IOException {
    MemorySegment l1 = MemorySegment.ofArray(new byte[header.l1Size() * Long.BYTES]);
    storage.readFully(header.l1TableOffset(), l1);
    for (long i = 0; i < header.l1Size(); i++) {
      long entry = l1.get(Qcow2Header.LONG, i * Long.BYTES);
      long table = entry & Entries.OFFSET_MASK;
      if (table == 0 || table % header.clusterSize() != 0) {
        continue;
      }
      setTableFlags(table);
      long flagged = flagged(entry, refcounts.at(table >>> header.clusterBits()));
      if (flagged != entry) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Long.BYTES]);
        bytes.set(Qcow2Header.LONG, 0, flagged);
        storage.write(header.l1TableOffset() + i * Long.BYTES, bytes);
      }
    }
    storage.sync();
  }

  private void setTableFlags(long table) throws IOException {
    MemorySegment entries = MemorySegment.ofArray(new byte[header.clusterSize()]);
    if (storage.read(table, entries) < entries.byteSize()) {
      return;
    }
    boolean changed = false;
    for (long at = 0; at < entries.byteSize(); at += header.l2EntrySize()) {
      long entry = entries.get(Qcow2Header.LONG, at);
      if ((entry & Entries.COMPRESSED) == 0 && Entries.hasHost(header, entry)) {
        long cluster = (entry & Entries.OFFSET_MASK) >>> header.clusterBits();
        long flagged = flagged(entry, header.hasDataFile() ? 1 : refcounts.at(cluster));
        changed |= flagged != entry;
        entries.set(Qcow2Header.LONG, at, flagged);
      }
    }
    if (changed) {
      storage.write(table, entries);
    }
  }

  private static long flagged(long entry, long refcount) {
    return refcount == 1 ? entry | Entries.COPIED : entry & ~Entries.COPIED;
  }
}
