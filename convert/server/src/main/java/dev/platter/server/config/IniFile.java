package dev.platter.server.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
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

  /** What counts where nothing is set, of all that was asked for. */
  private final Map<String, Map<String, String>> usual = new TreeMap<>();

  private final String name;

  private IniFile(String name) {
    this.name = name;
  }

  /** A file without any settings. */
  public static IniFile empty() {
    return new IniFile("");
  }

  /**
   * @throws IOException if it cannot be read, or lines are none of the above: says which
   */
  public static IniFile read(Path file) throws IOException {
    return parse(Files.readAllLines(file), file.toString());
  }

  static IniFile parse(List<String> lines, String name) throws IOException {
    IniFile ini = new IniFile(name);
    List<String> wrong = new ArrayList<>();
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
        wrong.add(name + ", line " + (i + 1) + ": neither [section] nor key = value");
      }
    }
    if (!wrong.isEmpty()) {
      throw new IOException(String.join("\n", wrong));
    }
    return ini;
  }

  /** Sets a value as a line of the file would. */
  public void set(String section, String key, String value) {
    sections.computeIfAbsent(section, any -> new TreeMap<>()).put(key, value);
    repeated.computeIfAbsent(section + "." + key, any -> new ArrayList<>()).add(value);
  }

  /** What errors say first that are about no single setting: the file, or nothing. */
  public String name() {
    return name.isEmpty() ? "" : name + ": ";
  }

  /** Whether a value is set. */
  boolean has(String section, String key) {
    return sections.getOrDefault(section, Map.of()).containsKey(key);
  }

  /** Forgets a value that is wrong, to see what else is. */
  void leaveOut(String section, String key) {
    if (has(section, key)) {
      sections.get(section).remove(key);
    }
    repeated.remove(section + "." + key);
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
    note(section, key, otherwise);
    return text(section, key).orElse(otherwise);
  }

  private void note(String section, String key, Object otherwise) {
    if (otherwise != null) {
      usual.computeIfAbsent(section, any -> new TreeMap<>()).put(key, otherwise.toString());
    }
  }

  /**
   * @throws IllegalArgumentException if it is not a whole number
   */
  public long number(String section, String key, long otherwise) {
    note(section, key, otherwise);
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
      note(section, key, String.join(", ", otherwise));
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

  /** The sections that have keys, without the first one that has no name of its own. */
  public List<String> sections() {
    return sections.keySet().stream().filter(name -> !name.equals(FIRST_SECTION)).toList();
  }

  /** The same, of which nobody has asked for any yet. */
  Map<String, String> keys(String section) {
    return Collections.unmodifiableMap(sections.getOrDefault(section, Map.of()));
  }

  /** All keys of a section, as they are set at the moment. */
  public Map<String, String> section(String section) {
    Map<String, String> keys = keys(section);
    keys.keySet().forEach(key -> asked.add(section + "." + key));
    return keys;
  }

  /**
   * The settings as they count, each as a line, for logs: all that are set, and what counts where
   * nothing is, of those that were asked for. What may be secret is hidden.
   */
  public List<String> shown() {
    Map<String, Map<String, String>> all = new TreeMap<>();
    usual.forEach((section, keys) ->
        keys.forEach((key, value) ->
            all.computeIfAbsent(section, any -> new TreeMap<>())
                .put(key, line(section, key, value) + " (default)")));
    sections.forEach((section, keys) ->
        keys.forEach((key, value) -> {
          Map<String, String> lines = all.computeIfAbsent(section, any -> new TreeMap<>());
          if (!value.isEmpty() || !lines.containsKey(key)) { // to most, empty is as if not set
            lines.put(key, line(section, key, value));
          }
        }));
    return all.values().stream().flatMap(lines -> lines.values().stream()).toList();
  }

  private static String line(String section, String key, String value) {
    return "[%s] %s = %s".formatted(section, key, SecretSettings.hide(key, value));
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
  public SettingException wrong(String section, String key, String problem) {
    return new SettingException(section, key, where(section, key) + ": " + problem);
  }

  /** What is said of a setting whose file cannot be used. */
  public SettingException wrong(String section, String key, IOException failure) {
    return wrong(section, key, reason(failure));
  }

  /** What is wrong with a file, in words; exceptions of the file system have but its name. */
  static String reason(Exception failure) {
    return switch (failure) {
      case NoSuchFileException e -> e.getFile() + ": there is no such file";
      case AccessDeniedException e -> e.getFile() + ": may not be read";
      default -> failure.getMessage() == null ? failure.toString() : failure.getMessage();
    };
  }

  private SettingException wrong(String section, String key, String value, String expected) {
    return new SettingException(
        section, key, "%s = %s: %s is expected".formatted(where(section, key), value, expected));
  }
}
