package dev.platter.qcow2;

import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A change of the header in its place. All that changes stands in the first sector, which is
 * written at once; extensions and all fields not named stay.
 */
final class HeaderUpdate {
  private final WritableStorage storage;
  private final MemorySegment sector = MemorySegment.ofArray(new byte[Entries.SECTOR]);

  HeaderUpdate(WritableStorage storage) throws IOException {
    this.storage = storage;
    storage.readFully(0, sector.asSlice(0, Math.min(storage.size(), Entries.SECTOR)));
  }

  HeaderUpdate size(long size) {
    sector.set(Qcow2Header.LONG, 24, size);
    return this;
  }

  HeaderUpdate l1Table(long offset, int entries) {
    sector.set(Qcow2Header.INT, 36, entries);
    sector.set(Qcow2Header.LONG, 40, offset);
    return this;
  }

  HeaderUpdate refcountTable(long offset, int clusters) {
    sector.set(Qcow2Header.LONG, 48, offset);
    sector.set(Qcow2Header.INT, 56, clusters);
    return this;
  }

  HeaderUpdate snapshots(long offset, int count) {
    sector.set(Qcow2Header.INT, 60, count);
    sector.set(Qcow2Header.LONG, 64, offset);
    return this;
  }

  HeaderUpdate withoutIncompatible(long features) {
    if (sector.get(Qcow2Header.INT, 4) >= 3) {
      sector.set(Qcow2Header.LONG, 72, sector.get(Qcow2Header.LONG, 72) & ~features);
    }
    return this;
  }

  /** Clears the flags of features that are not known, as who changes an image must. */
  HeaderUpdate withKnownAutoclear() {
    if (sector.get(Qcow2Header.INT, 4) >= 3) {
      long kept = sector.get(Qcow2Header.LONG, 88) & Qcow2Header.AUTOCLEAR_KNOWN;
      sector.set(Qcow2Header.LONG, 88, kept);
    }
    return this;
  }

  /** Writes it and syncs. */
  void write() throws IOException {
    put();
    storage.sync();
  }

  /** Writes it, for a caller who syncs. */
  void put() throws IOException {
    withKnownAutoclear();
    storage.write(0, sector);
  }
}
