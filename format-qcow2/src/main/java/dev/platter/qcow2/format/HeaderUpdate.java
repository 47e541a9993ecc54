package dev.platter.qcow2.format;

import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A change of the header in its place. All that changes stands in the first sector, which is
 * written at once; extensions and all fields not named stay. Only the bitmaps' directory may be
 * named behind that sector: bitmaps do not count, then, while the header changes.
 */
public final class HeaderUpdate {
  private final WritableStorage storage;
  private final MemorySegment sector = MemorySegment.ofArray(new byte[Entries.SECTOR]);

  private final MemorySegment before = MemorySegment.ofArray(new byte[Entries.SECTOR]);

  /** The place of a bitmap directory's offset behind the first sector; 0 for none. */
  private long directoryField;

  private long directory;
  private long directoryBefore;

  private HeaderLayout layout;

  public HeaderUpdate(WritableStorage storage) throws IOException {
    this.storage = storage;
    storage.readFully(0, sector.asSlice(0, Math.min(storage.size(), Entries.SECTOR)));
    before.copyFrom(sector);
  }

  public HeaderUpdate size(long size) {
    sector.set(Qcow2Header.LONG, 24, size);
    return this;
  }

  public HeaderUpdate l1Table(long offset, int entries) {
    sector.set(Qcow2Header.INT, 36, entries);
    sector.set(Qcow2Header.LONG, 40, offset);
    return this;
  }

  public HeaderUpdate refcountTable(long offset, int clusters) {
    sector.set(Qcow2Header.LONG, 48, offset);
    sector.set(Qcow2Header.INT, 56, clusters);
    return this;
  }

  public HeaderUpdate snapshots(long offset, int count) {
    sector.set(Qcow2Header.INT, 60, count);
    sector.set(Qcow2Header.LONG, 64, offset);
    return this;
  }

  /**
   * Another place for the directory of bitmaps, of the same length.
   *
   * @param extension where the data of its header extension stands
   */
  public HeaderUpdate bitmapDirectory(long extension, long offset) throws IOException {
    long field = extension + BitmapDirectory.OFFSET_FIELD;
    if (field + Long.BYTES <= Entries.SECTOR) {
      sector.set(Qcow2Header.LONG, field, offset);
      return this;
    }
    MemorySegment stored = MemorySegment.ofArray(new byte[Long.BYTES]);
    storage.readFully(field, stored);
    directoryField = field;
    directory = offset;
    directoryBefore = stored.get(Qcow2Header.LONG, 0);
    return this;
  }

  /** Other extensions, or another backing file; all of it counts by the first sector, too. */
  public HeaderUpdate layout(HeaderLayout newLayout) {
    layout = newLayout;
    layout.fill(sector);
    return this;
  }

  /** The width of refcounts, as a power of two of bits; of version 3. */
  public HeaderUpdate refcountOrder(int order) {
    sector.set(Qcow2Header.INT, 96, order);
    return this;
  }

  /** Sets or clears flags that are there to be ignored or cleared by others; of version 3. */
  public HeaderUpdate features(long compatible, long autoclear) {
    sector.set(Qcow2Header.LONG, 80, compatible);
    sector.set(Qcow2Header.LONG, 88, autoclear);
    return this;
  }

  public HeaderUpdate withoutIncompatible(long features) {
    if (sector.get(Qcow2Header.INT, 4) >= 3) {
      sector.set(Qcow2Header.LONG, 72, sector.get(Qcow2Header.LONG, 72) & ~features);
    }
    return this;
  }

  /** Writes it and syncs. */
  public void write() throws IOException {
    if (layout != null) {
      layout.writeAhead(storage);
      storage.sync();
    }
    put();
    storage.sync();
  }

  /** Writes what only tells the features' names, once {@link #write} is done. */
  public void writeNames() throws IOException {
    if (layout != null && layout.hasMoreNames()) {
      layout.writeFeatureNames(storage, sector);
    }
  }

  /**
   * Writes it, for a caller who syncs. Clears the flags of features that are not known, as who
   * changes an image must.
   */
  public void put() throws IOException {
    if (sector.get(Qcow2Header.INT, 4) >= 3) {
      long kept = sector.get(Qcow2Header.LONG, 88) & Qcow2Header.AUTOCLEAR_KNOWN;
      sector.set(Qcow2Header.LONG, 88, kept);
    }
    writeDirectory(directory);
    storage.write(0, sector);
  }

  /** Makes the header again what it was. */
  public void undo() throws IOException {
    writeDirectory(directoryBefore);
    storage.write(0, before);
    storage.sync();
  }

  private void writeDirectory(long offset) throws IOException {
    if (directoryField == 0) {
      return;
    }
    MemorySegment without = MemorySegment.ofArray(new byte[Entries.SECTOR]).copyFrom(before);
    long features = before.get(Qcow2Header.LONG, 88) & ~Qcow2Header.AUTOCLEAR_BITMAPS;
    without.set(Qcow2Header.LONG, 88, features);
    storage.write(0, without);
    storage.sync();
    MemorySegment field = MemorySegment.ofArray(new byte[Long.BYTES]);
    field.set(Qcow2Header.LONG, 0, offset);
    storage.write(directoryField, field);
    storage.sync();
  }
}
