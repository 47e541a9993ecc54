package dev.platter.cli.answer;

import dev.platter.guest.DistroNames;
import dev.platter.guest.EfiProgram;
import dev.platter.guest.FileSystem;
import dev.platter.guest.Firmware;
import dev.platter.guest.GuestDescription;
import dev.platter.guest.OperatingSystem;
import dev.platter.guest.Partition;
import dev.platter.guest.PartitionTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a disk holds, as JSON; what is not known is absent. */
public final class GuestJson {
  private GuestJson() {}

  public static Map<String, Object> of(GuestDescription guest) {
    Map<String, Object> json = new LinkedHashMap<>();
    guest.partitionTable().ifPresent(table -> json.put("partition-table", table(table)));
    json.put("file-systems", guest.fileSystems().stream().map(GuestJson::fileSystem).toList());
    List<Object> firmware = new ArrayList<>();
    for (Firmware each : Firmware.values()) {
      if (guest.starts(each)) {
        firmware.add(each.name().toLowerCase(Locale.ROOT));
      }
    }
    json.put("firmware", firmware);
    if (!guest.efiPrograms().isEmpty()) {
      json.put("efi-programs", guest.efiPrograms().stream().map(GuestJson::program).toList());
    }
    json.put(
        "operating-systems", guest.operatingSystems().stream().map(GuestJson::system).toList());
    put(json, "architecture", guest.architecture());
    json.put("image-properties", guest.imageProperties(DistroNames.GLANCE));
    return json;
  }

  private static Map<String, Object> table(PartitionTable table) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", table.kind().name().toLowerCase(Locale.ROOT));
    json.put("sector-size", (long) table.sectorSize());
    put(json, "id", table.id());
    if (!table.problems().isEmpty()) {
      json.put("problems", table.problems());
    }
    table.mbrFault().ifPresent(fault -> json.put("mbr-fault", fault));
    json.put("partitions", table.partitions().stream().map(GuestJson::partition).toList());
    return json;
  }

  private static Map<String, Object> partition(Partition partition) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("number", (long) partition.number());
    json.put("offset", partition.offset());
    json.put("length", partition.length());
    json.put("type", partition.type());
    put(json, "type-name", partition.typeName());
    put(json, "name", partition.name());
    put(json, "id", partition.id());
    if (!partition.flags().isEmpty()) {
      json.put("flags", partition.flags());
    }
    return json;
  }

  private static Map<String, Object> fileSystem(FileSystem system) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("place", system.place());
    system.partition().ifPresent(number -> json.put("partition", (long) number));
    put(json, "kind", system.kind());
    put(json, "label", system.label());
    put(json, "uuid", system.uuid());
    if (system.size() > 0) {
      json.put("size", system.size());
    }
    system.unreadable().ifPresent(reason -> json.put("unreadable", reason));
    return json;
  }

  private static Map<String, Object> program(EfiProgram program) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("place", program.place());
    json.put("path", program.path());
    put(json, "architecture", program.architecture());
    put(json, "signer", program.signer());
    return json;
  }

  private static Map<String, Object> system(OperatingSystem system) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", system.type());
    put(json, "id", system.id());
    put(json, "version-id", system.versionId());
    put(json, "pretty-name", system.prettyName());
    put(json, "libosinfo-id", DistroNames.LIBOSINFO.of(system));
    put(json, "architecture", system.architecture());
    json.put("place", system.place());
    return json;
  }

  private static void put(Map<String, Object> json, String key, String value) {
    if (!value.isEmpty()) {
      json.put(key, value);
    }
  }
}
