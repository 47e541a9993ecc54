package dev.platter.parallels;

import dev.platter.image.CorruptImageException;
import dev.platter.image.ImageException;
import dev.platter.image.Limits;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.support.XmlWalk;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads a DiskDescriptor.xml. Elements that the specification does not know are passed over. */
final class DescriptorParser extends XmlWalk {
  private static final String ROOT = "Parallels_disk_image";
  private static final String UUID_FORM = "\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}";

  /** How far into a file its root begins at the latest. */
  private static final int MAGIC_BYTES = 1024;

  /** No descriptor is larger; what claims to be is not read. */
  private static final int MAX_BYTES = 4 << 20;

  private static final int MAX_DEPTH = 32;

  /** More images, snapshots or parts than any disk has. */
  private static final int MAX_ENTRIES = 4096;

  private final String name;

  /** What stands in the elements of the disk, of a part, of an image, and of a snapshot. */
  private final Map<String, String> disk = new HashMap<>();

  private final Map<String, String> part = new HashMap<>();
  private final Map<String, String> image = new HashMap<>();
  private final Map<String, String> shot = new HashMap<>();
  private final List<DiskDescriptor.Image> images = new ArrayList<>();
  private final List<DiskDescriptor.Part> parts = new ArrayList<>();
  private final List<DiskDescriptor.Shot> shots = new ArrayList<>();
  private String top = "";

  private DescriptorParser(String name) {
    super("the descriptor", MAX_DEPTH);
    this.name = name;
  }

  /** Whether a file with this beginning is a descriptor: XML whose root says so. */
  static boolean looksLikeDescriptor(MemorySegment head) {
    if (!mayBegin(head)) {
      return false;
    }
    byte[] bytes = new byte[(int) Math.min(head.byteSize(), MAGIC_BYTES)];
    MemorySegment.copy(head, 0, MemorySegment.ofArray(bytes), 0, bytes.length);
    String text = new String(bytes, StandardCharsets.UTF_8).replace("\uFEFF", "").stripLeading();
    return text.startsWith("<") && text.contains("<" + ROOT);
  }

  static DiskDescriptor parse(Storage storage, Limits limits) throws IOException {
    DescriptorParser parser = new DescriptorParser(storage.name());
    parser.walk(storage, Math.min(MAX_BYTES, limits.maxDescriptionBytes()));
    return parser.descriptor();
  }

  @Override
  protected CorruptImageException corrupt(String fault) {
    return Faults.corrupt(name, fault);
  }

  private UnsupportedFeatureException unsupported(String what) {
    return Faults.unsupported(name, what);
  }

  @Override
  protected void start(String element, Map<String, String> attributes) throws ImageException {
    if (path().isEmpty()) {
      String version = attributes.get("Version");
      if (!element.equals(ROOT)) {
        throw corrupt("the root is '" + element + "', a descriptor's is '" + ROOT + "'");
      }
      if (!"1.0".equals(version)) {
        throw unsupported("version " + version + " of the descriptor, expected 1.0");
      }
    }
  }

  @Override
  protected void end(String element, String content) throws ImageException {
    String where = path().isEmpty() ? element : String.join("/", path()) + "/" + element;
    switch (where.substring(Math.min(where.length(), ROOT.length() + 1))) {
      case "StorageData/Storage/Image" -> addImage();
      case "StorageData/Storage" -> addPart();
      case "Snapshots/Shot" -> addShot();
      case "Snapshots/TopGUID" -> top = guid(content, "TopGUID");
      case "Disk_Parameters/Encryption/Engine" -> disk.put("Engine", content);
      default -> {
        switch (path().size()) {
          case 2 -> put(disk, "Disk_Parameters", element, content);
          case 3 -> {
            put(part, "Storage", element, content);
            put(shot, "Shot", element, content);
          }
          case 4 -> put(image, "Image", element, content);
          default -> {}
        }
      }
    }
  }

  private void put(Map<String, String> fields, String parent, String element, String content) {
    if (path().getLast().equals(parent)) {
      fields.put(element, content);
    }
  }

  private void addImage() throws ImageException {
    requireRoom(images);
    String type = required(image, "Image", "Type");
    if (!type.equals("Plain") && !type.equals("Compressed")) {
      throw unsupported("an image of type '" + type + "', expected 'Plain' or 'Compressed'");
    }
    String guid = guid(required(image, "Image", "GUID"), "the GUID of an image");
    if (images.stream().anyMatch(other -> other.guid().equals(guid))) {
      throw corrupt("two images of a part have the GUID {" + guid + "}");
    }
    images.add(
        new DiskDescriptor.Image(guid, type.equals("Plain"), required(image, "Image", "File")));
    image.clear();
  }

