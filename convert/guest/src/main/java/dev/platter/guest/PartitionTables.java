package dev.platter.guest;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/** Reads the partition table of a disk, and says what is wrong with it. */
final class PartitionTables {
  static final int[] SECTOR_SIZES = {512, 4096};

  private final Source disk;
  private final int most;
  private final List<String> problems = new ArrayList<>();

  private PartitionTables(Source disk, int most) {
    this.disk = disk;
    this.most = most;
  }

  /**
   * @param most how many partitions to list
   */
  static Optional<PartitionTable> read(Source disk, int most) throws IOException {
    return new PartitionTables(disk, most).read();
  }

  private Optional<PartitionTable> read() throws IOException {
    Optional<MasterBootRecord> mbr = MasterBootRecord.read(disk);
    for (int sectorSize : SECTOR_SIZES) {
      if (GptHeader.isAt(disk.readUpTo(sectorSize, GptHeader.LENGTH))) {
        Optional<PartitionTable> table = gpt(mbr, sectorSize, true);
        if (table.isPresent()) {
          return table;
        }
      }
    }
    // A primary header that is gone altogether: the protective MBR tells that there was one.
    for (int sectorSize : SECTOR_SIZES) {
      if (mbr.isPresent() && mbr.get().isProtective()) {
        Optional<PartitionTable> table = gpt(mbr, sectorSize, false);
        if (table.isPresent()) {
          return table;
        }
      }
    }
    if (mbr.isEmpty() || !mbr.get().isUsed() || !mbr.get().isPlausible()) {
      return Optional.empty();
    }
    if (mbr.get().isProtective()) {
      problems.add("the MBR protects a GPT, and none can be read");
    }
    return Optional.of(mbrTable(disk, mbr.get(), SECTOR_SIZES[0], most, problems));
  }

  /** The table of an MBR whose numbers are in units of {@code sectorSize}. */
  static PartitionTable mbrTable(
      Source disk, MasterBootRecord mbr, int sectorSize, int most, List<String> problems)
      throws IOException {
    List<Partition> partitions = MbrPartitions.of(disk, mbr, sectorSize, most, problems);
    for (Partition partition : partitions) {
      checkEnd(partition, disk.size(), problems);
    }
    return new PartitionTable(
        PartitionTable.Kind.MBR,
        sectorSize,
        mbr.id(),
        partitions,
        mbr.bootCode(),
        problems,
        mbr.fault());
  }

  private Optional<PartitionTable> gpt(
      Optional<MasterBootRecord> mbr, int sectorSize, boolean hasPrimary) throws IOException {
    GptHeader primary = null;
    Bytes entries = null;
    List<String> found = new ArrayList<>();
    try {
      primary = header(1, sectorSize);
      entries = entries(disk, primary, sectorSize);
    } catch (ImageException e) {
      found.add("primary GPT: " + reason(e));
    }
    long last = disk.size() / sectorSize - 1;
    long backupAt = entries != null && primary.backup() > 1 ? primary.backup() : last;
    GptHeader header = primary;
    try {
      GptHeader backup = header(backupAt, sectorSize);
      Bytes backupEntries = entries(disk, backup, sectorSize);
      if (entries == null) {
        header = backup;
        entries = backupEntries;
        found.add("the backup GPT at sector " + backupAt + " is used");
      } else if (backup.entriesCrc() != primary.entriesCrc()) {
        found.add("the two copies of the GPT differ: the primary is used");
      }
      if (entries != backupEntries && backupAt != last) {
        found.add("the backup GPT is at sector " + backupAt + ", not at the disk's end, " + last);
      }
    } catch (ImageException e) {
      found.add("backup GPT: " + reason(e));
    }
    if (entries == null) {
      if (hasPrimary) {
        problems.addAll(found);
      }
      return Optional.empty();
    }
    problems.addAll(found);
    boolean hybrid = mbr.isPresent() && mbr.get().isHybrid();
    if (mbr.isEmpty()) {
      problems.add("no protective MBR");
    }
    return Optional.of(
        new PartitionTable(
            hybrid ? PartitionTable.Kind.HYBRID : PartitionTable.Kind.GPT,
            sectorSize,
            header.diskId(),
            partitions(header, entries, sectorSize),
            mbr.isPresent() && mbr.get().bootCode(),
            problems,
            mbr.flatMap(MasterBootRecord::fault)));
  }

  private static String reason(ImageException e) {
    return e.what();
  }

  private GptHeader header(long sector, int sectorSize) throws IOException {
    if (sector < 1 || sector > disk.size() / sectorSize) {
      throw Fault.on(disk.name())
          .corrupt("no sector " + sector + " on a disk of " + disk.size() / sectorSize);
    }
    return GptHeader.parse(disk.readUpTo(sector * sectorSize, sectorSize), sector);
  }

  /** The list of partitions, whose checksum is right. */
  static Bytes entries(Source disk, GptHeader header, int sectorSize) throws IOException {
    if (header.entriesAt() > disk.size() / sectorSize) {
      throw Fault.on(disk.name())
          .corrupt("GPT entries at sector " + header.entriesAt() + ", past the disk's end");
    }
    Bytes bytes = disk.read(header.entriesAt() * sectorSize, header.entriesBytes());
    CRC32 crc = new CRC32();
    crc.update(bytes.array());
    bytes.require(
        (int) crc.getValue() == header.entriesCrc(),
        "entries checksum 0x"
            + Integer.toHexString(header.entriesCrc())
            + ", expected 0x"
            + Long.toHexString(crc.getValue()));
    return bytes;
  }

  private List<Partition> partitions(GptHeader header, Bytes entries, int sectorSize)
      throws CorruptImageException {
    List<Partition> partitions = new ArrayList<>();
    for (int i = 0; i < header.entryCount(); i++) {
      GptEntry entry = GptEntry.parse(entries.slice(i * header.entryLength(), GptEntry.LENGTH));
      if (entry.isUsed()) {
        if (partitions.size() >= most) {
          problems.add("more than " + most + " partitions: the others are left out");
          break;
        }
        boolean fits =
            entry.first() >= 0
                && entry.first() <= entry.last()
                && entry.last() < Long.MAX_VALUE / sectorSize;
        if (!fits) {
          problems.add(
              "partition "
                  + (i + 1)
                  + " reaches from sector "
                  + Long.toUnsignedString(entry.first())
                  + " to "
                  + Long.toUnsignedString(entry.last())
                  + ": left out");
          continue;
        }
        Partition partition =
            new Partition(
                i + 1,
                entry.first() * sectorSize,
                (entry.last() - entry.first() + 1) * sectorSize,
                entry.type(),
                PartitionTypes.gptName(entry.type()),
                entry.name(),
                entry.id(),
                entry.flags());
        checkEnd(partition, disk.size(), problems);
        partitions.add(partition);
      }
    }
    return partitions;
  }

  private static void checkEnd(Partition partition, long diskSize, List<String> problems) {
    long end = partition.offset() + partition.length();
    if (end > diskSize) {
      problems.add(
          "partition " + partition.number() + " ends at byte " + end + ", the disk at " + diskSize);
    }
  }
}
