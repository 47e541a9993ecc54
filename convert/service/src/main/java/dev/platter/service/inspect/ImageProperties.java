package dev.platter.service.inspect;

import dev.platter.image.ImageInfo;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What images say of themselves, in the properties of OpenStack's catalogue where it has one. Where
 * it has none, the names begin with the format's.
 */
final class ImageProperties {
  private static final int MAX_VALUE = 255;

  /** How descriptors spell adapters, and how the compute service does. */
  private static final Map<String, String> ADAPTERS =
      Map.of(
          "ide", "ide",
          "buslogic", "busLogic",
          "lsilogic", "lsiLogic",
          "lsisas1068", "lsiLogicsas",
          "lsilogicsas", "lsiLogicsas",
          "pvscsi", "paraVirtual",
          "paravirtual", "paraVirtual");

  /** Those that are about a format of the Image API, not about the disk in it. */
  private static final Map<String, Set<String>> OF_FORMATS =
      Map.of(
          "vmdk",
          Set.of("vmware_disktype", "vmware_adaptertype", "vmware_hw_version", "disk_geometry"),
          "vhd",
          Set.of("disk_geometry"),
          "vdi",
          Set.of("disk_geometry"));

  private ImageProperties() {}

  static Map<String, String> of(ImageInfo info) {
    Map<String, String> properties = new LinkedHashMap<>();
    switch (info.format()) {
      case "vmdk" -> vmdk(info.more(), properties);
      case "ova" -> appliance(info.details(), properties);
      case "iso" -> {
        put(properties, "iso_volume_id", info.more().get("volume-id"));
        put(properties, "iso_publisher", info.more().get("publisher"));
      }
      case "vpc", "vdi" -> put(properties, "disk_geometry", info.more().get("geometry"));
      default -> {}
    }
    return properties;
  }

  /** The names of those that are no longer true once one format was converted to another. */
  static Set<String> untrueOf(String source, String target) {
    Set<String> names = new HashSet<>();
    OF_FORMATS.values().forEach(names::addAll);
    names.removeAll(OF_FORMATS.getOrDefault(target, Set.of()));
    names.addAll(OF_FORMATS.getOrDefault(source, Set.of()));
    return names;
  }

  private static void vmdk(Map<String, Object> more, Map<String, String> properties) {
    put(properties, "vmware_disktype", more.get("disk-type"));
    if (more.get("adapter-type") instanceof String adapter) {
      put(
          properties,
          "vmware_adaptertype",
          ADAPTERS.getOrDefault(adapter.toLowerCase(Locale.ROOT), adapter));
    }
    put(properties, "vmware_hw_version", more.get("hardware-version"));
    if (more.get("geometry") instanceof Map<?, ?> geometry) {
      put(
          properties,
          "disk_geometry",
          geometry.get("cylinders") + "/" + geometry.get("heads") + "/" + geometry.get("sectors"));
    }
  }

  private static void appliance(Map<String, Object> details, Map<String, String> properties) {
    if (details.get("systems") instanceof List<?> systems
        && !systems.isEmpty()
        && systems.getFirst() instanceof Map<?, ?> system) {
      put(properties, "ovf_guest_os", system.get("guest-os"));
      put(properties, "ovf_hardware", system.get("hardware"));
    }
  }

  /** The format of an appliance's first disk, in the Image API's words. */
  static Optional<String> innerFormat(ImageInfo info) {
    if (info.details().get("disks") instanceof List<?> disks
        && !disks.isEmpty()
        && disks.getFirst() instanceof Map<?, ?> disk
        && disk.get("format") instanceof String uri) {
      String lower = uri.toLowerCase(Locale.ROOT);
      for (String word : List.of("vmdk", "vhdx", "vhd", "vdi", "qcow2")) {
        if (lower.contains(word)) {
          return Optional.of(word);
        }
      }
    }
    return Optional.empty();
  }

  /** One line of printable text, as long as the Image API takes. */
  private static void put(Map<String, String> properties, String key, Object value) {
    if (value == null) {
      return;
    }
    String text = value.toString().replaceAll("\\p{Cntrl}", " ").strip();
    if (!text.isEmpty() && text.indexOf('\uFFFD') < 0) {
      properties.put(key, text.length() > MAX_VALUE ? text.substring(0, MAX_VALUE) : text);
    }
  }
}
