package dev.platter.vmdk;

import static dev.platter.vmdk.Faults.corrupt;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The end of a stream-optimized file whose header was written before its grain directory: a footer
 * marker, the header again, and the end-of-stream marker, one sector each.
 */
final class Footer {
  static final int LENGTH = 3 * SparseHeader.SECTOR;

  private Footer() {}

  /**
   * The header that says where the grain directory is: the given one, or the footer's.
   *
   * @param header the header at byte 0
   */
  static SparseHeader effective(Storage storage, SparseHeader header) throws IOException {
    if (header.gdOffsetSectors() != SparseHeader.GD_AT_END) {
      return header;
    }
    String name = storage.name();
    long size = storage.size();
    if (size < SparseHeader.LENGTH + LENGTH) {
      throw corrupt(name, "the file has " + size + " bytes, which is no room for a footer");
    }
    MemorySegment tail = MemorySegment.ofArray(new byte[LENGTH]);
    storage.readFully(size - LENGTH, tail);
    Marker footer = Marker.parse(tail);
    Marker end = Marker.parse(tail.asSlice(2 * SparseHeader.SECTOR));
    if (footer.size() != 0
        || footer.type() != Marker.FOOTER
        || !end.equals(Marker.metadata(Marker.END_OF_STREAM, 0))
        || tail.get(SparseHeader.INT, SparseHeader.SECTOR) != SparseHeader.MAGIC) {
      throw corrupt(
          name, "the file does not end with a footer and an end-of-stream marker: it was cut off");
    }
    SparseHeader last =
        SparseHeader.parse(tail.asSlice(SparseHeader.SECTOR, SparseHeader.LENGTH), name);
    if (last.gdOffsetSectors() == SparseHeader.GD_AT_END || !last.describesSameDisk(header)) {
      throw corrupt(name, "header and footer do not say the same");
    }
    return last;
  }
}
