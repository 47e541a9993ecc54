package dev.platter.qcow2.check;

import dev.platter.image.CheckReport;
import dev.platter.image.Fault;
import dev.platter.qcow2.format.BitmapDirectory;
import dev.platter.qcow2.format.BitmapEntry;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.HeaderExtension;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.LenientReader;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.SnapshotTable;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Checks an image as qemu-img check does: counts every reference to every host cluster anew and
 * compares the counts with the stored refcounts. Tables that an image names many times are read
 * once, so that the time is bounded by the file's size whatever the image says.
 */
public final class Checker {
  /** After a difference, so many clusters are compared one by one before more are taken at once. */
  private static final int ONE_BY_ONE = 64;

  /** 128 TiB of clusters of 64 KiB; holes do not count. */
  private static final long MAX_COMPARED = 1L << 31;

  /** What bitmap tables may claim beyond the file's size before the check gives up. */
  private static final long MAX_CLAIMED_BEYOND_FILE = 1L << 30;

  private final ImageHead head;
  private final Qcow2Header header;
  private final LenientReader reader;
  private final Storage storage;
  private final Findings findings = new Findings();
  private final Refcounts refcounts;
  private final ReferenceCounts counts;
  private final ReferenceCounter counter;
  private final TablesAhead tables;
  private final L2Check l2Check;
  private final Purpose purpose;
  private final List<Stretch> unshared;
  private final int clusterSize;
  private final int clusterBits;
  private long emptyL1Entries;
  private long lowestBeyond;
  private boolean sawShared;
  private boolean sawUnflagged;
  private Mismatch mismatch = (cluster, refcount, references) -> {};

  /** What is counted for: the report is qemu-img's, a repair must know what it may write to. */
  public enum Purpose {
    REPORT,
    /** Whatever can be read is in use, whether its pointer is as it should be or not. */
    REPAIR_LEAKS,
    /** The same, and what {@link L2Repair} takes away is not counted any more. */
    REPAIR_ALL
  }

  /** Clusters that are written in place, and that nothing else may therefore share. */
  private record Stretch(String what, long firstCluster, long lastCluster) {}

  private Checker(
      Storage storage, ImageHead head, LenientReader reader, Arena arena, Purpose purpose)
      throws IOException {
    this.purpose = purpose;
    this.head = head;
    this.header = head.header();
    this.storage = storage;
    this.reader = reader;
    this.clusterSize = header.clusterSize();
    this.clusterBits = header.clusterBits();
    this.refcounts = new Refcounts(head, reader, arena);
    this.counts = new ReferenceCounts(head);
    this.counter =
        new ReferenceCounter(findings, counts, reader.fileSize(), clusterBits, refcounts.max());
    this.tables = new TablesAhead(storage, header, reader);
    this.l2Check = new L2Check(header, reader, tables, findings, counter, purpose);
    this.unshared =
        List.of(
            stretch("header", 0, clusterSize),
            stretch("active L1 table", header.l1TableOffset(), l1Bytes()),
            stretch("refcount table", header.refcountTableOffset(), refcountTableBytes()));
  }

  private Stretch stretch(String what, long offset, long bytes) {
    return new Stretch(
        what, offset >>> clusterBits, (offset >>> clusterBits) + header.clustersFor(bytes) - 1);
  }

  private long l1Bytes() {
    return (long) header.l1Size() * Long.BYTES;
  }

  private long refcountTableBytes() {
    return (long) header.refcountTableClusters() << clusterBits;
  }

  public static CheckReport check(Storage storage, ImageHead head) throws IOException {
    try (Arena arena = Arena.ofConfined();
        LenientReader reader = new LenientReader(storage)) {
      return new Checker(storage, head, reader, arena, Purpose.REPORT)
          .check(SnapshotTable.readLenient(reader, head));
    }
  }

  /** Counts for a repair; {@code snapshots} is what its snapshot table is or will be. */
  public static Survey survey(
      Storage storage, ImageHead head, RepairedSnapshots snapshots, Purpose purpose)
      throws IOException {
    try (Arena arena = Arena.ofConfined();
        LenientReader reader = new LenientReader(storage)) {
      Checker checker = new Checker(storage, head, reader, arena, purpose);
      for (String fault : snapshots.faults()) {
        checker.findings.corruption(1, fault);
      }
      CheckReport report = checker.check(snapshots.table());
      return new Survey(
          report,
          checker.findings,
          checker.counts,
          checker.lowestBeyond,
          checker.counter.overflown(),
          checker.counts.at(0) > 1 + checker.emptyL1Entries,
          checker.refcountClusters());
    }
  }

  /** Is told where a stored refcount is not what the references are. */
  @FunctionalInterface
  interface Mismatch {
    void at(long cluster, long refcount, long references) throws IOException;
  }

