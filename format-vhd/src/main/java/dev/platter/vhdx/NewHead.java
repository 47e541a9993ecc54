package dev.platter.vhdx;

import static dev.platter.vhdx.Guid.INT;
import static dev.platter.vhdx.Guid.LONG;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.Sizes;
import dev.platter.image.spi.CreateRequest;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * All of a new VHDX but its blocks and its table: the log behind the headers, then the metadata,
 * then the table, then the blocks.
 *
 * @param locator null in a disk without a parent
 */
record NewHead(
    DiskLayout layout,
    long logLength,
    String creator,
    UUID fileWriteId,
    UUID dataWriteId,
    UUID diskId,
    ParentLocator locator) {
  private static final int PHYSICAL_SECTOR_SIZE = 4096;
  private static final int FIRST_SEQUENCE_NUMBER = 1;

  static NewHead of(CreateRequest request, VhdxOptions options) throws IllegalOptionException {
    if (request.size() > DiskLayout.MAX_SIZE) {
      throw new IllegalOptionException("Image size too large; max of 64TB");
    }
    boolean hasParent = request.backing().isPresent();
    DiskLayout layout =
        new DiskLayout(
            Sizes.roundUp(request.size(), options.logicalSectorSize()),
            options.blockSize(),
            options.logicalSectorSize(),
            hasParent,
            options.fixed());
    return new NewHead(
        layout,
        options.logLength(),
        options.creator(),
        request.identity().uuid("vhdx file write"),
        request.identity().uuid("vhdx data write"),
        request.identity().uuid("vhdx disk"),
        hasParent
            ? ParentLocator.of(request.backing().orElseThrow(), request.parent(), layout)
            : null);
  }

  long metadataOffset() {
    return BatEntry.MIB + logLength;
  }

  long tableOffset() {
    return metadataOffset() + BatEntry.MIB;
  }

  long tableLength() {
    return Math.max(BatEntry.MIB, Sizes.roundUp(layout.entries() * BatEntry.LENGTH, BatEntry.MIB));
  }

  /** Where the first block may stand. */
  long payloadOffset() {
    return tableOffset() + tableLength();
  }

  /** Writes everything, the file's signature last. */
  void writeTo(WritableStorage storage) throws IOException {
    writeMetadata(storage);
    MemorySegment regions = MemorySegment.ofArray(new byte[RegionTable.LENGTH]);
    new RegionTable(
            List.of(
                new RegionTable.Region(Guid.BAT_REGION, tableOffset(), tableLength(), true),
                new RegionTable.Region(Guid.METADATA_REGION, metadataOffset(), BatEntry.MIB, true)))
        .writeTo(regions);
    for (long offset : RegionTable.OFFSETS) {
      storage.write(offset, regions);
    }
    long number = FIRST_SEQUENCE_NUMBER;
    for (long offset : VhdxHeader.OFFSETS) {
      MemorySegment header = MemorySegment.ofArray(new byte[VhdxHeader.LENGTH]);
      new VhdxHeader(
              number++,
              fileWriteId,
              dataWriteId,
              Guid.NONE,
              0,
              VhdxHeader.VERSION,
              logLength,
              BatEntry.MIB)
          .writeTo(header);
      storage.write(offset, header);
    }
    MemorySegment identifier = MemorySegment.ofArray(new byte[RegionTable.LENGTH]);
    identifier.set(LONG, 0, VhdxHead.SIGNATURE);
    byte[] text = creator.getBytes(StandardCharsets.UTF_16LE);
    MemorySegment.copy(
        MemorySegment.ofArray(text), 0, identifier, VhdxHead.CREATOR_OFFSET, text.length);
    storage.write(0, identifier);
  }

  private void writeMetadata(WritableStorage storage) throws IOException {
    int flags = (layout.leaveAllocated() ? 1 : 0) | (layout.hasParent() ? 2 : 0);
    Map<UUID, MemorySegment> contents = new LinkedHashMap<>();
    MemorySegment parameters = MemorySegment.ofArray(new byte[8]);
    parameters.set(INT, 0, layout.blockSize());
    parameters.set(INT, 4, flags);
    contents.put(Guid.FILE_PARAMETERS, parameters);
    MemorySegment size = MemorySegment.ofArray(new byte[8]);
    size.set(LONG, 0, layout.size());
    contents.put(Guid.VIRTUAL_DISK_SIZE, size);
    MemorySegment id = MemorySegment.ofArray(new byte[Guid.LENGTH]);
    Guid.write(id, 0, diskId);
    contents.put(Guid.VIRTUAL_DISK_ID, id);
    contents.put(Guid.LOGICAL_SECTOR_SIZE, number(layout.logicalSectorSize()));
    contents.put(Guid.PHYSICAL_SECTOR_SIZE, number(PHYSICAL_SECTOR_SIZE));
    if (locator != null) {
      contents.put(Guid.PARENT_LOCATOR, MemorySegment.ofArray(locator.toBytes()));
    }
    List<MetadataTable.Item> items = new ArrayList<>();
    long at = MetadataTable.LENGTH;
    for (Map.Entry<UUID, MemorySegment> content : contents.entrySet()) {
      boolean ofFile =
          content.getKey().equals(Guid.FILE_PARAMETERS)
              || content.getKey().equals(Guid.PARENT_LOCATOR);
      long length = content.getValue().byteSize();
      items.add(new MetadataTable.Item(content.getKey(), at, length, false, !ofFile, true));
      storage.write(metadataOffset() + at, content.getValue());
      at += length;
    }
    MemorySegment table = MemorySegment.ofArray(new byte[MetadataTable.LENGTH]);
    new MetadataTable(items).writeTo(table);
    storage.write(metadataOffset(), table);
  }

  private static MemorySegment number(int number) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Integer.BYTES]);
    bytes.set(INT, 0, number);
    return bytes;
  }
}
