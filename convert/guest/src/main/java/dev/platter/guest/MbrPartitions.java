package dev.platter.guest;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The partitions that an MBR lists, with those in its extended partition. */
final class MbrPartitions {
  private static final int FIRST_LOGICAL = 5;
  private static final int ACTIVE = 0x80;

  private final Source disk;
  private final int sectorSize;
  private final int most;
  private final List<Partition> partitions = new ArrayList<>();
  private final List<String> problems;

  private MbrPartitions(Source disk, int sectorSize, int most, List<String> problems) {
    this.disk = disk;
    this.sectorSize = sectorSize;
    this.most = most;
    this.problems = problems;
  }

  /**
   * @param problems takes what is wrong
   */
  static List<Partition> of(
      Source disk, MasterBootRecord mbr, int sectorSize, int most, List<String> problems)
      throws IOException {
    MbrPartitions all = new MbrPartitions(disk, sectorSize, most, problems);
    for (int i = 0; i < mbr.entries().size(); i++) {
      MbrEntry entry = mbr.entries().get(i);
      if (entry.isUsed() && entry.type() != MbrEntry.PROTECTIVE) {
        all.add(i + 1, entry.firstSector(), entry, List.of());
        if (entry.isExtended()) {
          all.addLogical(entry.firstSector());
        }
      }
    }
    all.partitions.sort((a, b) -> Integer.compare(a.number(), b.number()));
    return all.partitions;
  }

  /** A chain of records: each has one partition, relative to itself, and the way to the next. */
  private void addLogical(long extended) throws IOException {
    Set<Long> seen = new HashSet<>();
    int number = FIRST_LOGICAL;
    for (long at = extended; seen.add(at); ) {
      if (partitions.size() >= most) {
        problems.add("more than " + most + " partitions: the others are left out");
        return;
      }
      Bytes sector = disk.readUpTo(at * sectorSize, 512);
      if (sector.length() < 512 || sector.u16(510) != 0xAA55) {
        problems.add("no extended boot record at sector " + at);
        return;
      }
      long next = -1;
      for (int i = 0; i < MbrEntry.COUNT; i++) {
        MbrEntry entry = MbrEntry.parse(sector, i);
        if (entry.isUsed() && entry.isExtended()) {
          next = next < 0 ? extended + entry.firstSector() : next;
        } else if (entry.isUsed() && i < 2) {
          add(number++, at + entry.firstSector(), entry, List.of("logical"));
        }
      }
      if (next < 0) {
        return;
      }
      at = next;
    }
    problems.add("the extended boot records form a loop");
  }

  private void add(int number, long firstSector, MbrEntry entry, List<String> more) {
    List<String> flags = new ArrayList<>();
    if (entry.boot() == ACTIVE) {
      flags.add(Partition.ACTIVE);
    }
    flags.addAll(more);
    partitions.add(
        new Partition(
            number,
            firstSector * sectorSize,
            entry.sectors() * sectorSize,
            PartitionTypes.mbrType(entry.type()),
            PartitionTypes.mbrName(entry.type()),
            "",
            "",
            flags));
  }
}
