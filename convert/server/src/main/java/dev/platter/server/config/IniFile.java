package dev.platter.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A configuration file as OpenStack's services read theirs: sections in brackets, {@code key =
 * value}, comments from {@code #} or {@code ;} at the beginning of a line, lists with commas, in
 * brackets or not.
 */
public final class IniFile {
  private static final String FIRST_SECTION = "DEFAULT";

  private final Map<String, Map<String, String>> sections = new LinkedHashMap<>();
  private final Set<String> asked = new TreeSet<>();

  private IniFile() {}

  /** A file without any settings. */
  public static IniFile empty() {
    return new IniFile();
  }

  /**
   * @throws IOException if it cannot be read, or a line is none of the above
   */
  public static IniFile read(Path file) throws IOException {
    return parse(Files.readAllLines(file), file.toString());
  }

  static IniFile parse(List<String> lines, String name) throws IOException {
    IniFile ini = new IniFile();
    String section = FIRST_SECTION;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#") || line.startsWith(";")) {
        continue;
      }
      int equals = line.indexOf('=');
      if (line.startsWith("[") && line.endsWith("]") && equals < 0) {
        section = line.substring(1, line.length() - 1).strip();
      } else if (equals > 0) {
        ini.set(section, line.substring(0, equals).strip(), line.substring(equals + 1).strip());
      } else {
        throw new IOException(
            name + ", line " + (i + 1) + ": neither [section] nor key = value: " + line);
      }
    }
    return ini;
  }

  /** Sets a value as a line of the file would. */
  public void set(String section, String key, String value) {
    sections.computeIfAbsent(section, name -> new TreeMap<>()).put(key, value);
  }

  public Optional<String> text(String section, String key) {
    asked.add(section + "." + key);
    return Optional.ofNullable(sections.getOrDefault(section, Map.of()).get(key))
        .filter(value -> !value.isEmpty());
  }

  public String text(String section, String key, String otherwise) {
    return text(section, key).orElse(otherwise);
  }

  /**
   * @throws IllegalArgumentException if it is not a whole number
   */
  public long number(String section, String key, long otherwise) {
    Optional<String> value = text(section, key);
    try {
      return value.map(Long::parseLong).orElse(otherwise);
    } catch (NumberFormatException e) {
      throw wrong(section, key, value.orElseThrow(), "a whole number");
    }
  }

  /**
   * @throws IllegalArgumentException if it is neither true nor false
   */
  public boolean flag(String section, String key, boolean otherwise) {
    String value = text(section, key, Boolean.toString(otherwise));
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on", "1" -> true;
      case "false", "no", "off", "0" -> false;
      default -> throw wrong(section, key, value, "true or false");
    };
  }

  /** The elements of a list; the default when the key is missing, none when its value is empty. */
  public List<String> list(String section, String key, List<String> otherwise) {
    asked.add(section + "." + key);
    String value = sections.getOrDefault(section, Map.of()).get(key);
    if (value == null) {
      return otherwise;
    }
    boolean bracketed = value.startsWith("[") && value.endsWith("]");
    String inner = bracketed ? value.substring(1, value.length() - 1) : value;
    List<String> elements = new ArrayList<>();
    for (String element : inner.split(",")) {
      String bare = unquoted(element.strip());
      if (!bare.isEmpty()) {
        elements.add(bare);
      }
    }
    return elements;
  }

  private static String unquoted(String text) {
    boolean quoted =
        text.length() > 1
            && (text.startsWith("\"") && text.endsWith("\"")
                || text.startsWith("'") && text.endsWith("'"));
    return quoted ? text.substring(1, text.length() - 1) : text;
  }

  /** All keys of a section. */
  public Map<String, String> section(String section) {
    Map<String, String> keys = sections.getOrDefault(section, Map.of());
    keys.keySet().forEach(key -> asked.add(section + "." + key));
    return Map.copyOf(keys);
  }

  /** What the file sets and nobody asked for: mistyped, or of no meaning here. */
  public List<String> unknown() {
    List<String> unknown = new ArrayList<>();
    sections.forEach((section, keys) ->
        keys.keySet().stream()
            .map(key -> section + "." + key)
            .filter(key -> !asked.contains(key))
            .forEach(unknown::add));
    return unknown;
  }

  private static IllegalArgumentException wrong(
      String section, String key, String value, String expected) {
    return new IllegalArgumentException(
        "[%s] %s = %s: %s is expected".formatted(section, key, value, expected));
  }
}