  /** Goes through all clusters whose refcount is wrong. */
  static void compare(Storage storage, ImageHead head, Mismatch mismatch) throws IOException {
    try (Arena arena = Arena.ofConfined();
        LenientReader reader = new LenientReader(storage)) {
      Checker checker = new Checker(storage, head, reader, arena, Purpose.REPAIR_LEAKS);
      checker.mismatch = mismatch;
      checker.check(SnapshotTable.readLenient(reader, head));
    }
  }

  private CheckReport check(SnapshotTable snapshots) throws IOException {
    for (int i = 0; i < snapshots.entries().size(); i++) {
      if (!snapshots.entries().get(i).complete(header.version())) {
        findings.corruption(1, "ERROR snapshot table entry " + i + " is incomplete");
      }
    }
    counter.add(0, clusterSize, 1);
    countActive();
    countSnapshots(snapshots);
    countEncryption();
    countBitmaps();
    lowestBeyond = counter.lowestBeyond();
    countRefcountTable();
    countRefcountBlocks();
    long last = compare();
    checkCopiedFlags();
    return findings.report((last + 1) << clusterBits, header.clustersFor(header.size()));
  }

  private void countActive() throws IOException {
    long bytes = l1Bytes();
    counter.add(header.l1TableOffset(), bytes, 1);
    TableWeights weights = new TableWeights(head);
    reader.forEachWord(header.l1TableOffset(), bytes, (_, entry) -> weights.add(tableOf(entry), 1));
    tables.expectActive(head);
    try {
      // Each table once, in the order of the disk, which decides what is fragmented.
      reader.forEachWord(
          header.l1TableOffset(),
          bytes,
          (_, entry) -> {
            sawUnflagged |= (entry & Entries.COPIED) == 0;
            long weight = checkL1Entry(entry, weights.take(tableOf(entry)), 1);
            if (weight > 0) {
              l2Check.check(entry & Entries.OFFSET_MASK, weight, true);
            }
          });
    } finally {
      tables.close();
    }
  }

  private void countSnapshots(SnapshotTable snapshots) throws IOException {
    TableWeights weights = new TableWeights(head);
    for (SnapshotL1 l1 : SnapshotL1.distinct(snapshots, head, reader.fileSize(), findings)) {
      counter.add(l1.offset(), l1.bytes(), l1.times());
      reader.forEachWord(
          l1.offset(),
          l1.bytes(),
          (_, entry) -> {
            weights.add(tableOf(entry), l1.times());
            checkL1Entry(entry, 0, l1.times());
          });
    }
    weights.forEach((table, weight) -> {
      if (table != tableOf(0) || purpose == Purpose.REPORT) {
        l2Check.check(table & Entries.OFFSET_MASK, weight, false);
      }
    });
    counter.add(header.snapshotsOffset(), snapshots.length(), 1);
  }

  /** An L1 entry names a table even at offset 0, if it says anything; 1 stands for that offset. */
  private static long tableOf(long entry) {
    long offset = entry & Entries.OFFSET_MASK;
    return offset == 0 ? 1 : offset;
  }

  /** Judges an L1 entry and counts its table; answers {@code weight}. */
  private long checkL1Entry(long entry, long weight, long times) throws IOException {
    if ((entry & Entries.L1_RESERVED_MASK) != 0) {
      findings.corruption(times, "ERROR found L1 entry with reserved bits set: " + text(entry));
    }
    long table = entry & Entries.OFFSET_MASK;
    if (table == 0) {
      if (purpose == Purpose.REPAIR_ALL) {
        findings.corruption(times, "ERROR found L1 entry without a table: " + text(entry));
        return 0;
      }
      emptyL1Entries += times;
    }
    counter.add(table, clusterSize, times);
    if (table == 0 && purpose != Purpose.REPORT) {
      return 0;
    }
    if ((table & clusterSize - 1) != 0) {
      findings.corruption(
          times,
          "ERROR l2_offset=" + text(table) + ": Table is not cluster aligned; L1 entry corrupted");
    }
    return weight;
  }

  private void countEncryption() throws IOException {
    Optional<MemorySegment> pointer =
        head.extension(HeaderExtension.CRYPTO_HEADER)
            .map(HeaderExtension::data)
            .filter(data -> data.byteSize() == 16);
    if (header.cryptMethod() == Qcow2Header.CRYPT_LUKS && pointer.isPresent()) {
      long length = pointer.get().get(Qcow2Header.LONG, 8);
      counter.add(pointer.get().get(Qcow2Header.LONG, 0), length, 1);
    }
  }

