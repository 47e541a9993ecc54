package dev.platter.guest;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.Text;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An archive of Windows installations ("Windows Imaging File Format (WIM)", 2007): what it says of
 * them in XML, of which the first one is told.
 */
final class WindowsImage {
  private static final int HEADER = 208;
  private static final int XML = 72;
  private static final int LENGTH_BYTES = 7;

  private static final Map<String, String> MACHINES =
      Map.of("0", "i686", "9", "x86_64", "12", "aarch64");

  private WindowsImage() {}

  /** Empty: it is none, or does not say. */
  static Optional<OperatingSystem> find(Source file, String place) throws IOException {
    Bytes header = file.readUpTo(0, HEADER);
    if (!header.has(0, "MSWIM\0\0\0") || header.length() < HEADER) {
      return Optional.empty();
    }
    long length = header.u63(XML) & (1L << 8 * LENGTH_BYTES) - 1;
    Bytes bytes = file.read(header.u63(XML + 8), Math.min(length, Source.MAX_READ));
    String xml = new String(bytes.array(), StandardCharsets.UTF_16LE);
    String major = first(xml, "MAJOR");
    String build = first(xml, "BUILD");
    if (major.isEmpty() || build.isEmpty()) {
      return Optional.empty();
    }
    String version = major + "." + first(xml, "MINOR") + "." + build;
    String name = first(xml, "DISPLAYNAME");
    name = name.isEmpty() ? first(xml, "NAME") : name;
    String machine = MACHINES.getOrDefault(first(xml, "ARCH"), "");
    return Optional.of(
        new OperatingSystem(
            "windows", "windows", version, name.isEmpty() ? "Windows" : name, machine, place));
  }

  /** What the first element of that name holds; empty: there is none. */
  private static String first(String xml, String name) {
    Matcher matcher = Pattern.compile("<" + name + ">([^<]*)</" + name + ">").matcher(xml);
    return matcher.find() ? Text.clean(matcher.group(1)) : "";
  }
}
