package dev.platter.vmdk.read;

import dev.platter.image.ImageInfo;
import dev.platter.vmdk.format.Descriptor;
import dev.platter.vmdk.format.DiskFile;
import dev.platter.vmdk.format.ExtentLine;
import dev.platter.vmdk.format.SparseHeader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Tells of a disk what its own file says: qemu-img's keys, and what qemu-img leaves out.
 *
 * @param grainSizes of each extent, as far as known, bytes
 * @param damage what a short look at the grains found
 */
record Description(
    String name, DiskFile file, long size, List<OptionalInt> grainSizes, Optional<String> damage) {
  ImageInfo toInfo() {
    return new ImageInfo(
        "vmdk", size, grainSize(), false, false, false, List.of(), details(), more());
  }

  /** What all extents have in common. */
  private OptionalInt grainSize() {
    return grainSizes.stream().distinct().count() == 1
        ? grainSizes.getFirst()
        : OptionalInt.empty();
  }

  private Map<String, Object> details() {
    Map<String, Object> details = new LinkedHashMap<>();
    int cid = file.descriptor().map(Descriptor::cid).orElse(0);
    int parentCid = file.descriptor().map(Descriptor::parentCid).orElse(Descriptor.CID_NOPARENT);
    details.put("cid", Integer.toUnsignedLong(cid));
    details.put("parent-cid", Integer.toUnsignedLong(parentCid));
    details.put("create-type", createType());
    List<Object> extents = new ArrayList<>();
    for (int i = 0; i < file.lines().size(); i++) {
      extents.add(extent(file.lines().get(i), i == file.self(), grainSizes.get(i)));
    }
    details.put("extents", extents);
    return details;
  }

  private Map<String, Object> extent(ExtentLine line, boolean self, OptionalInt grain) {
    Map<String, Object> extent = new LinkedHashMap<>();
    if (self && compressed()) {
      extent.put("compressed", true);
    }
    extent.put("virtual-size", line.length());
    if (self) {
      extent.put("filename", name);
    } else if (line.path().isPresent()) {
      extent.put("filename", beside(line.path().get()));
    }
    if (grain.isPresent()) {
      extent.put("cluster-size", (long) grain.getAsInt());
    }
    // qemu-img has no word for the type of an extent that holds its own descriptor.
    extent.put("format", self ? "" : line.type().name());
    return extent;
  }

  /** The extent's name as seen from where the descriptor's own name is seen. */
  private String beside(String extent) {
    return extent.startsWith("/") ? extent : name.substring(0, name.lastIndexOf('/') + 1) + extent;
  }

  private boolean compressed() {
    return file.header().map(SparseHeader::compressed).orElse(false);
  }

  private String createType() {
    String type = file.descriptor().map(Descriptor::createType).orElse("");
    if (!type.isEmpty()) {
      return type;
    }
    return switch (file.lines().getFirst().type()) {
      case VMFSSPARSE -> "vmfsSparse";
      case SESPARSE -> "seSparse";
      default -> compressed() ? "streamOptimized" : "monolithicSparse";
    };
  }

  private Map<String, Object> more() {
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("disk-type", diskType());
    file.header().ifPresent(header -> more.put("header-version", (long) header.version()));
    Map<String, String> database = file.descriptor().map(Descriptor::database).orElse(Map.of());
    putText(more, "adapter-type", database.get("ddb.adaptertype"));
    putText(more, "hardware-version", database.get("ddb.virtualhwversion"));
    putText(more, "tools-version", database.get("ddb.toolsversion"));
    Map<String, Object> geometry = new LinkedHashMap<>();
    for (String side : List.of("cylinders", "heads", "sectors")) {
      putText(geometry, side, database.get("ddb.geometry." + side));
    }
    if (!geometry.isEmpty()) {
      more.put("geometry", geometry);
    }
    putText(more, "uuid", database.get("ddb.uuid"));
    putText(more, "long-content-id", database.get("ddb.longcontentid"));
    if (file.header().map(SparseHeader::uncleanShutdown).orElse(false)) {
      more.put("unclean-shutdown", true);
    }
    damage.ifPresent(text -> more.put("damage", text));
    List<Object> access = new ArrayList<>();
    for (ExtentLine line : file.lines()) {
      access.add(line.access().name());
    }
    if (access.stream().anyMatch(word -> !word.equals(ExtentLine.Access.RW.name()))) {
      more.put("extent-access", access);
    }
    return more;
  }

  private static void putText(Map<String, Object> target, String key, String text) {
    if (text == null) {
      return;
    }
    boolean number = text.matches("[0-9]{1,18}");
    target.put(key, number ? (Object) Long.valueOf(text) : text);
  }

  /** The kind of disk in the words of OpenStack's compute service. */
  private String diskType() {
    if (compressed() || createType().equals("streamOptimized")) {
      return "streamOptimized";
    }
    for (ExtentLine line : file.lines()) {
      if (line.type().isSparse()) {
        return "sparse";
      }
    }
    return "preallocated";
  }
}
