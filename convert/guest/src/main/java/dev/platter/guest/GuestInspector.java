package dev.platter.guest;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.DiskSource;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import dev.platter.image.BlockMap;
import dev.platter.image.CorruptImageException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Tells what a guest's disk holds, reading little of it. An inspector is used for one disk, by one
 * thread.
 */
public final class GuestInspector {
  private static final int SHARE = 4;

  private final Source disk;
  private final Budget budget;
  private final InspectionLimits limits;
  private final List<FileSystem> fileSystems = new ArrayList<>();
  private final List<OperatingSystem> systems = new ArrayList<>();
  private final Set<Firmware> firmware = EnumSet.noneOf(Firmware.class);
  private final List<EfiProgram> efiPrograms = new ArrayList<>();
  private String kernelArchitecture = "";

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
    VolumeSearch search = VolumeSearch.of(disk, SHARE, limits.maxPartitions());
    for (Volume volume : search.volumes()) {
      fileSystems.add(lookInto(volume));
    }
    search.table().ifPresent(this::tellBios);
    String architecture = kernelArchitecture;
    for (EfiProgram program : efiPrograms) {
      architecture = architecture.isEmpty() ? program.architecture() : architecture;
    }
    for (OperatingSystem system : systems.reversed()) {
      architecture = system.architecture().isEmpty() ? architecture : system.architecture();
    }
    return new GuestDescription(
        disk.size(),
        search.table(),
        fileSystems,
        firmware,
        efiPrograms,
        systems,
        architecture,
        budget.bytesRead());
  }

  private FileSystem lookInto(Volume volume) {
    FileSystem found = volume.fileSystem();
    if (!volume.hasFiles()) {
      return found;
    }
    boolean isDisc = found.kind().equals("iso9660") || found.kind().equals("udf");
    try {
      if (isDisc) {
        DiscSystem.find(volume.open(), found.place()).ifPresent(systems::add);
      } else {
        lookIntoFiles(volume.open(), found.place());
      }
      return found;
    } catch (IOException e) {
      return new FileSystem(
          found.place(),
          found.partition(),
          found.kind(),
          found.label(),
          found.uuid(),
          found.size(),
          Optional.of(e.getMessage()));
    }
  }

  private void lookIntoFiles(FileTree files, String place) throws IOException {
    List<EfiProgram> programs = EfiPrograms.find(files, place);
    if (!programs.isEmpty()) {
      firmware.add(Firmware.UEFI);
      efiPrograms.addAll(programs);
    }
    Optional<SystemRoot> root = SystemRoot.find(files, place);
    root.map(SystemRoot::system).ifPresent(systems::add);
    if (root.isEmpty() && kernelArchitecture.isEmpty()) { // a file system mounted on /boot
      kernelArchitecture = UnixSystem.kernelArchitecture(files, "/");
    }
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
