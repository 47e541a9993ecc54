package dev.platter.vhd;

import dev.platter.image.DiskImage;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ParentReference;
import dev.platter.storage.FileNames;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a differencing disk says of its parent.
 *
 * @param footer the parent's own
 * @param name as the child stores it
 */
record ParentNames(VhdFooter footer, String name) {
  /**
   * @param reference how the child names it
   * @param parent the disk itself, open
   * @param size the child's
   */
  static ParentNames of(ParentReference reference, Optional<DiskImage> parent, long size)
      throws IllegalOptionException {
    if (parent.isEmpty()) {
      throw new IllegalOptionException(
          "A differencing VHD records its parent's identifier, so the parent must be readable");
    }
    if (!(parent.get() instanceof VhdImage image)) {
      throw new IllegalOptionException("The parent of a differencing VHD must be a VHD itself");
    }
    if (image.head().size() != size) {
      throw new IllegalOptionException(
          "A differencing VHD must be as large as its parent: "
              + image.head().size()
              + " bytes, not "
              + size);
    }
    String name = reference.name();
    if (!FileNames.isCharacters(name)) {
      throw new IllegalOptionException(
          "A VHD cannot hold a name that is not UTF-8: '" + name + "'");
    }
    return new ParentNames(image.head().footer(), name);
  }

  String fileName() {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  /** The bytes that the names take, in whole sectors. */
  long length() {
    long length = 0;
    for (byte[] text : texts().values()) {
      length += room(text);
    }
    return length;
  }

  /** The locators of the names, when the first name stands at {@code offset}. */
  List<VhdHeader.LocatorEntry> entries(long offset) {
    List<VhdHeader.LocatorEntry> entries = new ArrayList<>();
    long at = offset;
    for (Map.Entry<String, byte[]> text : texts().entrySet()) {
      int room = room(text.getValue());
      entries.add(new VhdHeader.LocatorEntry(text.getKey(), room, text.getValue().length, at));
      at += room;
    }
    return entries;
  }

  void writeTo(WritableStorage storage, long offset) throws IOException {
    long at = offset;
    for (byte[] text : texts().values()) {
      byte[] padded = Arrays.copyOf(text, room(text));
      storage.write(at, MemorySegment.ofArray(padded));
      at += padded.length;
    }
  }

  /** A Windows path for Hyper-V and a URL for Xen, both relative if the name is. */
  private Map<String, byte[]> texts() {
    boolean absolute = name.startsWith("/");
    String windows = (absolute ? name : ".\\" + name).replace('/', '\\');
    Map<String, byte[]> texts = new LinkedHashMap<>();
    texts.put(
        absolute ? ParentLocator.WINDOWS_ABSOLUTE : ParentLocator.WINDOWS_RELATIVE,
        windows.getBytes(StandardCharsets.UTF_16LE));
    texts.put(
        ParentLocator.URL,
        ("file://" + (absolute ? name : "./" + name)).getBytes(StandardCharsets.UTF_8));
    return texts;
  }

  private static int room(byte[] text) {
    return Math.ceilDiv(text.length, VhdFormat.SECTOR_SIZE) * VhdFormat.SECTOR_SIZE;
  }
}