  private void addPart() throws ImageException {
    requireRoom(parts);
    long start = number(part, "Storage", "Start");
    long end = number(part, "Storage", "End");
    long expected = parts.isEmpty() ? 0 : parts.getLast().end();
    if (start != expected || end <= start) {
      throw corrupt(
          "a part of the disk has the sectors from "
              + start
              + " to "
              + end
              + ", expected one from "
              + expected
              + " on");
    }
    long blockSize = number(part, "Storage", "Blocksize");
    parts.add(new DiskDescriptor.Part(start, end, blockSize, List.copyOf(images)));
    images.clear();
    part.clear();
  }

  private void addShot() throws ImageException {
    requireRoom(shots);
    String guid = guid(required(shot, "Shot", "GUID"), "the GUID of a snapshot");
    if (shots.stream().anyMatch(other -> other.guid().equals(guid))) {
      throw corrupt("two snapshots have the GUID {" + guid + "}");
    }
    String parent = guid(required(shot, "Shot", "ParentGUID"), "the parent of a snapshot");
    shots.add(new DiskDescriptor.Shot(guid, parent));
    shot.clear();
  }

  private DiskDescriptor descriptor() throws ImageException {
    String parameters = "Disk_Parameters";
    long sectors = number(disk, parameters, "Disk_size");
    if (sectors > Long.MAX_VALUE / ParallelsHeader.SECTOR_SIZE) {
      throw corrupt("the disk's size is impossible: " + sectors + " sectors");
    }
    if (!disk.getOrDefault("Padding", "0").equals("0")) {
      throw unsupported("a disk with padding");
    }
    String sectorSize = disk.getOrDefault("LogicSectorSize", "512");
    if (!sectorSize.equals("512")) {
      throw unsupported("logical sectors of " + sectorSize + " bytes, expected 512");
    }
    long end = parts.isEmpty() ? 0 : parts.getLast().end();
    if (end != sectors) {
      throw corrupt("the parts of the disk end at sector " + end + ", the disk at " + sectors);
    }
    String engine = disk.getOrDefault("Engine", "");
    if (shots.isEmpty() && !parts.isEmpty() && !parts.getFirst().images().isEmpty()) {
      // A disk without a tree of snapshots is its one image.
      shots.add(
          new DiskDescriptor.Shot(
              parts.getFirst().images().getFirst().guid(), DiskDescriptor.NO_PARENT));
      top = top.isEmpty() ? shots.getFirst().guid() : top;
    }
    return new DiskDescriptor(
        name,
        sectors,
        number(disk, parameters, "Cylinders")
            + "/"
            + number(disk, parameters, "Heads")
            + "/"
            + number(disk, parameters, "Sectors"),
        !engine.isEmpty() && !guid(engine, "the engine").equals(DiskDescriptor.NO_PARENT),
        List.copyOf(parts),
        List.copyOf(shots),
        top.isEmpty() ? DiskDescriptor.STANDARD_TOP : top);
  }

  private void requireRoom(List<?> entries) throws ImageException {
    if (entries.size() >= MAX_ENTRIES) {
      throw corrupt("the descriptor has more than " + MAX_ENTRIES + " entries of a kind");
    }
  }

  private String required(Map<String, String> fields, String parent, String element)
      throws ImageException {
    String value = fields.getOrDefault(element, "");
    if (value.isEmpty()) {
      throw corrupt("a " + parent + " has no " + element);
    }
    return value;
  }

  private long number(Map<String, String> fields, String parent, String element)
      throws ImageException {
    String value = required(fields, parent, element);
    if (!value.matches("[0-9]{1,18}")) {
      throw corrupt("a " + parent + " has " + element + " '" + value + "', no number");
    }
    return Long.parseLong(value);
  }

  /** The digits of a GUID, lower case, without the braces. */
  private String guid(String value, String what) throws ImageException {
    String digits = value;
    if (value.startsWith("{") && value.endsWith("}")) {
      digits = value.substring(1, value.length() - 1);
    }
    if (!digits.matches(UUID_FORM)) {
      throw corrupt(what + " is '" + value + "', expected a UUID in braces");
    }
    return digits.toLowerCase(Locale.ROOT);
  }
}