  private void countBitmaps() throws IOException {
    Optional<BitmapDirectory> directory = BitmapDirectory.read(storage, head);
    if (directory.isEmpty()) {
      return;
    }
    counter.add(directory.get().offset(), directory.get().length(), 1);
    long claimed = 0;
    for (BitmapEntry bitmap : directory.get().entries()) {
      long bytes = Integer.toUnsignedLong(bitmap.tableSize()) * Long.BYTES;
      counter.add(bitmap.tableOffset(), bytes, 1);
      claimed += bytes;
      if (claimed > reader.fileSize() + MAX_CLAIMED_BEYOND_FILE) {
        throw head.corrupt(
            "the bitmap tables have more than "
                + claimed
                + " bytes, the file has "
                + reader.fileSize());
      }
      reader.forEachWord(
          bitmap.tableOffset(), bytes, (_, entry) -> countBitmapCluster(bitmap.name(), entry));
    }
  }

  private void countBitmapCluster(String name, long entry) throws IOException {
    long offset = entry & Entries.OFFSET_MASK;
    boolean wrong =
        (entry & Entries.BITMAP_TABLE_RESERVED_MASK) != 0
            || (offset & clusterSize - 1) != 0
            || offset != 0 && (entry & Entries.BITMAP_ALL_ONES) != 0;
    if (wrong) {
      findings.corruption(
          1, "ERROR bitmap '" + name + "': bitmap table entry " + text(entry) + " is corrupted");
    } else if (offset != 0) {
      counter.add(offset, clusterSize, 1);
    }
  }

  private void countRefcountTable() throws IOException {
    counter.add(header.refcountTableOffset(), refcountTableBytes(), 1);
    long first = header.refcountTableOffset() >>> clusterBits;
    for (long cluster = first; cluster < first + header.refcountTableClusters(); cluster++) {
      if (counts.at(cluster) != 1) {
        findings.distrustRefcounts();
      }
    }
  }

  /** The clusters of the refcount table and its blocks, as often as they were counted. */
  private long[] refcountClusters() {
    LongStream.Builder clusters = LongStream.builder();
    long fileClusters = header.clustersFor(reader.fileSize());
    long first = header.refcountTableOffset() >>> clusterBits;
    if (first + header.refcountTableClusters() <= fileClusters) {
      for (long i = 0; i < header.refcountTableClusters(); i++) {
        clusters.add(first + i);
      }
    }
    for (int i = 0; i < refcounts.tableSize(); i++) {
      if (isBlock(refcounts.tableEntry(i))) {
        clusters.add(refcounts.tableEntry(i) >>> clusterBits);
      }
    }
    return clusters.build().sorted().toArray();
  }

  private boolean isBlock(long entry) {
    return entry != 0
        && (entry & (Entries.REFTABLE_RESERVED_MASK | clusterSize - 1)) == 0
        && entry >>> clusterBits < header.clustersFor(reader.fileSize());
  }

  private void countRefcountBlocks() throws IOException {
    long fileClusters = header.clustersFor(reader.fileSize());
    for (int i = 0; i < refcounts.tableSize(); i++) {
      long entry = refcounts.tableEntry(i);
      long offset = entry & Entries.REFBLOCK_OFFSET_MASK;
      if ((entry & Entries.REFTABLE_RESERVED_MASK) != 0) {
        findings.distrustRefcounts();
        findings.corruption(1, "ERROR refcount table entry " + i + " has reserved bits set");
      } else if ((offset & clusterSize - 1) != 0) {
        findings.distrustRefcounts();
        findings.corruption(
            1,
            "ERROR refcount block "
                + i
                + " is not cluster aligned; refcount table entry corrupted");
      } else if (offset >>> clusterBits >= fileClusters) {
        findings.refcountTooLow(1);
        findings.corruption(1, "ERROR refcount block " + i + " is outside image");
      } else if (offset != 0) {
        counter.add(offset, clusterSize, 1);
        long references = counts.at(offset >>> clusterBits);
        if (references != 1) {
          findings.distrustRefcounts();
          findings.corruption(1, "ERROR refcount block " + i + " refcount=" + references);
        }
      }
    }
  }

