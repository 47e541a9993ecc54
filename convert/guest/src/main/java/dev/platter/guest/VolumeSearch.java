package dev.platter.guest;

import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.Source;
import dev.platter.guest.volume.FileSystemHeads;
import dev.platter.guest.volume.LvmGroup;
import dev.platter.guest.volume.MdArray;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Finds what lies on a disk: a file system on all of it, those in partitions, those in software
 * arrays and in LVM, whose members may be several partitions.
 */
final class VolumeSearch {
  private static final String WHOLE_DISK = "disk";
  private static final String LVM = "LVM2_member";
  private static final String RAID = "linux_raid_member";

  private final Source disk;
  private final int share;
  private final int maxPartitions;
  private final List<Volume> volumes = new ArrayList<>();
  private Optional<PartitionTable> table = Optional.empty();

  /**
   * What was found, before it is known what it is a part of.
   *
   * @param bytes empty: they cannot be read
   * @param head empty: it could not be looked at
   * @param wrong why; empty where there is nothing to say
   */
  private record Found(
      String place,
      OptionalInt partition,
      Optional<Source> bytes,
      Optional<FileSystemHead> head,
      String wrong) {
    boolean isOf(String kind) {
      return head.isPresent() && head.get().kind().equals(kind) && !head.get().isReadable();
    }

    static List<Source> sourcesOf(String kind, List<Found> all) {
      return all.stream()
          .filter(found -> found.isOf(kind))
          .flatMap(found -> found.bytes().stream())
          .toList();
    }
  }

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

  /** In the order of the disk; what lies in several members behind the first of them. */
  List<Volume> volumes() {
    return volumes;
  }

  private void run() throws IOException {
    table = PartitionTables.read(disk, maxPartitions);
    List<Found> found = new ArrayList<>();
    // A disc may have a partition table in front, for machines that start from it as a disk.
    Optional<FileSystemHead> whole = FileSystemHeads.identify(disk);
    boolean isDisc = whole.isPresent() && whole.get().kind().equals("iso9660");
    if (whole.isPresent() && (table.isEmpty() || isDisc)) {
      found.add(new Found(WHOLE_DISK, OptionalInt.empty(), Optional.of(disk), whole, ""));
    }
    if (table.isPresent()) {
      table = Optional.of(lookIntoPartitions(table.get(), found));
    }
    List<Found> all = withArrays(found);
    LvmGroup.Groups groups = LvmGroup.find(Found.sourcesOf(LVM, all));
    for (Found each : all) {
      add(each, groups);
    }
  }

  /** An MBR does not say how large its sectors are: where nothing fits 512, 4096 is tried. */
  private PartitionTable lookIntoPartitions(PartitionTable told, List<Found> found)
      throws IOException {
    List<Found> inside = lookIntoEach(told);
    found.addAll(inside);
    if (!inside.isEmpty() || told.kind() != PartitionTable.Kind.MBR) {
      return told;
    }
    Optional<MasterBootRecord> mbr = MasterBootRecord.read(disk);
    if (mbr.isEmpty()) {
      return told;
    }
    PartitionTable large =
        PartitionTables.mbrTable(
            disk, mbr.get(), PartitionTables.SECTOR_SIZES[1], maxPartitions, new ArrayList<>());
    inside = lookIntoEach(large);
    found.addAll(inside);
    return inside.isEmpty() ? told : large;
  }

  private List<Found> lookIntoEach(PartitionTable told) {
    List<Found> all = new ArrayList<>();
    for (Partition partition : told.partitions()) {
      String place = "partition " + partition.number();
      Source volume =
          disk.window(
              disk.name() + " " + place,
              partition.offset(),
              partition.length(),
              disk.budget().part(share));
      look(place, OptionalInt.of(partition.number()), volume).ifPresent(all::add);
    }
    return all;
  }

  /** Empty: nothing that is known. */
  private static Optional<Found> look(String place, OptionalInt partition, Source volume) {
    Optional<Source> bytes = Optional.of(volume);
    try {
      Optional<FileSystemHead> head = FileSystemHeads.identify(volume);
      return head.isEmpty()
          ? Optional.empty()
          : Optional.of(new Found(place, partition, bytes, head, ""));
    } catch (IOException e) {
      return Optional.of(new Found(place, partition, bytes, Optional.empty(), e.getMessage()));
    }
  }

  /** The same with what lies in arrays, each behind its first member. */
  private static List<Found> withArrays(List<Found> found) {
    List<MdArray> arrays = MdArray.find(Found.sourcesOf(RAID, found));
    List<Found> all = new ArrayList<>();
    for (Found member : found) {
      all.add(member);
      for (MdArray array : arrays) {
        if (member.bytes().isPresent() && member.bytes().get() == array.first()) {
          String place = "md/" + array.name();
          if (array.bytes().isPresent()) {
            look(place, member.partition(), array.bytes().get()).ifPresent(all::add);
          } else {
            all.add(unread(place, member.partition(), array.why()));
          }
        }
      }
    }
    return all;
  }

  private static Found unread(String place, OptionalInt partition, String why) {
    return new Found(place, partition, Optional.empty(), Optional.empty(), why);
  }

  private void add(Found found, LvmGroup.Groups groups) {
    if (!found.isOf(LVM)) {
      add(found, "", found.wrong());
      return;
    }
    Source bytes = found.bytes().orElseThrow();
    for (LvmGroup group : groups.groups()) {
      if (group.members().contains(bytes)) {
        add(found, group.name(), "");
        if (bytes == group.members().getFirst()) {
          group.volumes().forEach(volume -> addLogical(volume, group.name(), found.partition()));
        }
        return;
      }
    }
    add(found, "", groups.left().getOrDefault(bytes, "its volume group is not known"));
  }

  private void addLogical(LvmGroup.LogicalVolume logical, String group, OptionalInt partition) {
    String place = group + "/" + logical.name();
    Optional<Found> found =
        logical.source().isPresent()
            ? look(place, partition, logical.source().get())
            : Optional.of(unread(place, partition, logical.why()));
    if (found.isPresent() && !found.get().isOf(LVM)) {
      add(found.get(), "", found.get().wrong());
    }
  }

  private void add(Found found, String group, String wrong) {
    FileSystemHead head = found.head().orElseGet(() -> FileSystemHead.unread("", "", "", 0));
    volumes.add(
        new Volume(
            new FileSystem(
                found.place(),
                found.partition(),
                head.kind(),
                group.isEmpty() ? head.label() : group,
                head.uuid(),
                head.size(),
                wrong.isEmpty() ? Optional.empty() : Optional.of(wrong)),
            found.bytes(),
            found.head()));
  }
}
