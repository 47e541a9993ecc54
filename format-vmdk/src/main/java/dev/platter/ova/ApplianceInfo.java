package dev.platter.ova;

import dev.platter.image.ImageInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;

/** What an appliance says of itself, in the form that {@code info} tells. */
final class ApplianceInfo {
  private ApplianceInfo() {}

  /**
   * @param chosen the disk that is meant; empty: all of them together
   * @param ownSize what a disk's own file says of its size, where the envelope says nothing
   * @param remarks how the appliance was understood
   */
  static ImageInfo of(
      Appliance appliance,
      Optional<Envelope.Disk> chosen,
      Function<Envelope.Disk, OptionalLong> ownSize,
      List<String> remarks) {
    Map<String, Object> details = new LinkedHashMap<>();
    List<Object> systems = new ArrayList<>();
    for (Envelope.VirtualMachine machine : appliance.envelope().systems()) {
      systems.add(of(machine));
    }
    details.put("systems", systems);
    List<Object> disks = new ArrayList<>();
    long size = 0;
    List<Envelope.Disk> all = appliance.envelope().disks();
    for (int i = 0; i < all.size(); i++) {
      Envelope.Disk disk = all.get(i);
      OptionalLong bytes = disk.capacity().isPresent() ? disk.capacity() : ownSize.apply(disk);
      disks.add(of(disk, i + 1, bytes, appliance.envelope()));
      if (chosen.isEmpty() || chosen.get().equals(disk)) {
        boolean known = bytes.isPresent() && size != ImageInfo.UNKNOWN_SIZE;
        long end = known ? size + bytes.getAsLong() : ImageInfo.UNKNOWN_SIZE;
        size = known && end < 0 ? Long.MAX_VALUE : end;
      }
    }
    details.put("disks", disks);
    details.put("manifest", appliance.manifest().map(Manifest::algorithm).orElse("none"));
    if (appliance.signed()) {
      details.put("signature", "present, not verified");
    }
    if (!remarks.isEmpty()) {
      details.put("remarks", List.copyOf(remarks));
    }
    return new ImageInfo(
        OvaFormat.NAME, size, OptionalInt.empty(), false, false, false, List.of(), details);
  }

  private static Map<String, Object> of(Envelope.VirtualMachine machine) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", machine.name());
    machine.guest().ifPresent(guest -> map.put("guest-os", guest));
    machine.hardware().ifPresent(hardware -> map.put("hardware", hardware));
    machine.cpus().ifPresent(cpus -> map.put("cpus", cpus));
    machine.memory().ifPresent(memory -> map.put("memory", memory));
    if (!machine.devices().isEmpty()) {
      map.put("devices", List.copyOf(machine.devices()));
    }
    return map;
  }

  private static Map<String, Object> of(
      Envelope.Disk disk, int number, OptionalLong capacity, Envelope envelope) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("number", (long) number);
    map.put("name", disk.id());
    capacity.ifPresent(bytes -> map.put("capacity", bytes));
    if (!disk.format().isEmpty()) {
      map.put("format", disk.format());
    }
    disk.parentRef().ifPresent(parent -> map.put("parent", parent));
    Optional<Envelope.File> file = disk.fileRef().flatMap(envelope::file);
    if (file.isPresent()) {
      map.put("file", file.get().href());
      file.get().size().ifPresent(size -> map.put("file-size", size));
      if (file.get().gzip()) {
        map.put("compression", "gzip");
      }
      file.get().chunkSize().ifPresent(chunk -> map.put("chunk-size", chunk));
    }
    return map;
  }
}
