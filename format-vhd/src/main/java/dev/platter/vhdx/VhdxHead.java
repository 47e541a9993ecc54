package dev.platter.vhdx;

import static dev.platter.vhdx.Guid.INT;
import static dev.platter.vhdx.Guid.LONG;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * All of a VHDX but its blocks, read and checked.
 *
 * @param storage the file, with its log played back where there is one
 * @param creator who made it, as it says
 * @param bat the region of the block allocation table
 * @param reserved where no block may lie: the regions and the log
 * @param metadata the region of the metadata
 * @param items what there is of metadata, all of it, in the order of its table
 * @param locator the parent's; null in a disk that has none
 */
record VhdxHead(
    Storage storage,
    String creator,
    VhdxHeader header,
    RegionTable.Region bat,
    List<RegionTable.Region> reserved,
    RegionTable.Region metadata,
    List<MetadataTable.Item> items,
    DiskLayout layout,
    UUID diskId,
    int physicalSectorSize,
    ParentLocator locator) {
  /** "vhdxfile". */
  static final long SIGNATURE = 0x656C_6966_7864_6876L;

  static final int CREATOR_OFFSET = 8;
  static final int CREATOR_LENGTH = 512;

  private static final Set<UUID> KNOWN_ITEMS =
      Set.of(
          Guid.FILE_PARAMETERS,
          Guid.VIRTUAL_DISK_SIZE,
          Guid.VIRTUAL_DISK_ID,
          Guid.LOGICAL_SECTOR_SIZE,
          Guid.PHYSICAL_SECTOR_SIZE,
          Guid.PARENT_LOCATOR);

  static VhdxHead read(Storage file, Limits limits) throws IOException {
    try {
      return readFrom(file, limits);
    } catch (CorruptImageException e) {
      throw e.placedIn("vhdx", file.name());
    }
  }

  private static VhdxHead readFrom(Storage file, Limits limits) throws IOException {
    MemorySegment identifier = bytes(file, 0, CREATOR_OFFSET + CREATOR_LENGTH);
    if (identifier.get(LONG, 0) != SIGNATURE) {
      throw Fault.UNPLACED.corrupt("the signature 'vhdxfile' is missing");
    }
    VhdxHeader header = currentHeader(file);
    if (header.version() != VhdxHeader.VERSION) {
      throw Fault.in("vhdx", file.name())
          .unsupported("format version " + header.version() + ", expected 1");
    }
    Storage storage = Log.replay(file, header, limits);
    List<RegionTable.Region> reserved = regions(storage, header);
    RegionTable.Region bat = find(reserved, Guid.BAT_REGION);
    RegionTable.Region metadata = find(reserved, Guid.METADATA_REGION);
    Map<UUID, MetadataTable.Item> table = metadataItems(storage, metadata, limits);
    Map<UUID, MemorySegment> items = contents(storage, metadata, table);
    MemorySegment parameters = item(items, Guid.FILE_PARAMETERS, "file parameters", 8);
    boolean hasParent = (parameters.get(INT, 4) & 2) != 0;
    DiskLayout layout =
        new DiskLayout(
            item(items, Guid.VIRTUAL_DISK_SIZE, "virtual disk size", 8).get(LONG, 0),
            parameters.get(INT, 0),
            item(items, Guid.LOGICAL_SECTOR_SIZE, "logical sector size", 4).get(INT, 0),
            hasParent,
            (parameters.get(INT, 4) & 1) != 0);
    layout.check();
    if (layout.size() > limits.maxVirtualSize()) {
      throw Fault.UNPLACED.actual(layout.size() + " bytes").corrupt("the disk is too large:");
    }
    if (bat.length() / BatEntry.LENGTH < layout.entries()) {
      throw Fault.UNPLACED
          .at(bat.offset())
          .actual(bat.length() / BatEntry.LENGTH + " entries")
          .expected(Long.toString(layout.entries()))
          .corrupt("the block allocation table is too small:");
    }
    return new VhdxHead(
        storage,
        text(identifier.asSlice(CREATOR_OFFSET)),
        header,
        bat,
        reserved,
        metadata,
        MetadataTable.parse(bytes(storage, metadata.offset(), MetadataTable.LENGTH)).items(),
        layout,
        Guid.read(item(items, Guid.VIRTUAL_DISK_ID, "virtual disk identifier", Guid.LENGTH), 0),
        item(items, Guid.PHYSICAL_SECTOR_SIZE, "physical sector size", 4).get(INT, 0),
        hasParent
            ? ParentLocator.parse(item(items, Guid.PARENT_LOCATOR, "parent locator", 20))
            : null);
  }

  /** Of the sound headers the one that was written last; two of one age must be the same. */
  private static VhdxHeader currentHeader(Storage file) throws IOException {
    VhdxHeader current = null;
    for (long offset : VhdxHeader.OFFSETS) {
      MemorySegment bytes = bytes(file, offset, VhdxHeader.LENGTH);
      if (VhdxHeader.isSound(bytes)) {
        VhdxHeader header = VhdxHeader.parse(bytes);
        int order =
            current == null
                ? 1
                : Long.compareUnsigned(header.sequenceNumber(), current.sequenceNumber());
        if (order == 0 && !header.equals(current)) {
          throw Fault.UNPLACED.corrupt(
              "the two headers differ, and both have the sequence number "
                  + Long.toUnsignedString(header.sequenceNumber()));
        }
        current = order > 0 ? header : current;
      }
    }
    if (current == null) {
      throw Fault.UNPLACED.corrupt("neither of the two headers is sound");
    }
    return current;
  }

  /** The regions and the log, none of which meets another. */
  private static List<RegionTable.Region> regions(Storage storage, VhdxHeader header)
      throws IOException {
    RegionTable table = null;
    for (int i = 0; i < RegionTable.OFFSETS.length && table == null; i++) {
      MemorySegment bytes = bytes(storage, RegionTable.OFFSETS[i], RegionTable.LENGTH);
      table = RegionTable.isSound(bytes) ? RegionTable.parse(bytes) : null;
    }
    if (table == null) {
      throw Fault.UNPLACED.corrupt("neither of the two region tables is sound");
    }
    List<RegionTable.Region> regions = new ArrayList<>();
    if (header.logLength() > 0) {
      regions.add(new RegionTable.Region(Guid.NONE, header.logOffset(), header.logLength(), false));
    }
    for (RegionTable.Region region : table.regions()) {
      boolean known =
          region.id().equals(Guid.BAT_REGION) || region.id().equals(Guid.METADATA_REGION);
      if (region.required() && !known) {
        throw Fault.in("vhdx", storage.name())
            .unsupported("unknown region " + region.id() + " is required");
      }
      checkRegion(region, regions, storage.size());
      regions.add(region);
    }
    return regions;
  }

  private static void checkRegion(
      RegionTable.Region region, List<RegionTable.Region> others, long fileSize)
      throws CorruptImageException {
    if (region.offset() < BatEntry.MIB
        || region.offset() % BatEntry.MIB != 0
        || region.length() == 0
        || region.length() % BatEntry.MIB != 0
        || region.offset() > fileSize - region.length()) {
      throw Fault.UNPLACED.corrupt(
          "region "
              + region.id()
              + " lies outside the file: "
              + hex(region.length())
              + " bytes at "
              + hex(region.offset())
              + " of "
              + hex(fileSize));
    }
    for (RegionTable.Region other : others) {
      if (other.id().equals(region.id()) || other.meets(region.offset(), region.end())) {
        throw Fault.UNPLACED
            .at(region.offset())
            .corrupt(
                "region " + region.id() + " at " + hex(region.offset()) + " meets another one");
      }
    }
  }

  private static RegionTable.Region find(List<RegionTable.Region> regions, UUID id)
      throws CorruptImageException {
    for (RegionTable.Region region : regions) {
      if (region.id().equals(id)) {
        return region;
      }
    }
    throw Fault.UNPLACED.corrupt(
        "there is no "
            + (id.equals(Guid.BAT_REGION) ? "block allocation table" : "metadata")
            + " region");
  }

  /** The metadata items that are known. */
  private static Map<UUID, MetadataTable.Item> metadataItems(
      Storage storage, RegionTable.Region region, Limits limits) throws IOException {
    MemorySegment bytes = bytes(storage, region.offset(), MetadataTable.LENGTH);
    if (!MetadataTable.isSound(bytes)) {
      throw Fault.UNPLACED
          .at(region.offset())
          .corrupt("the metadata table at " + hex(region.offset()) + " is none");
    }
    Map<UUID, MetadataTable.Item> items = new HashMap<>();
    for (MetadataTable.Item item : MetadataTable.parse(bytes).items()) {
      if (item.user() || !KNOWN_ITEMS.contains(item.id())) {
        if (item.required()) {
          throw Fault.in("vhdx", storage.name())
              .unsupported("unknown metadata item " + item.id() + " is required");
        }
        continue;
      }
      boolean outside =
          item.length() > Math.min(MetadataTable.MAX_ITEM_LENGTH, limits.maxDescriptionBytes())
              || (item.length() > 0
                  && (item.offset() < MetadataTable.LENGTH
                      || item.offset() > region.length() - item.length()));
      if (outside || items.put(item.id(), item) != null) {
        throw Fault.UNPLACED.corrupt(
            "metadata item "
                + item.id()
                + (outside
                    ? " lies outside its region: " + item.length() + " bytes at " + item.offset()
                    : " is there twice"));
      }
    }
    return items;
  }

  private static Map<UUID, MemorySegment> contents(
      Storage storage, RegionTable.Region region, Map<UUID, MetadataTable.Item> items)
      throws IOException {
    Map<UUID, MemorySegment> contents = new HashMap<>();
    for (MetadataTable.Item item : items.values()) {
      contents.put(item.id(), bytes(storage, region.offset() + item.offset(), (int) item.length()));
    }
    return contents;
  }

  private static MemorySegment item(
      Map<UUID, MemorySegment> items, UUID id, String what, int length)
      throws CorruptImageException {
    MemorySegment item = items.get(id);
    if (item == null || item.byteSize() < length) {
      throw Fault.UNPLACED.corrupt(
          "metadata item '" + what + "' " + (item == null ? "is missing" : "is too short"));
    }
    return item;
  }

  /** A known item of the metadata, which is there. */
  MetadataTable.Item item(UUID id) {
    for (MetadataTable.Item item : items) {
      if (!item.user() && item.id().equals(id)) {
        return item;
      }
    }
    throw new IllegalStateException("there is no metadata item " + id);
  }

  /** Where in the file the disk's size is said. */
  long sizePosition() {
    return metadata.offset() + item(Guid.VIRTUAL_DISK_SIZE).offset();
  }

  String name() {
    return storage.name();
  }

  /** Whether the log was played back to see the file as it should be. */
  boolean replayed() {
    return storage instanceof ReplayedStorage;
  }

  boolean isDifferencing() {
    return layout.hasParent();
  }

  CorruptImageException corrupt(String message) {
    return Fault.in("vhdx", name()).corrupt(message);
  }

  static String hex(long number) {
    return "0x" + Long.toHexString(number);
  }

  /** What the storage has there; the rest is zero. */
  private static MemorySegment bytes(Storage storage, long offset, int length) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[length]);
    storage.read(offset, bytes);
    return bytes;
  }

  private static String text(MemorySegment bytes) {
    String text = new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_16LE);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }
}