  /** Compares the counts with the stored refcounts; answers the last cluster in use. */
  private long compare() throws IOException {
    long end = Math.max(header.clustersFor(reader.fileSize()), counts.end());
    long last = 0;
    long compared = 0;
    long cluster = 0;
    while (cluster < end) {
      long blockIndex = cluster / refcounts.blockClusters();
      long blockEnd = Math.min(end, (blockIndex + 1) * refcounts.blockClusters());
      if (refcounts.isEmpty(blockIndex)) {
        cluster = counts.nextCounted(cluster, end);
        blockEnd = Math.min(blockEnd, cluster + ReferenceCounts.PAGE_CLUSTERS);
      }
      compared += Math.max(0, blockEnd - cluster);
      if (compared > MAX_COMPARED) {
        throw Fault.in("qcow2", head.name())
            .unsupported("checking more than " + MAX_COMPARED + " clusters");
      }
      long oneByOne = 0;
      while (cluster < blockEnd) {
        int same = cluster < oneByOne ? 0 : agreeing(cluster, blockEnd);
        if (same > 0) {
          byte[] references = counts.page(cluster);
          int from = (int) cluster & ReferenceCounts.PAGE_CLUSTERS - 1;
          int used = same;
          while (used > 0 && references[from + used - 1] == 0) {
            used--;
          }
          last = used > 0 ? cluster + used - 1 : last;
          cluster += same;
          continue;
        }
        if (cluster >= oneByOne) {
          oneByOne = cluster + ONE_BY_ONE;
        }
        if (compare(cluster)) {
          last = cluster;
        }
        cluster++;
      }
    }
    return last;
  }

  /** How many clusters from this one on are as they should be, as far as a glance tells. */
  private int agreeing(long cluster, long end) throws IOException {
    byte[] references = counts.page(cluster);
    int from = (int) cluster & ReferenceCounts.PAGE_CLUSTERS - 1;
    int count = (int) Math.min(end - cluster, ReferenceCounts.PAGE_CLUSTERS - from);
    return references == null ? 0 : refcounts.agreeing(cluster, references, from, count);
  }

  private boolean compare(long cluster) throws IOException {
    long refcount = refcounts.at(cluster);
    long references = counts.at(cluster);
    if (refcount == Refcounts.UNREADABLE) {
      findings.distrustRefcounts();
      findings.checkError("Can't get refcount for cluster " + cluster + ": Input/output error");
      return false;
    }
    if (refcount != references) {
      mismatch.at(cluster, refcount, references);
      String rest = " cluster " + cluster + " refcount=" + refcount + " reference=" + references;
      if (refcount > references) {
        findings.leak("Leaked" + rest);
      } else {
        findings.refcountTooLow(refcount);
        findings.corruption(1, "ERROR" + rest);
      }
    } else if (references > 1) {
      sawShared = true;
      judgeShared(cluster, references);
    }
    return refcount > 0 || references > 0;
  }

  /** A cluster that is written in place and shared is damage even if its refcount says so. */
  private void judgeShared(long cluster, long references) {
    for (Stretch stretch : unshared) {
      if (cluster >= stretch.firstCluster && cluster <= stretch.lastCluster) {
        findings.corruption(
            1, "ERROR cluster " + cluster + " of the " + stretch.what + " reference=" + references);
        return;
      }
    }
  }

  /** The flags of the active tables must say where a refcount is exactly one. */
  private void checkCopiedFlags() throws IOException {
    if (findings.none() && !sawShared && !sawUnflagged && !l2Check.sawUnflagged()) {
      return; // all refcounts are one, and all flags said so
    }
    long bytes = l1Bytes();
    TableWeights weights = new TableWeights(head);
    reader.forEachWord(header.l1TableOffset(), bytes, (_, entry) -> weights.add(tableOf(entry), 1));
    reader.forEachWord(
        header.l1TableOffset(),
        bytes,
        (index, entry) -> {
          long table = entry & Entries.OFFSET_MASK;
          long refcount = table == 0 ? Refcounts.UNREADABLE : refcounts.at(table >>> clusterBits);
          if (refcount == Refcounts.UNREADABLE) {
            return;
          }
          if ((refcount == 1) != ((entry & Entries.COPIED) != 0)) {
            findings.wrongFlag(
                1,
                "ERROR OFLAG_COPIED L2 cluster: l1_index="
                    + index
                    + " l1_entry="
                    + text(entry)
                    + " refcount="
                    + refcount);
          }
          long weight = weights.take(tableOf(entry));
          if (weight > 0) {
            L2Words.forEach(
                reader, header, table, (_, l2Entry, _) -> checkCopiedFlag(l2Entry, weight));
          }
        });
  }

  private void checkCopiedFlag(long entry, long weight) throws IOException {
    if ((entry & Entries.COMPRESSED) != 0 || !Entries.hasHost(header, entry)) {
      return;
    }
    long cluster = (entry & Entries.OFFSET_MASK) >>> clusterBits;
    // Where all refcounts are right, they are what was counted.
    long refcount =
        header.hasDataFile() ? 1 : findings.none() ? counts.at(cluster) : refcounts.at(cluster);
    if (refcount != Refcounts.UNREADABLE && (refcount == 1) != ((entry & Entries.COPIED) != 0)) {
      findings.wrongFlag(
          weight,
          "ERROR OFLAG_COPIED data cluster: l2_entry=" + text(entry) + " refcount=" + refcount);
    }
  }

  private static String text(long value) {
    return Long.toHexString(value);
  }
}
