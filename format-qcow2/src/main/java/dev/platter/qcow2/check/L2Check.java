package dev.platter.qcow2.check;

import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.LenientReader;
import dev.platter.qcow2.format.Qcow2Header;
import java.io.IOException;

/**
 * Checks the entries of one L2 table after the other: counts what they refer to, and judges what
 * they say. The messages are those of qemu-img check.
 */
final class L2Check {
  private final Qcow2Header header;
  private final LenientReader reader;
  private final TablesAhead tables;
  private final Findings findings;
  private final ReferenceCounter counter;
  private final Checker.Purpose purpose;
  private final int clusterSize;

  private long weight;
  private boolean active;
  private long nextContiguous;

  private boolean unflagged;

  /** Clusters of the file that follow each other are counted together: where they begin and end. */
  private long runStart;

  private long runEnd;

  /** Counts clusters that follow each other as one. */
  private final TableRuns.Visitor standard =
      new TableRuns.Visitor() {
        @Override
        public void run(long host, long bytes) throws IOException {
          countPlain(host, bytes);
        }

        @Override
        public void entry(long index, long entry) throws IOException {
          checkEntry(index, entry, 0);
        }
      };

  L2Check(
      Qcow2Header header,
      LenientReader reader,
      TablesAhead tables,
      Findings findings,
      ReferenceCounter counter,
      Checker.Purpose purpose) {
    this.header = header;
    this.reader = reader;
    this.tables = tables;
    this.findings = findings;
    this.counter = counter;
    this.purpose = purpose;
    this.clusterSize = header.clusterSize();
  }

  /**
   * Checks a table.
   *
   * @param weight how often L1 tables refer to it
   * @param active whether it belongs to the active disk, whose clusters are told in the report
   */
  void check(long tableOffset, long weight, boolean active) throws IOException {
    this.weight = weight;
    this.active = active;
    this.nextContiguous = 0;
    if (header.extendedL2() || header.hasDataFile()) {
      L2Words.forEach(reader, header, tableOffset, this::checkEntry);
    } else {
      tables.at(tableOffset).forEach(standard);
    }
    countRun();
  }

  /** Whether an entry of the active disk does not say that its cluster is its own. */
  boolean sawUnflagged() {
    return unflagged;
  }

  private void count(long host, long bytes) throws IOException {
    if (runEnd == runStart || host != runEnd) {
      countRun();
      runStart = host;
      runEnd = host;
    }
    runEnd += bytes;
  }

  private void countRun() throws IOException {
    counter.add(runStart, runEnd - runStart, weight);
    runStart = 0;
    runEnd = 0;
  }

  /** Tells of damage, behind what counting has to tell. */
  private void corruption(String message) throws IOException {
    countRun();
    findings.corruption(weight, message);
  }

  private void countPlain(long host, long bytes) throws IOException {
    if (active) {
      boolean fragmented = nextContiguous != 0 && host != nextContiguous;
      findings.clusters(weight * (bytes >>> header.clusterBits()), fragmented ? weight : 0, 0);
      nextContiguous = host + bytes;
    }
    count(host, bytes);
  }

  private void checkEntry(long index, long entry, long bitmap) throws IOException {
    if ((entry & Entries.COMPRESSED) != 0) {
      checkCompressed(index, entry, bitmap);
      return;
    }
    if ((entry & Entries.L2_RESERVED_MASK) != 0) {
      corruption("ERROR found l2 entry with reserved bits set: " + hex(entry));
    }
    if (Entries.hasHost(header, entry)) {
      unflagged |= active && (entry & Entries.COPIED) == 0;
      boolean holdsData = header.extendedL2() ? (int) bitmap != 0 : (entry & Entries.ZERO) == 0;
      checkStandard(entry & Entries.OFFSET_MASK, bitmap, holdsData);
    } else if ((int) bitmap != 0) {
      corruption("ERROR: Unallocated cluster has non-zero subcluster allocation map");
    }
  }

  private void checkCompressed(long index, long entry, long bitmap) throws IOException {
    long offset = Entries.compressedOffset(entry, header.clusterBits());
    if ((entry & Entries.COPIED) != 0) {
      corruption(
          "ERROR: coffset=0x"
              + hex(offset)
              + ": copied flag must never be set for compressed clusters");
    }
    if (header.hasDataFile()) {
      corruption("ERROR compressed cluster " + index + " with data file, entry=0x" + hex(entry));
      return;
    }
    if (bitmap != 0) {
      corruption(
          "ERROR compressed cluster "
              + index
              + " with non-zero subcluster allocation bitmap, entry=0x"
              + hex(entry));
      if (purpose == Checker.Purpose.REPORT) {
        // So does qemu-img; but the cluster can be read, and a repair must not give it away.
        return;
      }
    }
    countRun();
    counter.add(offset, Entries.compressedLength(entry, header.clusterBits()), weight);
    if (active) {
      // Compressed clusters are fragmented by nature.
      findings.clusters(weight, weight, weight);
    }
  }

  private void checkStandard(long host, long bitmap, boolean holdsData) throws IOException {
    if ((bitmap >>> Entries.SUBCLUSTERS & bitmap) != 0) {
      corruption(
          "ERROR offset="
              + hex(host)
              + ": Allocated cluster has corrupted subcluster allocation bitmap");
    }
    if ((host & clusterSize - 1) != 0) {
      corruption(
          "ERROR offset="
              + hex(host)
              + ": "
              + (holdsData ? "Data" : "Preallocated")
              + " cluster is not properly aligned; L2 entry corrupted.");
      if (!holdsData && purpose == Checker.Purpose.REPAIR_ALL) {
        // It will be an entry that names no cluster.
        return;
      }
    }
    if (active) {
      boolean fragmented = nextContiguous != 0 && host != nextContiguous;
      findings.clusters(weight, fragmented ? weight : 0, 0);
      nextContiguous = host + clusterSize;
    }
    if (header.hasDataFile()) {
      return;
    }
    if ((host & clusterSize - 1) == 0 && host <= reader.fileSize() - clusterSize) {
      count(host, clusterSize);
    } else {
      countRun();
      counter.add(host, clusterSize, weight);
    }
  }

  private static String hex(long value) {
    return Long.toHexString(value);
  }
}
