package dev.platter.ova;

import dev.platter.image.CorruptImageException;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.support.XmlWalk;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads an envelope, whose versions differ in their namespaces. */
final class EnvelopeParser extends XmlWalk {
  /** No envelope is larger; what claims to be is not read. */
  static final int MAX_BYTES = 10 << 20;

  private static final int MAX_DEPTH = 64;

  /** More files, and more disks, than any appliance has. */
  private static final int MAX_ENTRIES = 4096;

  /** What has fewer bytes and no units is taken for gigabytes, or worse, by who wrote it. */
  private static final long SMALL = 1 << 20;

  private final String name;
  private final List<Envelope.File> files = new ArrayList<>();
  private final List<Envelope.Disk> disks = new ArrayList<>();
  private final List<Envelope.VirtualMachine> systems = new ArrayList<>();
  private final List<Capacity> capacities = new ArrayList<>();
  private final Map<String, String> properties = new HashMap<>();
  private final List<String> remarks = new ArrayList<>();
  private Map<String, String> item = new HashMap<>();
  private Machine machine;

  /**
   * A capacity that is no plain number of bytes, until all was read.
   *
   * @param disk the disk's place in the list
   */
  private record Capacity(int disk, String text, String units) {}

  /** A virtual machine while it is being read. */
  private static final class Machine {
    private String name = "";
    private String guestType;
    private String guest;
    private String hardware;
    private OptionalLong cpus = OptionalLong.empty();
    private OptionalLong memory = OptionalLong.empty();
    private final List<String> devices = new ArrayList<>();

    Envelope.VirtualMachine done() {
      String guestName = guest == null || guest.isBlank() ? guestType : guest;
      return new Envelope.VirtualMachine(
          name,
          Optional.ofNullable(guestName),
          Optional.ofNullable(hardware),
          cpus,
          memory,
          devices);
    }
  }

  private EnvelopeParser(String name) {
    super("the envelope", MAX_DEPTH);
    this.name = name;
  }

  static Envelope parse(Storage storage) throws IOException {
    EnvelopeParser parser = new EnvelopeParser(storage.name());
    parser.walk(storage, MAX_BYTES);
    for (Capacity capacity : parser.capacities) {
      parser.disks.set(capacity.disk, parser.resolved(capacity));
    }
    return new Envelope(parser.files, parser.disks, parser.systems, parser.remarks);
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
    if (path().isEmpty() && !element.equals("Envelope")) {
      throw corrupt("the root is '" + element + "', an envelope's is 'Envelope'");
    }
    switch (element) {
      case "File" -> addFile(attributes);
      case "Disk" -> addDisk(attributes);
      case "VirtualSystem", "Content" -> {
        if (machine == null) {
          machine = new Machine();
          machine.name = attribute(attributes, "id").orElse("");
        }
      }
      case "OperatingSystemSection" -> {
        if (machine != null) {
          machine.guestType =
              attribute(attributes, "osType")
                  .or(() -> attribute(attributes, "id").map(id -> "CIM " + id))
                  .orElse(null);
        }
      }
      case "Item", "StorageItem", "EthernetPortItem" -> item = new HashMap<>();
      case "Property" -> addProperty(attributes);
      default -> {}
    }
  }

  private void addProperty(Map<String, String> attributes) {
    Optional<String> key = attribute(attributes, "key");
    Optional<String> value = attribute(attributes, "value");
    if (key.isPresent() && value.isPresent() && properties.size() < MAX_ENTRIES) {
      properties.putIfAbsent(key.get(), value.get());
    }
  }

  @Override
  protected void end(String element, String content) {
    String parent = path().isEmpty() ? "" : path().getLast();
    if (machine == null) {
      return;
    }
    switch (element) {
      case "VirtualSystem", "Content" -> {
        systems.add(machine.done());
        machine = null;
      }
      case "Name" -> {
        if (parent.equals("VirtualSystem") || parent.equals("Content")) {
          machine.name = content.isEmpty() ? machine.name : content;
        }
      }
      case "Description" -> {
        if (parent.equals("OperatingSystemSection")) {
          machine.guest = content;
        }
      }
      case "VirtualSystemType" -> machine.hardware = content;
      case "Item", "StorageItem", "EthernetPortItem" -> addItem();
      default -> {}
    }
    if (parent.endsWith("Item")) {
      item.put(element, content);
    }
  }

