package dev.platter.vmdk.read;

import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.format.SeSparseHeader;
import dev.platter.vmdk.format.SparseHeader;
import java.io.IOException;
import java.nio.ByteOrder;

/**
 * Grain directory and grain tables of an seSparse extent: 64-bit entries that say in their first
 * hexadecimal digit what they are.
 */
final class SeSparseTables extends GrainTables {
  private static final int ENTRY = Long.BYTES;
  private static final long KIND_MASK = 0xf000_0000_0000_0000L;

  /** Of directory entries: everything but the table's number. */
  private static final long TABLE_KIND_MASK = 0xffff_ffff_0000_0000L;

  private static final long KIND_UNMAPPED = 0x1000_0000_0000_0000L;
  private static final long KIND_ZERO = 0x2000_0000_0000_0000L;
  private static final long KIND_ALLOCATED = 0x3000_0000_0000_0000L;

  private final long directory;
  private final long tables;
  private final long grains;

  SeSparseTables(Storage storage, SeSparseHeader header, Limits limits) throws IOException {
    super(storage, SeSparseHeader.GRAIN_SIZE, SeSparseHeader.TABLE_BYTES / ENTRY, ENTRY);
    this.directory = position("grain directory", header.grainDirOffsetSectors());
    this.tables = position("grain tables", header.grainTablesOffsetSectors());
    this.grains = position("grains", header.grainsOffsetSectors());
    long span = (long) grainSize() * grainsPerTable();
    long bytes = Math.ceilDiv(header.capacitySectors() * SparseHeader.SECTOR, span) * ENTRY;
    long room = Math.min(header.grainDirSizeSectors(), fileSize / SparseHeader.SECTOR);
    if (bytes > limits.maxTableBytes()
        || bytes > room * SparseHeader.SECTOR
        || bytes > fileSize - directory) {
      throw Faults.corrupt(
          storage.name(),
          "a grain directory of " + bytes + " bytes is needed, there is not so much of it");
    }
  }

  private long position(String what, long sectors) throws IOException {
    if (sectors < 1 || sectors > fileSize / SparseHeader.SECTOR) {
      throw Faults.corrupt(
          storage.name(),
          what
              + " at sector "
              + Long.toUnsignedString(sectors)
              + " of "
              + fileSize / SparseHeader.SECTOR);
    }
    return sectors * SparseHeader.SECTOR;
  }

  @Override
  long grainAt(long grain) throws IOException {
    long table = offsetOf(grain / grainsPerTable());
    if (table == UNALLOCATED) {
      return UNALLOCATED;
    }
    long entry = longAt(table + grain % grainsPerTable() * ENTRY);
    long kind = entry & KIND_MASK;
    if (entry == 0) {
      return UNALLOCATED;
    }
    if (kind == KIND_UNMAPPED || kind == KIND_ZERO) {
      return ZERO;
    }
    // The number's low twelve bits are stored above its other 48.
    long number = (entry & 0x0fff_0000_0000_0000L) >>> 48 | (entry & 0x0000_ffff_ffff_ffffL) << 12;
    if (kind != KIND_ALLOCATED || number > (fileSize - grains) / grainSize() - 1) {
      throw Faults.corrupt(
          storage.name(),
          "entry " + Faults.hex(entry) + " of grain " + grain + " leads to no grain of the file");
    }
    return grains + number * grainSize();
  }

  @Override
  long offsetOf(long number) throws IOException {
    long entry = longAt(directory + number * ENTRY);
    if (entry == 0) {
      return UNALLOCATED;
    }
    long offset = tables + (entry & ~TABLE_KIND_MASK) * SeSparseHeader.TABLE_BYTES;
    if ((entry & TABLE_KIND_MASK) != KIND_UNMAPPED
        || insideFile(offset, SeSparseHeader.TABLE_BYTES) == IMPOSSIBLE) {
      throw impossible("grain table", number, offset);
    }
    return offset;
  }

  private long longAt(long offset) throws IOException {
    return file.longAt(offset, ByteOrder.LITTLE_ENDIAN);
  }
}
