package dev.platter.vhdx;

import static dev.platter.vhdx.Guid.INT;
import static dev.platter.vhdx.Guid.SHORT;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ParentReference;
import dev.platter.image.support.ForeignNames;
import dev.platter.storage.FileNames;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** How a differencing disk finds its parent: texts under well-known keys (2.6.2.6). */
record ParentLocator(Map<String, String> values) {
  static final String LINKAGE = "parent_linkage";
  static final String LINKAGE_2 = "parent_linkage2";
  static final String RELATIVE_PATH = "relative_path";
  static final String ABSOLUTE_PATH = "absolute_win32_path";

  private static final List<String> PATHS = List.of(RELATIVE_PATH, "volume_path", ABSOLUTE_PATH);
  private static final int HEADER_LENGTH = 20;
  private static final int ENTRY_LENGTH = 12;

  ParentLocator {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /**
   * @param bytes the whole item
   * @throws CorruptImageException if an entry lies outside of it, or it is not that of a VHDX
   */
  static ParentLocator parse(MemorySegment bytes) throws CorruptImageException {
    if (bytes.byteSize() < HEADER_LENGTH) {
      throw Fault.UNPLACED.corrupt("the parent locator is too short: " + bytes.byteSize());
    }
    if (!Guid.read(bytes, 0).equals(Guid.VHDX_LOCATOR)) {
      throw Fault.UNPLACED.corrupt(
          "the parent locator is of an unknown type: " + Guid.read(bytes, 0));
    }
    int count = Short.toUnsignedInt(bytes.get(SHORT, 18));
    if (HEADER_LENGTH + (long) count * ENTRY_LENGTH > bytes.byteSize()) {
      throw Fault.UNPLACED.corrupt("the parent locator has too many entries: " + count);
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      long at = HEADER_LENGTH + (long) i * ENTRY_LENGTH;
      String key = text(bytes, at, at + 8);
      values.put(key, text(bytes, at + 4, at + 10));
    }
    return new ParentLocator(values);
  }

  /**
   * How a disk finds the one that is to be its parent.
   *
   * @param parent that disk, open
   * @param layout of the disk that gets it
   */
  static ParentLocator of(ParentReference reference, Optional<DiskImage> parent, DiskLayout layout)
      throws IllegalOptionException {
    if (parent.isEmpty()) {
      throw new IllegalOptionException(
          "A differencing VHDX records its parent's identifier, so the parent must be readable");
    }
    if (!(parent.get() instanceof VhdxImage image)) {
      throw new IllegalOptionException("The parent of a differencing VHDX must be a VHDX itself");
    }
    int sectorSize = image.head().layout().logicalSectorSize();
    if (sectorSize != layout.logicalSectorSize()) {
      throw new IllegalOptionException(
          "A differencing VHDX must have its parent's sector size, "
              + sectorSize
              + " bytes, not "
              + layout.logicalSectorSize());
    }
    String name = reference.name();
    if (!FileNames.isCharacters(name)) {
      throw new IllegalOptionException(
          "A VHDX cannot hold a name that is not UTF-8: '" + name + "'");
    }
    boolean absolute = name.startsWith("/");
    Map<String, String> values = new LinkedHashMap<>();
    values.put(LINKAGE, "{" + image.head().header().dataWriteId() + "}");
    values.put(
        absolute ? ABSOLUTE_PATH : RELATIVE_PATH,
        (absolute ? name : ".\\" + name).replace('/', '\\'));
    return new ParentLocator(values);
  }

  /** The same for a parent that was written to and so has another identifier. */
  ParentLocator over(UUID dataWriteId) {
    Map<String, String> changed = new LinkedHashMap<>(values);
    changed.put(LINKAGE, "{" + dataWriteId + "}");
    changed.remove(LINKAGE_2);
    return new ParentLocator(changed);
  }

  private static String text(MemorySegment bytes, long offsetAt, long lengthAt)
      throws CorruptImageException {
    long offset = Integer.toUnsignedLong(bytes.get(INT, offsetAt));
    int length = Short.toUnsignedInt(bytes.get(SHORT, lengthAt));
    if (offset > bytes.byteSize() - length) {
      throw Fault.UNPLACED.corrupt(
          "an entry of the parent locator lies outside of it: " + length + " bytes at " + offset);
    }
    return new String(
        bytes.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_16LE);
  }

  /** The whole item. */
  byte[] toBytes() {
    int length = HEADER_LENGTH + values.size() * ENTRY_LENGTH;
    for (Map.Entry<String, String> value : values.entrySet()) {
      length += 2 * (value.getKey().length() + value.getValue().length());
    }
    MemorySegment bytes = MemorySegment.ofArray(new byte[length]);
    Guid.write(bytes, 0, Guid.VHDX_LOCATOR);
    bytes.set(SHORT, 18, (short) values.size());
    int entry = HEADER_LENGTH;
    int at = HEADER_LENGTH + values.size() * ENTRY_LENGTH;
    for (Map.Entry<String, String> value : values.entrySet()) {
      byte[] key = value.getKey().getBytes(StandardCharsets.UTF_16LE);
      byte[] text = value.getValue().getBytes(StandardCharsets.UTF_16LE);
      bytes.set(INT, entry, at);
      bytes.set(INT, entry + 4L, at + key.length);
      bytes.set(SHORT, entry + 8L, (short) key.length);
      bytes.set(SHORT, entry + 10L, (short) text.length);
      MemorySegment.copy(MemorySegment.ofArray(key), 0, bytes, at, key.length);
      MemorySegment.copy(
          MemorySegment.ofArray(text), 0, bytes, at + (long) key.length, text.length);
      entry += ENTRY_LENGTH;
      at += key.length + text.length;
    }
    return bytes.toArray(ValueLayout.JAVA_BYTE);
  }

  /**
   * The parent's name as a path of this system, the relative one first.
   *
   * @throws CorruptImageException if there is none
   */
  String path() throws CorruptImageException {
    for (String key : PATHS) {
      String text = Objects.requireNonNullElse(values.get(key), "");
      if (!text.isEmpty()) {
        return ForeignNames.withoutProtocol(ForeignNames.toPath(text));
      }
    }
    throw Fault.UNPLACED.corrupt("a differencing disk that does not name its parent");
  }
}
