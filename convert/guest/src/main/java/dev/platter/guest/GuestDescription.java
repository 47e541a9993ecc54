package dev.platter.guest;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a guest's disk holds.
 *
 * @param size of the disk, bytes
 * @param partitionTable empty: there is none
 * @param fileSystems in the order of the disk
 * @param firmware what it is prepared to be started by
 * @param efiPrograms what UEFI may start, in the order of the disk
 * @param operatingSystems in the order of the disk
 * @param architecture of the operating system, or else of a kernel or of the program that UEFI
 *     starts; empty: not known
 * @param bytesRead how much of the disk was read to find out
 */
public record GuestDescription(
    long size,
    Optional<PartitionTable> partitionTable,
    List<FileSystem> fileSystems,
    Set<Firmware> firmware,
    List<EfiProgram> efiPrograms,
    List<OperatingSystem> operatingSystems,
    String architecture,
    long bytesRead) {
  public GuestDescription {
    fileSystems = List.copyOf(fileSystems);
    efiPrograms = List.copyOf(efiPrograms);
    operatingSystems = List.copyOf(operatingSystems);
    firmware = Set.copyOf(firmware);
  }

  /** Whether it is prepared for this firmware. */
  public boolean starts(Firmware by) {
    return firmware.contains(by);
  }

  /**
   * The same in the properties of an image service: {@code os_type}, {@code os_distro}, {@code
   * os_version}, {@code architecture} and {@code hw_firmware_type}. What is not known is absent; so
   * is the firmware of a disk that is prepared for both. Of several operating systems the first one
   * counts.
   *
   * @param names in whose words {@code os_distro} is
   */
  public Map<String, String> imageProperties(DistroNames names) {
    Map<String, String> properties = new LinkedHashMap<>();
    if (!operatingSystems.isEmpty()) {
      OperatingSystem system = operatingSystems.getFirst();
      put(properties, "os_type", system.type());
      put(properties, "os_distro", names.of(system));
      put(properties, "os_version", system.versionId());
    }
    put(properties, "architecture", architecture);
    if (firmware.equals(EnumSet.of(Firmware.UEFI))) {
      properties.put("hw_firmware_type", "uefi");
    } else if (firmware.equals(EnumSet.of(Firmware.BIOS))) {
      properties.put("hw_firmware_type", "bios");
    }
    return properties;
  }

  private static void put(Map<String, String> properties, String key, String value) {
    if (!value.isEmpty()) {
      properties.put(key, value);
    }
  }
}
