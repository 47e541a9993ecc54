package dev.platter.guest;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.DiskSource;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import dev.platter.guest.volume.FileSystemHeads;
import dev.platter.guest.volume.LvmGroup;
import dev.platter.image.BlockMap;
import dev.platter.image.CorruptImageException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Tells what a guest's disk holds, reading little of it. An inspector is used for one disk, by one
 * thread.
 */
public final class GuestInspector {
  private static final int SHARE = 4;
  private static final String WHOLE_DISK = "disk";

  private final Source disk;
  private final Budget budget;
  private final InspectionLimits limits;
  private final List<FileSystem> fileSystems = new ArrayList<>();
  private final List<OperatingSystem> systems = new ArrayList<>();
  private final Set<Firmware> firmware = EnumSet.noneOf(Firmware.class);
  private String efiArchitecture = "";

  private GuestInspector(Source disk, Budget budget, InspectionLimits limits) {
    this.disk = disk;
    this.budget = budget;
    this.limits = limits;
  }

  /**
   * As {@link #describe(BlockMap, String, InspectionLimits)}, within {@link
   * InspectionLimits#DEFAULT}.
   */
  public static GuestDescription describe(BlockMap map, String name) throws IOException {
    return describe(map, name, InspectionLimits.DEFAULT);
  }

  /**
   * Why a service that checks the master boot record as OpenStack's inspector does would refuse a
   * disk; empty: it would not, or there is none. The same as {@link PartitionTable#mbrFault}, of
   * the disk's first bytes alone.
   */
  public static Optional<String> mbrFault(MemorySegment head) throws CorruptImageException {
    long length = Math.min(MasterBootRecord.SECTOR, head.byteSize());
    byte[] sector = head.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    return MasterBootRecord.parse(Bytes.of("disk", 0, sector)).flatMap(MasterBootRecord::fault);
  }

  /**
   * Describes a disk. A damaged file system is reported as found and not readable, with the reason;
   * so is one that takes more than the limits allow.
   *
   * @param map the disk as the guest sees it, its chain resolved; stays the caller's
   * @param name what messages call the disk
   * @throws IOException if the first bytes of the disk cannot be read
   */
  public static GuestDescription describe(BlockMap map, String name, InspectionLimits limits)
      throws IOException {
    Budget budget = Budget.of(limits.maxBytes(), limits.maxSteps());
    try (DiskSource disk = new DiskSource(name, map, budget)) {
      return new GuestInspector(disk, budget, limits).describe();
    }
  }

  private GuestDescription describe() throws IOException {
    Optional<PartitionTable> table = PartitionTables.read(disk, limits.maxPartitions());
    // A disc may have a partition table in front, for machines that start from it as a disk.
    Optional<FileSystemHead> whole = FileSystemHeads.identify(disk);
    boolean isDisc = whole.isPresent() && whole.get().kind().equals("iso9660");
    if (whole.isPresent() && (table.isEmpty() || isDisc)) {
      lookInto(disk, WHOLE_DISK, OptionalInt.empty(), whole.get());
    }
    if (table.isPresent()) {
      table = Optional.of(lookIntoPartitions(table.get()));
      tellBios(table.get());
    }
    String architecture = efiArchitecture;
    for (OperatingSystem system : systems.reversed()) {
      architecture = system.architecture().isEmpty() ? architecture : system.architecture();
    }
    return new GuestDescription(
        disk.size(), table, fileSystems, firmware, systems, architecture, budget.bytesRead());
  }

  /** An MBR does not say how large its sectors are: where nothing fits 512, 4096 is tried. */
  private PartitionTable lookIntoPartitions(PartitionTable table) throws IOException {
    int before = fileSystems.size();
    lookIntoEach(table);
    if (fileSystems.size() > before || table.kind() != PartitionTable.Kind.MBR) {
      return table;
    }
    Optional<MasterBootRecord> mbr = MasterBootRecord.read(disk);
    if (mbr.isEmpty()) {
      return table;
    }
    PartitionTable large =
        PartitionTables.mbrTable(
            disk,
            mbr.get(),
            PartitionTables.SECTOR_SIZES[1],
            limits.maxPartitions(),
            new ArrayList<>());
    lookIntoEach(large);
    return fileSystems.size() > before ? large : table;
  }

  private void lookIntoEach(PartitionTable table) {
    for (Partition partition : table.partitions()) {
      String place = "partition " + partition.number();
      Source volume =
          disk.window(
              disk.name() + " " + place,
              partition.offset(),
              partition.length(),
              budget.part(SHARE));
      OptionalInt number = OptionalInt.of(partition.number());
      try {
        Optional<FileSystemHead> head = FileSystemHeads.identify(volume);
        if (head.isPresent()) {
          lookInto(volume, place, number, head.get());
        }
      } catch (IOException e) {
        fileSystems.add(unknown(place, number, e));
      }
    }
  }

  private void lookInto(Source volume, String place, OptionalInt partition, FileSystemHead head) {
    Optional<String> unreadable = Optional.empty();
    List<LvmGroup.LogicalVolume> inside = List.of();
    String label = head.label();
    try {
      if (head.isReadable()) {
        lookIntoFiles(head.open(), place);
      } else if (head.kind().equals("LVM2_member")) {
        LvmGroup group = LvmGroup.open(volume);
        inside = group.volumes();
        label = group.name();
      }
    } catch (IOException e) {
      unreadable = Optional.of(e.getMessage());
    }
    fileSystems.add(
        new FileSystem(place, partition, head.kind(), label, head.uuid(), head.size(), unreadable));
    for (LvmGroup.LogicalVolume logical : inside) {
      lookIntoLogical(logical, label + "/" + logical.name(), partition);
    }
  }

  private void lookIntoLogical(
      LvmGroup.LogicalVolume logical, String place, OptionalInt partition) {
    try {
      if (logical.source().isEmpty()) {
        throw new IOException("not in one piece on this physical volume");
      }
      Optional<FileSystemHead> head = FileSystemHeads.identify(logical.source().get());
      if (head.isPresent() && !head.get().kind().equals("LVM2_member")) {
        lookInto(logical.source().get(), place, partition, head.get());
      }
    } catch (IOException e) {
      fileSystems.add(unknown(place, partition, e));
    }
  }

  private static FileSystem unknown(String place, OptionalInt partition, IOException reason) {
    return new FileSystem(place, partition, "", "", "", 0, Optional.of(reason.getMessage()));
  }

  private void lookIntoFiles(FileTree files, String place) throws IOException {
    Optional<EfiPrograms> programs = EfiPrograms.find(files);
    if (programs.isPresent()) {
      firmware.add(Firmware.UEFI);
      if (efiArchitecture.isEmpty()) {
        efiArchitecture = programs.get().architecture();
      }
    }
    Optional<OperatingSystem> found = WindowsSystem.find(files, place);
    if (found.isEmpty()) {
      found = UnixSystem.find(files, place);
    }
    found.ifPresent(systems::add);
  }

  /**
   * A BIOS starts the program in the first sector, which needs something to go on with: a partition
   * marked active, or the place for a boot loader that a GPT sets aside.
   */
  private void tellBios(PartitionTable table) {
    boolean prepared = false;
    for (Partition partition : table.partitions()) {
      prepared |=
          partition.flags().contains(Partition.ACTIVE)
              || partition.typeName().equals(PartitionTypes.BIOS_BOOT)
              || partition.typeName().equals("FreeBSD boot");
    }
    if (table.bootCode() && (prepared || table.kind() == PartitionTable.Kind.MBR)) {
      firmware.add(Firmware.BIOS);
    }
  }
}
