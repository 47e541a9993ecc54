package dev.platter.guest.packages.rpm;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a package's header says of it (RPM's documentation, "Header format"). What it does not say
 * is empty.
 *
 * @param version with the epoch in front and the release behind: {@code 2:9.1-3.fc41}
 * @param sourcePackage the file of the source package: {@code bash-5.2-1.src.rpm}
 */
public record RpmHeader(
    String name,
    String version,
    String architecture,
    String sourcePackage,
    String vendor,
    String license) {
  private static final int INTRO = 8;
  private static final int ENTRY = 16;
  private static final int MAX_TAGS = 0xFFFF;
  private static final long MAX_DATA = 256L << 20;
  private static final int MAX_TEXT = 1 << 12;

  private static final int NAME = 1000;
  private static final int VERSION = 1001;
  private static final int RELEASE = 1002;
  private static final int EPOCH = 1003;
  private static final int VENDOR = 1011;
  private static final int LICENSE = 1014;
  private static final int ARCH = 1022;
  private static final int SOURCE_RPM = 1044;

  private static final int TYPE_INT32 = 4;
  private static final int TYPE_STRING = 6;
  private static final int TYPE_I18N_STRING = 9;

  /**
   * Reads what is wanted of a header as databases keep it: the numbers of tags and of bytes, the
   * tags, the bytes; big-endian.
   */
  static RpmHeader parse(Source header) throws IOException {
    Bytes intro = header.read(0, INTRO).big();
    long tags = intro.u32(0);
    long length = intro.u32(4);
    intro.require(
        tags > 0 && tags <= MAX_TAGS && length <= MAX_DATA,
        "a header of " + tags + " tags and " + length + " bytes");
    long start = INTRO + tags * ENTRY;
    intro.require(
        start + length <= header.size(),
        "a header of " + (start + length) + " bytes in " + header.size());
    Bytes index = header.read(INTRO, tags * ENTRY).big();
    Map<Integer, String> found = new HashMap<>();
    for (int at = 0; at < index.length(); at += ENTRY) {
      int tag = index.i32(at);
      if (isWanted(tag) && !found.containsKey(tag)) {
        Bytes entry = index.slice(at, ENTRY);
        long offset = entry.u32(8);
        entry.require(offset < length, "tag " + tag + " lies at " + offset + " of " + length);
        value(header, entry, start + offset, start + length)
            .ifPresent(value -> found.put(tag, value));
      }
    }
    String name = found.getOrDefault(NAME, "");
    intro.require(!name.isEmpty(), "a header without a name");
    String epoch = found.containsKey(EPOCH) ? found.get(EPOCH) + ":" : "";
    return new RpmHeader(
        name,
        epoch + found.getOrDefault(VERSION, "") + "-" + found.getOrDefault(RELEASE, ""),
        found.getOrDefault(ARCH, ""),
        found.getOrDefault(SOURCE_RPM, ""),
        found.getOrDefault(VENDOR, ""),
        found.getOrDefault(LICENSE, ""));
  }

  private static boolean isWanted(int tag) {
    return switch (tag) {
      case NAME, VERSION, RELEASE, EPOCH, VENDOR, LICENSE, ARCH, SOURCE_RPM -> true;
      default -> false;
    };
  }

  /** The text or number of an entry; empty: it is something else. */
  private static Optional<String> value(Source header, Bytes entry, long at, long end)
      throws IOException {
    int type = entry.i32(4);
    if (type == TYPE_INT32) {
      return Optional.of(Long.toString(header.read(at, 4).big().u32(0)));
    }
    if (type != TYPE_STRING && type != TYPE_I18N_STRING) {
      return Optional.empty();
    }
    Bytes text = header.readUpTo(at, (int) Math.min(MAX_TEXT, end - at));
    return Optional.of(text.text(0, text.length()));
  }
}
