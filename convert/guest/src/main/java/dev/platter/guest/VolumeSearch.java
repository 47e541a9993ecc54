package dev.platter.guest;

import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.Source;
import dev.platter.guest.volume.FileSystemHeads;
import dev.platter.guest.volume.LvmGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Finds what lies on a disk: a file system on all of it, those in partitions, those in LVM. */
final class VolumeSearch {
  private static final String WHOLE_DISK = "disk";

  private final Source disk;
  private final int share;
  private final int maxPartitions;
  private final List<Volume> volumes = new ArrayList<>();
  private Optional<PartitionTable> table = Optional.empty();

  private VolumeSearch(Source disk, int share, int maxPartitions) {
    this.disk = disk;
    this.share = share;
    this.maxPartitions = maxPartitions;
  }

  /**
   * Looks at a disk.
   *
   * @param share which part of the disk's budget one volume may use: one of so many
   * @throws IOException if the first bytes of the disk cannot be read
   */
  static VolumeSearch of(Source disk, int share, int maxPartitions) throws IOException {
    VolumeSearch search = new VolumeSearch(disk, share, maxPartitions);
    search.run();
    return search;
  }

  Optional<PartitionTable> table() {
    return table;
  }

  /** In the order of the disk; a volume group in front of its volumes. */
  List<Volume> volumes() {
    return volumes;
  }

  private void run() throws IOException {
    table = PartitionTables.read(disk, maxPartitions);
    // A disc may have a partition table in front, for machines that start from it as a disk.
    Optional<FileSystemHead> whole = FileSystemHeads.identify(disk);
    boolean isDisc = whole.isPresent() && whole.get().kind().equals("iso9660");
    if (whole.isPresent() && (table.isEmpty() || isDisc)) {
      add(disk, WHOLE_DISK, OptionalInt.empty(), whole.get());
    }
    if (table.isPresent()) {
      table = Optional.of(lookIntoPartitions(table.get()));
    }
  }

  /** An MBR does not say how large its sectors are: where nothing fits 512, 4096 is tried. */
  private PartitionTable lookIntoPartitions(PartitionTable found) throws IOException {
    int before = volumes.size();
    lookIntoEach(found);
    if (volumes.size() > before || found.kind() != PartitionTable.Kind.MBR) {
      return found;
    }
    Optional<MasterBootRecord> mbr = MasterBootRecord.read(disk);
    if (mbr.isEmpty()) {
      return found;
    }
    PartitionTable large =
        PartitionTables.mbrTable(
            disk, mbr.get(), PartitionTables.SECTOR_SIZES[1], maxPartitions, new ArrayList<>());
    lookIntoEach(large);
    return volumes.size() > before ? large : found;
  }

  private void lookIntoEach(PartitionTable found) {
    for (Partition partition : found.partitions()) {
      String place = "partition " + partition.number();
      Source volume =
          disk.window(
              disk.name() + " " + place,
              partition.offset(),
              partition.length(),
              disk.budget().part(share));
      OptionalInt number = OptionalInt.of(partition.number());
      try {
        Optional<FileSystemHead> head = FileSystemHeads.identify(volume);
        if (head.isPresent()) {
          add(volume, place, number, head.get());
        }
      } catch (IOException e) {
        volumes.add(unknown(place, number, Optional.of(volume), e));
      }
    }
  }

  private void add(Source volume, String place, OptionalInt partition, FileSystemHead head) {
    Optional<String> unreadable = Optional.empty();
    List<LvmGroup.LogicalVolume> inside = List.of();
    String label = head.label();
    if (head.kind().equals("LVM2_member") && !head.isReadable()) {
      try {
        LvmGroup group = LvmGroup.open(volume);
        inside = group.volumes();
        label = group.name();
      } catch (IOException e) {
        unreadable = Optional.of(e.getMessage());
      }
    }
    FileSystem found =
        new FileSystem(place, partition, head.kind(), label, head.uuid(), head.size(), unreadable);
    volumes.add(new Volume(found, Optional.of(volume), Optional.of(head)));
    for (LvmGroup.LogicalVolume logical : inside) {
      addLogical(logical, label + "/" + logical.name(), partition);
    }
  }

  private void addLogical(LvmGroup.LogicalVolume logical, String place, OptionalInt partition) {
    try {
      if (logical.source().isEmpty()) {
        throw new IOException("not in one piece on this physical volume");
      }
      Optional<FileSystemHead> head = FileSystemHeads.identify(logical.source().get());
      if (head.isPresent() && !head.get().kind().equals("LVM2_member")) {
        add(logical.source().get(), place, partition, head.get());
      }
    } catch (IOException e) {
      volumes.add(unknown(place, partition, logical.source(), e));
    }
  }

  private static Volume unknown(
      String place, OptionalInt partition, Optional<Source> bytes, IOException reason) {
    return new Volume(
        new FileSystem(place, partition, "", "", "", 0, Optional.of(reason.getMessage())),
        bytes,
        Optional.empty());
  }
}
