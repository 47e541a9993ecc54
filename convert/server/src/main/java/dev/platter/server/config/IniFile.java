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
  private final Map<String, Integer> lines = new TreeMap<>();
  private final Map<String, List<String>> repeated = new TreeMap<>();
  private final Set<String> asked = new TreeSet<>();
  private final String name;

  private IniFile(String name) {
    this.name = name;
  }

  /** A file without any settings. */
  public static IniFile empty() {
    return new IniFile("");
  }

  /**
   * @throws IOException if it cannot be read, or a line is none of the above
   */
  public static IniFile read(Path file) throws IOException {
    return parse(Files.readAllLines(file), file.toString());
  }

  static IniFile parse(List<String> lines, String name) throws IOException {
    IniFile ini = new IniFile(name);
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
        String key = line.substring(0, equals).strip();
        ini.set(section, key, line.substring(equals + 1).strip());
        ini.lines.put(section + "." + key, i + 1);
      } else {
        throw new IOException(
            name + ", line " + (i + 1) + ": neither [section] nor key = value: " + line);
      }
    }
    return ini;
  }

  /** Sets a value as a line of the file would. */
  public void set(String section, String key, String value) {
    sections.computeIfAbsent(section, any -> new TreeMap<>()).put(key, value);
    repeated.computeIfAbsent(section + "." + key, any -> new ArrayList<>()).add(value);
  }

  /** The file's directory, where it looks for other files; nothing when it is no file. */
  public Optional<Path> directory() {
    return name.isEmpty()
        ? Optional.empty()
        : Optional.ofNullable(Path.of(name).toAbsolutePath().getParent());
  }

  /** The path of another file, which may be relative to this one. */
  public Optional<Path> file(String section, String key) {
    return text(section, key)
        .map(text -> directory().map(base -> base.resolve(text)).orElse(Path.of(text)));
  }

  /** All values of a key that may be there several times. */
  public List<String> repeated(String section, String key) {
    asked.add(section + "." + key);
    return repeated.getOrDefault(section + "." + key, List.of());
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
   * How many there are of something.
   *
   * @throws IllegalArgumentException if it is no whole number from {@code least} on, or too large
   */
  public int count(String section, String key, int otherwise, int least) {
    long count = number(section, key, otherwise);
    if (count < least || count > Integer.MAX_VALUE) {
      throw wrong(
          section,
          key,
          Long.toString(count),
          "a whole number from %d to %d".formatted(least, Integer.MAX_VALUE));
    }
    return (int) count;
  }

  /**
   * @throws IllegalArgumentException if it is neither true nor false
   */
  public boolean flag(String section, String key, boolean otherwise) {
    String value = text(section, key, Boolean.toString(otherwise));
    return flag(value).orElseThrow(() -> wrong(section, key, value, "true or false"));
  }

  /** What a word says where yes or no is asked; empty: neither. */
  static Optional<Boolean> flag(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on", "1" -> Optional.of(true);
      case "false", "no", "off", "0" -> Optional.of(false);
      default -> Optional.empty();
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

  /** All settings as they count, each as a line, for logs: what may be secret is hidden. */
  public List<String> shown() {
    List<String> shown = new ArrayList<>();
    sections.forEach((section, keys) ->
        keys.forEach((key, value) ->
            shown.add("[%s] %s = %s".formatted(section, key, SecretSettings.hide(key, value)))));
    return shown;
  }

  /** A setting by its place. */
  public record Setting(String section, String key) {}

  /** What the file sets and nobody asked for: mistyped, or of no meaning here. */
  public List<Setting> unknown() {
    List<Setting> unknown = new ArrayList<>();
    sections.forEach((section, keys) ->
        keys.keySet().stream()
            .filter(key -> !asked.contains(section + "." + key))
            .forEach(key -> unknown.add(new Setting(section, key))));
    return unknown;
  }

  /** Where a setting is: the file and the line if it has any, the section, and the key. */
  public String where(String section, String key) {
    Integer line = lines.get(section + "." + key);
    String place = "[" + section + "] " + key;
    return line == null ? place : name + ", line " + line + ": " + place;
  }

  /** What is said of a setting that cannot be obeyed. */
  public IllegalArgumentException wrong(String section, String key, String problem) {
    return new IllegalArgumentException(where(section, key) + ": " + problem);
  }

  private IllegalArgumentException wrong(
      String section, String key, String value, String expected) {
    return new IllegalArgumentException(
        "%s = %s: %s is expected".formatted(where(section, key), value, expected));
  }
}
