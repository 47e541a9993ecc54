package dev.platter.vhd;

import dev.platter.image.CorruptImageException;
import dev.platter.image.support.ForeignNames;
import dev.platter.storage.FileNames;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One of the names by which a differencing disk calls its parent ("Parent Locators").
 *
 * @param platform {@code W2ru} and {@code W2ku}: a relative and an absolute Windows path in UTF-16;
 *     {@code MacX}: a file URL in UTF-8
 * @param text the name as stored
 */
record ParentLocator(String platform, String text) {
  static final String WINDOWS_RELATIVE = "W2ru";
  static final String WINDOWS_ABSOLUTE = "W2ku";
  static final String URL = "MacX";

  private static final String URL_PREFIX = "file://";
  private static final int MAX_LENGTH = 1 << 16;

  /** The names that are understood, relative ones first. */
  static List<ParentLocator> read(VhdHead head) throws IOException {
    List<ParentLocator> locators = new ArrayList<>();
    for (VhdHeader.LocatorEntry entry : head.header().locators()) {
      String platform = entry.platform();
      if (platform.equals(WINDOWS_RELATIVE)
          || platform.equals(WINDOWS_ABSOLUTE)
          || platform.equals(URL)) {
        String text = text(head, entry);
        if (!text.isEmpty()) {
          locators.add(new ParentLocator(platform, text));
        }
      }
    }
    locators.sort(Comparator.comparing(locator -> !locator.isRelative()));
    return locators;
  }

  /**
   * The name of a differencing disk's parent as a path of this system.
   *
   * @throws CorruptImageException if it names none
   */
  static String nameOfParent(VhdHead head) throws IOException {
    for (ParentLocator locator : read(head)) {
      return locator.path();
    }
    String name = head.header().parentName();
    if (name.isEmpty()) {
      throw head.corrupt("a differencing disk that does not name its parent");
    }
    return ForeignNames.withoutProtocol(lastComponent(name));
  }

  boolean isRelative() {
    return platform.equals(WINDOWS_RELATIVE)
        || (platform.equals(URL) && !text.startsWith(URL_PREFIX + "/"));
  }

  /** The name as a path of this system. */
  String path() {
    boolean hasPrefix = platform.equals(URL) && text.startsWith(URL_PREFIX);
    return ForeignNames.withoutProtocol(
        platform.equals(URL)
            ? text.substring(hasPrefix ? URL_PREFIX.length() : 0)
            : ForeignNames.toPath(text));
  }

  private static String lastComponent(String path) {
    return path.substring(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1);
  }

  private static String text(VhdHead head, VhdHeader.LocatorEntry entry) throws IOException {
    long length = Integer.toUnsignedLong(entry.length());
    if (length > MAX_LENGTH
        || entry.offset() < 0
        || entry.offset() > head.storage().size() - length) {
      throw head.corrupt(
          "the parent locator "
              + entry.platform()
              + " lies outside the file: "
              + length
              + " bytes at "
              + VhdHead.hex(entry.offset()));
    }
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) length]);
    head.storage().readFully(entry.offset(), bytes);
    byte[] name = bytes.toArray(ValueLayout.JAVA_BYTE);
    String text =
        entry.platform().equals(URL)
            ? FileNames.text(name)
            : new String(name, StandardCharsets.UTF_16LE);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }
}