  /** One piece of hardware; the resource types are those of CIM. */
  private void addItem() {
    String quantity = item.getOrDefault("VirtualQuantity", "");
    String words = item.getOrDefault("ElementName", item.getOrDefault("Caption", ""));
    switch (item.getOrDefault("ResourceType", "")) {
      case "3" -> machine.cpus = AllocationUnits.bytes(quantity, "");
      case "4" ->
          machine.memory =
              AllocationUnits.bytes(quantity, item.getOrDefault("AllocationUnits", "byte * 2^20"));
      default -> {
        String kind = item.getOrDefault("ResourceSubType", "");
        machine.devices.add(kind.isEmpty() ? words : words + " (" + kind + ")");
      }
    }
  }

  private void addFile(Map<String, String> attributes) throws ImageException {
    requireRoom(files);
    String id = required("File", attributes, "id");
    String href = required("File", attributes, "href");
    for (Envelope.File file : files) {
      if (file.id().equals(id)) {
        throw corrupt("two files have the id '" + id + "'");
      }
    }
    String compression = attribute(attributes, "compression").orElse("identity");
    if (!compression.equals("gzip") && !compression.isEmpty() && !compression.equals("identity")) {
      throw unsupported("the file '" + href + "' has compression '" + compression + "'");
    }
    files.add(
        new Envelope.File(
            id,
            href,
            size(attributes, "size"),
            compression.equals("gzip"),
            size(attributes, "chunkSize")));
  }

  private void addDisk(Map<String, String> attributes) throws ImageException {
    requireRoom(disks);
    String id = required("Disk", attributes, "diskId");
    for (Envelope.Disk disk : disks) {
      if (disk.id().equals(id)) {
        throw corrupt("two disks have the id '" + id + "'");
      }
    }
    String capacity = attribute(attributes, "capacity").orElse("").strip();
    Optional<String> units = attribute(attributes, "capacityAllocationUnits");
    OptionalLong bytes = AllocationUnits.bytes(capacity, units.orElse("byte"));
    Optional<String> fileRef =
        attribute(attributes, "fileRef").filter(reference -> !reference.isEmpty());
    boolean tiny = bytes.isPresent() && bytes.getAsLong() < SMALL && units.isEmpty();
    if (bytes.isEmpty() || (tiny && fileRef.isPresent())) {
      capacities.add(new Capacity(disks.size(), capacity, units.orElse("")));
      bytes = OptionalLong.empty();
    }
    disks.add(
        new Envelope.Disk(
            id,
            bytes,
            fileRef,
            attribute(attributes, "format").orElse(""),
            attribute(attributes, "parentRef").filter(reference -> !reference.isEmpty())));
  }

  /** The disk of such a capacity: a property's default counts, else the disk's own size will. */
  private Envelope.Disk resolved(Capacity capacity) {
    Envelope.Disk disk = disks.get(capacity.disk);
    String text = capacity.text;
    boolean isProperty = text.startsWith("${") && text.endsWith("}");
    String value = isProperty ? properties.get(text.substring(2, text.length() - 1)) : null;
    OptionalLong bytes =
        value == null ? OptionalLong.empty() : AllocationUnits.bytes(value, capacity.units);
    String units = capacity.units.isEmpty() ? "without units" : "in '" + capacity.units + "'";
    String what = "the capacity of disk '" + disk.id() + "' is '" + text + "' " + units;
    remarks.add(
        bytes.isPresent()
            ? what + ": the property's default is taken, " + bytes.getAsLong() + " bytes"
            : what + ": the size that the disk's file says is taken");
    return new Envelope.Disk(disk.id(), bytes, disk.fileRef(), disk.format(), disk.parentRef());
  }

  private void requireRoom(List<?> entries) throws ImageException {
    if (entries.size() >= MAX_ENTRIES) {
      throw corrupt("the envelope has more than " + MAX_ENTRIES + " files or disks");
    }
  }

  private OptionalLong size(Map<String, String> attributes, String attribute)
      throws ImageException {
    Optional<String> value = attribute(attributes, attribute);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong size = AllocationUnits.bytes(value.get(), "");
    if (size.isEmpty()) {
      throw corrupt("a file has " + attribute + " '" + value.get() + "'");
    }
    return size;
  }

  private String required(String element, Map<String, String> attributes, String name)
      throws ImageException {
    return attribute(attributes, name)
        .orElseThrow(() -> corrupt("a " + element + " has no " + name));
  }

  private static Optional<String> attribute(Map<String, String> attributes, String name) {
    return Optional.ofNullable(attributes.get(name));
  }
}
