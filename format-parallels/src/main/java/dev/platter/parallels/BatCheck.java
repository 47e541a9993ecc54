package dev.platter.parallels;

import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Sizes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks for what qemu-img check looks for: an image that was not closed, a data area that cannot be
 * where it is said to be, clusters outside of the file or used twice, space behind the last one;
 * and for clusters out of line with the others, and a damaged format extension.
 */
final class BatCheck {
  /**
   * Something found.
   *
   * @param leak it is lost space, and endangers nothing
   */
  private record Finding(boolean leak, String what) {}

  private final ParallelsHead head;
  private final ClusterUse use;
  private final List<Finding> findings = new ArrayList<>();
  private long corruptions;
  private long leaks;
  private long allocated;
  private long fragmented;

  /** Where the cluster of the file ends that is the last one in use, bytes. */
  private long end;

  /** Where the cluster before this one lies; 0: nowhere. */
  private long previous;

  BatCheck(ParallelsHead head) {
    this.head = head;
    this.use = new ClusterUse(head);
    this.end = head.dataOffset();
  }

  /** The clusters that the check found to be in use. */
  ClusterUse use() {
    return use;
  }

  /** How the findings are told, in the words of qemu-img: as errors. */
  private List<String> told() {
    return findings.stream().map(each -> "ERROR " + each.what()).toList();
  }

  /**
   * The same of what is put right.
   *
   * @param all whether that is everything, or lost space alone
   */
  List<String> toldAsRepaired(boolean all) {
    return findings.stream()
        .map(each -> (all || each.leak() ? "Repairing " : "ERROR ") + each.what())
        .toList();
  }

  /** How many clusters' worth of space it found lost. */
  long leaks() {
    return leaks;
  }

  CheckReport run() throws IOException {
    if (head.header().isInUse()) {
      fault("image was not closed correctly");
    }
    if (!head.hasSoundDataOffset()) {
      fault("data_off field has incorrect value");
    }
    lookAtExtension();
    BatTable table = new BatTable(head);
    long entries = head.header().batEntries();
    for (long cluster = 0; cluster < entries; ) {
      int entry = table.entryAt(cluster);
      if (entry == BatTable.FREE) {
        previous = 0;
        cluster = table.endOfFree(cluster, entries);
      } else {
        look(cluster, entry);
        cluster++;
      }
    }
    // QEMU knows the length of a file in whole sectors.
    long leaked = Sizes.roundUp(head.fileSize(), ParallelsHeader.SECTOR_SIZE) - end;
    if (leaked > 0) {
      add(new Finding(true, "space leaked at the end of the image " + leaked));
      leaks = Math.ceilDiv(leaked, head.clusterSize());
    }
    return new CheckReport(end, entries, allocated, fragmented, 0, corruptions, leaks, 0, told());
  }

  private void look(long cluster, int entry) throws IOException {
    long host = head.hostOffset(entry);
    allocated++;
    if (previous != 0 && previous + head.clusterSize() != host) {
      fragmented++;
    }
    previous = host;
    end = Math.max(end, host + head.clusterSize());
    switch (use.take(cluster, entry)) {
      case SOUND -> {}
      case OUTSIDE -> fault("cluster " + cluster + " is outside image");
      case MISPLACED ->
          fault("cluster " + cluster + " is at " + Faults.hex(host) + ", where no cluster begins");
      case SHARED -> fault("duplicate offset in BAT entry " + cluster);
    }
  }

  private void lookAtExtension() throws IOException {
    if (head.header().extensionSectors() == 0) {
      return;
    }
    try {
      FormatExtension extension = FormatExtension.read(head);
      if (!extension.hasRightChecksum(head)) {
        fault("format extension has a wrong checksum");
      }
      for (long offset : extension.clusters(head)) {
        boolean within = head.holds(offset, head.clusterSize());
        if (!within || use.take(offset) != ClusterUse.Verdict.SOUND) {
          fault("format extension has its cluster at " + Faults.hex(offset) + " wrong");
        }
        end = within ? Math.max(end, offset + head.clusterSize()) : end;
      }
    } catch (CorruptImageException e) {
      fault(e.getMessage());
    }
  }

  private void fault(String message) {
    corruptions++;
    add(new Finding(false, message));
  }

  private void add(Finding finding) {
    if (findings.size() < CheckReport.MAX_MESSAGES) {
      findings.add(finding);
    }
  }
}
