package dev.platter.vmdk.format;

import static dev.platter.vmdk.format.Faults.corrupt;

import dev.platter.image.Sizes;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The end of a stream-optimized file whose header was written before its grain directory: a footer
 * marker, the header again, and the end-of-stream marker, one sector each.
 */
public final class Footer {
  public static final int LENGTH = 3 * SparseHeader.SECTOR;

  /** How many zeros behind its end a file may have: what fills it up to whole blocks. */
  private static final int MAX_PADDING = 64 << 20;

  private static final int WINDOW = 1 << 16;

  private Footer() {}

  /**
   * The header that says where the grain directory is: the given one, or the footer's.
   *
   * @param header the header at byte 0
   */
  public static SparseHeader effective(Storage storage, SparseHeader header) throws IOException {
    if (header.gdOffsetSectors() != SparseHeader.GD_AT_END) {
      return header;
    }
    String name = storage.name();
    MemorySegment tail = tail(storage);
    if (!isOne(tail)) {
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

  /** Whether these three sectors are marker, header and marker. */
  public static boolean isOne(MemorySegment tail) {
    Marker footer = Marker.parse(tail);
    Marker end = Marker.parse(tail.asSlice(2 * SparseHeader.SECTOR));
    return footer.size() == 0
        && footer.type() == Marker.FOOTER
        && end.equals(Marker.metadata(Marker.END_OF_STREAM, 0))
        && tail.get(SparseHeader.INT, SparseHeader.SECTOR) == SparseHeader.MAGIC;
  }

  /** The three sectors at the end, whatever is in them; the last one is zero. */
  public static MemorySegment tail(Storage storage) throws IOException {
    long size = storage.size();
    if (size < SparseHeader.LENGTH + LENGTH) {
      throw corrupt(
          storage.name(), "the file has " + size + " bytes, which is no room for a footer");
    }
    long headerEnd = Sizes.roundUp(endOfContent(storage, size), SparseHeader.SECTOR);
    long start = Math.min(headerEnd + SparseHeader.SECTOR, size) - LENGTH;
    MemorySegment tail = MemorySegment.ofArray(new byte[LENGTH]);
    storage.readFully(Math.max(SparseHeader.LENGTH, start), tail);
    return tail;
  }

  /** Behind the last byte that is not zero, as far as is looked for it. */
  private static long endOfContent(Storage storage, long size) throws IOException {
    MemorySegment window = MemorySegment.ofArray(new byte[WINDOW]);
    int length = 2 * SparseHeader.SECTOR;
    for (long end = size; end > Math.max(0, size - MAX_PADDING); end -= length) {
      length = end == size ? length : (int) Math.min(WINDOW, end);
      storage.readFully(end - length, window.asSlice(0, length));
      for (int i = length - 1; i >= 0; i--) {
        if (window.get(SparseHeader.BYTE, i) != 0) {
          return end - length + i + 1;
        }
      }
    }
    return size;
  }
}
