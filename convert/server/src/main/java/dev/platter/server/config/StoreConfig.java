package dev.platter.server.config;

import java.util.Map;
import java.util.TreeMap;

/**
 * One store as the configuration describes it.
 *
 * @param id its name in {@code enabled_backends}
 * @param type file, s3, rbd or http
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

  /** One of several stores, which has a section of its name. */
  public static StoreConfig named(IniFile ini, String id, String type) {
    return new StoreConfig(
        id, type, ini.text(id, "store_description", ""), ini.section(id), ini, id);
  }

  /** The only store: a directory. */
  static StoreConfig only(IniFile ini, String directory) {
    Map<String, String> settings = new TreeMap<>(ini.section("glance_store"));
    settings.put(
        "filesystem_store_datadir",
        ini.text("glance_store", "filesystem_store_datadir", directory));
    return new StoreConfig("file", "file", "", settings, ini, "glance_store");
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
