package dev.platter.ova;

import static dev.platter.ova.Faults.corrupt;
import static dev.platter.ova.Faults.unsupported;

import dev.platter.image.ImageException;
import dev.platter.storage.Storage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads an envelope. Document types, and with them entities of all kinds, are refused; elements are
 * told by their local names, because versions differ in the namespaces.
 */
final class EnvelopeParser {
  /** No envelope is larger; what claims to be is not read. */
  static final int MAX_BYTES = 10 << 20;

  private static final int MAX_DEPTH = 64;

  /** More files, and more disks, than any appliance has. */
  private static final int MAX_ENTRIES = 4096;

  private static final int MAX_TEXT = 4096;

  private final String name;
  private final Deque<String> path = new ArrayDeque<>();
  private final List<Envelope.File> files = new ArrayList<>();
  private final List<Envelope.Disk> disks = new ArrayList<>();
  private final List<Envelope.VirtualMachine> systems = new ArrayList<>();
  private Map<String, String> item = new HashMap<>();
  private final StringBuilder text = new StringBuilder();
  private Machine machine;

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
    this.name = name;
  }

  static Envelope parse(Storage storage) throws IOException {
    long size = storage.size();
    if (size > MAX_BYTES) {
      throw corrupt(storage.name(), "the envelope has " + size + " bytes, at most " + MAX_BYTES);
    }
    byte[] bytes = new byte[(int) size];
    storage.readFully(0, MemorySegment.ofArray(bytes));
    EnvelopeParser parser = new EnvelopeParser(storage.name());
    try {
      parser.run(bytes);
    } catch (XMLStreamException e) {
      String message = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
      throw corrupt(storage.name(), "the envelope is not well-formed XML: " + message);
    }
    return new Envelope(parser.files, parser.disks, parser.systems);
  }

  private void run(byte[] bytes) throws XMLStreamException, ImageException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
    XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(bytes));
    try {
      while (reader.hasNext()) {
        switch (reader.next()) {
          case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
              throw corrupt(name, "the envelope has a document type or entities");
          case XMLStreamConstants.START_ELEMENT -> start(reader);
          case XMLStreamConstants.END_ELEMENT -> end(reader.getLocalName());
          case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
            if (text.length() < MAX_TEXT) {
              text.append(reader.getText());
            }
          }
          default -> {}
        }
      }
    } finally {
      reader.close();
    }
  }

  private void start(XMLStreamReader reader) throws ImageException {
    String element = reader.getLocalName();
    if (path.isEmpty() && !element.equals("Envelope")) {
      throw corrupt(name, "the root is '" + element + "', an envelope's is 'Envelope'");
    }
    if (path.size() >= MAX_DEPTH) {
      throw corrupt(name, "elements are nested more than " + MAX_DEPTH + " deep");
    }
    path.push(element);
    text.setLength(0);
    switch (element) {
      case "File" -> addFile(reader);
      case "Disk" -> addDisk(reader);
      case "VirtualSystem", "Content" -> {
        if (machine == null) {
          machine = new Machine();
          machine.name = attribute(reader, "id").orElse("");
        }
      }
      case "OperatingSystemSection" -> {
        if (machine != null) {
          machine.guestType =
              attribute(reader, "osType")
                  .or(() -> attribute(reader, "id").map(id -> "CIM " + id))
                  .orElse(null);
        }
      }
      case "Item", "StorageItem", "EthernetPortItem" -> item = new HashMap<>();
      default -> {}
    }
  }

  private void end(String element) {
    path.pop();
    String parent = path.isEmpty() ? "" : path.peek();
    String content = Faults.printable(text.toString().strip());
    text.setLength(0);
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

  private void addFile(XMLStreamReader reader) throws ImageException {
    requireRoom(files);
    String id = required(reader, "id");
    String href = required(reader, "href");
    for (Envelope.File file : files) {
      if (file.id().equals(id)) {
        throw corrupt(name, "two files have the id '" + id + "'");
      }
    }
    String compression = attribute(reader, "compression").orElse("identity");
    if (!compression.equals("gzip") && !compression.isEmpty() && !compression.equals("identity")) {
      throw unsupported(name, "the file '" + href + "' has compression '" + compression + "'");
    }
    files.add(
        new Envelope.File(
            id, href, size(reader, "size"), compression.equals("gzip"), size(reader, "chunkSize")));
  }

  private void addDisk(XMLStreamReader reader) throws ImageException {
    requireRoom(disks);
    String id = required(reader, "diskId");
    for (Envelope.Disk disk : disks) {
      if (disk.id().equals(id)) {
        throw corrupt(name, "two disks have the id '" + id + "'");
      }
    }
    String capacity = required(reader, "capacity");
    String units = attribute(reader, "capacityAllocationUnits").orElse("byte");
    OptionalLong bytes = AllocationUnits.bytes(capacity, units);
    if (capacity.startsWith("${")) {
      throw unsupported(name, "the capacity of disk '" + id + "' is a property: " + capacity);
    }
    if (bytes.isEmpty()) {
      throw corrupt(
          name, "disk '" + id + "' has a capacity of '" + capacity + "' units of '" + units + "'");
    }
    disks.add(
        new Envelope.Disk(
            id,
            bytes.getAsLong(),
            attribute(reader, "fileRef").filter(reference -> !reference.isEmpty()),
            attribute(reader, "format").orElse(""),
            attribute(reader, "parentRef").filter(reference -> !reference.isEmpty())));
  }

  private void requireRoom(List<?> entries) throws ImageException {
    if (entries.size() >= MAX_ENTRIES) {
      throw corrupt(name, "the envelope has more than " + MAX_ENTRIES + " files or disks");
    }
  }

  private OptionalLong size(XMLStreamReader reader, String attribute) throws ImageException {
    Optional<String> value = attribute(reader, attribute);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong size = AllocationUnits.bytes(value.get(), "");
    if (size.isEmpty()) {
      throw corrupt(name, "a file has " + attribute + " '" + value.get() + "'");
    }
    return size;
  }

  private String required(XMLStreamReader reader, String attribute) throws ImageException {
    String element = reader.getLocalName();
    return attribute(reader, attribute)
        .orElseThrow(() -> corrupt(name, "a " + element + " has no " + attribute));
  }

  private static Optional<String> attribute(XMLStreamReader reader, String name) {
    for (int i = 0; i < reader.getAttributeCount(); i++) {
      if (reader.getAttributeLocalName(i).equals(name)) {
        return Optional.of(Faults.printable(reader.getAttributeValue(i)));
      }
    }
    return Optional.empty();
  }
}
