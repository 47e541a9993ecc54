package dev.platter.server.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One store as the configuration describes it.
 *
 * @param id its name in {@code enabled_backends}
 * @param type file, s3, swift, rbd, vmware, cinder or http
 * @param description for people
 * @param settings the keys of its section
 * @param ini where they were read
 * @param section their section
 */
public record StoreConfig(
    String id,
    String type,
    String description,
    Map<String, String> settings,
    IniFile ini,
    String section) {
  private static final String DIRECTORY = "filesystem_store_datadir";
  private static final String DIRECTORIES = "filesystem_store_datadirs";

  /** One of several stores, which has a section of its name. */
  public static StoreConfig named(IniFile ini, String id, String type) {
    return new StoreConfig(id, type, ini.text(id, "store_description", ""), ini.keys(id), ini, id);
  }

  /** The only store: a directory. */
  static StoreConfig only(IniFile ini, String directory) {
    Map<String, String> settings = new TreeMap<>(ini.keys("glance_store"));
    settings.put(DIRECTORY, ini.text("glance_store", DIRECTORY, directory));
    return new StoreConfig("file", "file", "", settings, ini, "glance_store");
  }

  /**
   * A directory that has images.
   *
   * @param priority the higher, the earlier it is used
   */
  public record Directory(Path path, int priority) {}

  /**
   * The directories of a store that has any.
   *
   * @throws IllegalArgumentException if one is none
   */
  public List<Directory> directories() {
    List<String> several = ini.repeated(section, DIRECTORIES);
    if (several.isEmpty()) {
      String only = text(DIRECTORY, null);
      return only == null ? List.of() : List.of(new Directory(Path.of(only).toAbsolutePath(), 0));
    }
    if (ini.text(section, DIRECTORY).isPresent()) {
      throw wrong(DIRECTORIES, "one of it and " + DIRECTORY + " is expected, not both");
    }
    List<Directory> directories = new ArrayList<>();
    for (String text : several) {
      int colon = text.lastIndexOf(':');
      String path = colon < 0 ? text : text.substring(0, colon);
      String priority = colon < 0 ? "0" : text.substring(colon + 1).strip();
      if (path.isBlank() || !priority.matches("-?[0-9]{1,9}")) {
        throw wrong(DIRECTORIES, "DIRECTORY:PRIORITY is expected, not " + text);
      }
      Path directory = Path.of(path.strip()).toAbsolutePath().normalize();
      if (directories.stream().anyMatch(other -> other.path().equals(directory))) {
        throw wrong(DIRECTORIES, directory + " is there twice");
      }
      directories.add(new Directory(directory, Integer.parseInt(priority)));
    }
    return List.copyOf(directories);
  }

  /** Of two stores that have an image, the one of more weight gives it. */
  public int weight() {
    String weight = text("weight", "0");
    if (!weight.matches("-?[0-9]{1,9}")) {
      throw wrong("weight", "a whole number is expected, not " + weight);
    }
    return Integer.parseInt(weight);
  }

  /**
   * @throws IllegalArgumentException if it is not a whole number from {@code least} to {@code most}
   */
  public long number(String key, long otherwise, long least, long most) {
    String value = text(key, Long.toString(otherwise));
    if (!value.matches("[0-9]{1,18}")
        || Long.parseLong(value) < least
        || Long.parseLong(value) > most) {
      throw wrong(key, "%d to %d is expected, not %s".formatted(least, most, value));
    }
    return Long.parseLong(value);
  }

  /**
   * @throws IllegalArgumentException if it is neither true nor false
   */
  public boolean flag(String key, boolean otherwise) {
    String value = text(key, Boolean.toString(otherwise));
    return IniFile.flag(value)
        .orElseThrow(() -> wrong(key, "true or false is expected, not " + value));
  }

  public String text(String key, String otherwise) {
    ini.text(section, key); // what nobody asks for is told
    String value = settings.get(key);
    return value == null || value.isEmpty() ? otherwise : value;
  }

  /**
   * @throws IllegalArgumentException if it is missing
   */
  public String required(String key) {
    String value = text(key, null);
    if (value == null) {
      throw wrong(key, "is missing");
    }
    return value;
  }

  /** What is said of a setting that cannot be obeyed. */
  public SettingException wrong(String key, String problem) {
    return ini.wrong(section, key, problem);
  }
}
