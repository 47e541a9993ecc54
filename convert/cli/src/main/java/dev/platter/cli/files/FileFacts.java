package dev.platter.cli.files;

import dev.platter.cli.text.JsonText;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What is said of a file, for people and for programs. */
final class FileFacts {
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private FileFacts() {}

  /** A time of UTC, to the second. */
  static String time(Instant time) {
    return SECONDS.format(time);
  }

  /** A line as {@code ls -l} has it. */
  static String line(String name, Node node, FileAttributes attributes) throws IOException {
    String size =
        attributes
            .device()
            .map(device -> device.major() + ", " + device.minor())
            .orElse(Long.toString(attributes.size()));
    String target = node.kind() == Node.Kind.LINK ? " -> " + node.target() : "";
    return "%s %3d %5d %5d %10s %s %s%s"
        .formatted(
            attributes.modeText(),
            attributes.links(),
            attributes.uid(),
            attributes.gid(),
            size,
            time(attributes.modified()),
            name,
            target);
  }

  /** What a listing says. */
  static Map<String, Object> shortly(String path, Node node, FileAttributes attributes)
      throws IOException {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("path", path);
    facts.put("type", type(attributes));
    facts.put("mode", "%04o".formatted(attributes.permissions()));
    facts.put("links", attributes.links());
    facts.put("uid", attributes.uid());
    facts.put("gid", attributes.gid());
    facts.put("size", attributes.size());
    facts.put("modified", attributes.modified().toString());
    if (node.kind() == Node.Kind.LINK) {
      facts.put("target", node.target());
    }
    attributes
        .device()
        .ifPresent(device -> {
          facts.put("major", device.major());
          facts.put("minor", device.minor());
        });
    return facts;
  }

  /** All that is known. */
  static Map<String, Object> wholly(String path, Node node) throws IOException {
    FileAttributes attributes = node.attributes();
    Map<String, Object> facts = shortly(path, node, attributes);
    facts.put("inode", attributes.inode());
    facts.put("subvolume", attributes.volume());
    facts.put("accessed", attributes.accessed().toString());
    facts.put("changed", attributes.changed().toString());
    attributes.created().ifPresent(created -> facts.put("created", created.toString()));
    Map<String, Object> more = new LinkedHashMap<>();
    node.extendedAttributes()
        .forEach((name, value) -> more.put(name, Base64.getEncoder().encodeToString(value)));
    facts.put("xattrs", more);
    return facts;
  }

  /** What it is, in a word. */
  static String type(FileAttributes attributes) {
    return switch (attributes.letter()) {
      case 'f' -> "file";
      case 'd' -> "directory";
      case 'l' -> "link";
      case 'b' -> "block device";
      case 'c' -> "character device";
      case 'p' -> "fifo";
      case 's' -> "socket";
      default -> "unknown";
    };
  }

  /** A JSON array whose elements are printed as they come. */
  static final class JsonList implements AutoCloseable {
    private final PrintStream out;
    private boolean hasAny;

    JsonList(PrintStream out) {
      this.out = out;
      out.println("[");
    }

    void add(Map<String, Object> element) {
      if (hasAny) {
        out.println("    ,");
      }
      hasAny = true;
      JsonText.of(element).lines().forEach(line -> out.println("    " + line));
    }

    @Override
    public void close() {
      out.println("]");
    }
  }
}
