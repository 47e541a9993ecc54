package dev.platter.qcow2.format;

import dev.platter.image.CorruptImageException;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The persistent bitmaps that an image lists ("Bitmaps extension", "Bitmap directory"). Their data
 * is not read here.
 *
 * @param length bytes that the directory takes in the file
 */
public record BitmapDirectory(long offset, long length, List<BitmapEntry> entries) {
  public static final int EXTENSION_LENGTH = 24;

  /** Where in the extension the directory's offset stands. */
  public static final int OFFSET_FIELD = 16;

  public static final int MAX_BITMAPS = 65535;
  public static final long MAX_LENGTH = 1024L * MAX_BITMAPS;

  public BitmapDirectory {
    entries = List.copyOf(entries);
  }

  /**
   * Reads the directory; empty where there is none, or where the image was changed by a program
   * that did not keep it.
   *
   * @throws CorruptImageException if it cannot be true
   */
  public static Optional<BitmapDirectory> read(Storage storage, ImageHead head) throws IOException {
    Optional<HeaderExtension> extension = head.extension(HeaderExtension.BITMAPS);
    boolean consistent = (head.header().autoclearFeatures() & Qcow2Header.AUTOCLEAR_BITMAPS) != 0;
    if (extension.isEmpty() || !consistent) {
      return Optional.empty();
    }
    MemorySegment fields = extension.get().data();
    if (fields.byteSize() != EXTENSION_LENGTH) {
      throw head.corrupt(
          "bitmaps_ext: Invalid extension length: "
              + fields.byteSize()
              + ", expected "
              + EXTENSION_LENGTH);
    }
    long count = Integer.toUnsignedLong(fields.get(Qcow2Header.INT, 0));
    int reserved = fields.get(Qcow2Header.INT, 4);
    long length = fields.get(Qcow2Header.LONG, 8);
    long offset = fields.get(Qcow2Header.LONG, OFFSET_FIELD);
    if (count == 0) {
      throw head.corrupt("found bitmaps extension with zero bitmaps");
    }
    if (count > MAX_BITMAPS) {
      throw head.corrupt(
          "bitmaps_ext: Image has " + count + " bitmaps, the supported maximum is " + MAX_BITMAPS);
    }
    if (reserved != 0) {
      throw head.corrupt("bitmaps_ext: Reserved field is not zero: " + reserved);
    }
    if (length < 0 || length > MAX_LENGTH) {
      throw head.corrupt(
          "bitmaps_ext: bitmap directory size ("
              + Long.toUnsignedString(length)
              + ") exceeds the maximum supported size ("
              + MAX_LENGTH
              + ")");
    }
    if (offset <= 0 || offset % head.header().clusterSize() != 0) {
      throw head.corrupt("bitmaps_ext: invalid bitmap directory offset: " + ImageHead.hex(offset));
    }
    return Optional.of(read(storage, head, (int) count, offset, length));
  }

  private static BitmapDirectory read(
      Storage storage, ImageHead head, int count, long offset, long length) throws IOException {
    long fileSize = storage.size();
    if (offset > fileSize || length > fileSize - offset) {
      throw head.corrupt(
          "the bitmap directory at "
              + ImageHead.hex(offset)
              + " ends past the end of the file ("
              + ImageHead.hex(offset + length)
              + " > "
              + ImageHead.hex(fileSize)
              + ")");
    }
    List<BitmapEntry> entries = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(Math.max(length, 8), 8);
      storage.readFully(offset, bytes.asSlice(0, length));
      long at = 0;
      while (at < length) {
        if (entries.size() == count) {
          throw head.corrupt(
              "More bitmaps found than specified in header extension: more than " + count);
        }
        BitmapEntry entry = entryAt(head, bytes.asSlice(at, length - at), offset + at);
        entries.add(entry);
        at += entry.storedLength();
      }
    }
    if (entries.size() < count) {
      throw head.corrupt(
          "Less bitmaps found than specified in header extension: "
              + entries.size()
              + " of "
              + count);
    }
    return new BitmapDirectory(offset, length, entries);
  }

  private static BitmapEntry entryAt(ImageHead head, MemorySegment rest, long position)
      throws CorruptImageException {
    if (rest.byteSize() < BitmapEntry.FIXED_LENGTH
        || BitmapEntry.storedLength(rest) > rest.byteSize()) {
      throw head.corrupt(
          "Broken bitmap directory: the entry at " + ImageHead.hex(position) + " is cut");
    }
    BitmapEntry entry = BitmapEntry.parse(rest);
    int nameLength = Short.toUnsignedInt(rest.get(Qcow2Header.SHORT, 18));
    boolean possible =
        entry.tableOffset() > 0
            && entry.tableOffset() % head.header().clusterSize() == 0
            && Integer.compareUnsigned(entry.tableSize(), 0) > 0
            && Integer.compareUnsigned(entry.tableSize(), BitmapEntry.MAX_TABLE_SIZE) <= 0
            && (entry.flags() & ~BitmapEntry.FLAGS_KNOWN) == 0
            && entry.type() == BitmapEntry.TYPE_DIRTY_TRACKING
            && entry.granularityBits() >= BitmapEntry.MIN_GRANULARITY_BITS
            && entry.granularityBits() <= BitmapEntry.MAX_GRANULARITY_BITS
            && nameLength > 0
            && nameLength <= BitmapEntry.MAX_NAME;
    if (!possible) {
      throw head.corrupt(
          "Bitmap '"
              + entry.name()
              + "' doesn't satisfy the constraints: table at "
              + ImageHead.hex(entry.tableOffset())
              + " with "
              + Integer.toUnsignedString(entry.tableSize())
              + " entries, flags "
              + ImageHead.hex(entry.flags())
              + ", type "
              + entry.type()
              + ", granularity 2^"
              + entry.granularityBits()
              + ", name of "
              + nameLength
              + " bytes");
    }
    return entry;
  }

  /** Stops where two bitmaps have one name. */
  public void requireNames(ImageHead head) throws CorruptImageException {
    Set<String> names = new HashSet<>();
    for (BitmapEntry entry : entries) {
      if (!names.add(entry.name())) {
        throw head.corrupt("two bitmaps are called '" + entry.name() + "'");
      }
    }
  }

  /** The bitmaps as qemu-img's JSON tells of them. */
  public List<Map<String, Object>> describe() {
    List<Map<String, Object>> list = new ArrayList<>();
    for (BitmapEntry entry : entries) {
      List<String> flags = new ArrayList<>();
      if ((entry.flags() & BitmapEntry.FLAG_IN_USE) != 0) {
        flags.add("in-use");
      }
      if ((entry.flags() & BitmapEntry.FLAG_AUTO) != 0) {
        flags.add("auto");
      }
      Map<String, Object> bitmap = new LinkedHashMap<>();
      bitmap.put("flags", flags);
      bitmap.put("name", entry.name());
      bitmap.put("granularity", 1L << entry.granularityBits());
      list.add(bitmap);
    }
    return list;
  }
}
