package dev.platter.server.config;

import java.util.Map;

/**
 * One store as the configuration describes it.
 *
 * @param id its name in {@code enabled_backends}
 * @param type file, s3, rbd or http
 * @param description for people
 * @param settings the keys of its section
 */
public record StoreConfig(
    String id, String type, String description, Map<String, String> settings) {

  /** Of two stores that have an image, the one of more weight gives it. */
  public int weight() {
    String weight = text("weight", "0");
    if (!weight.matches("-?[0-9]{1,9}")) {
      throw new IllegalArgumentException(
          "[%s] weight: a whole number is expected, not %s".formatted(id, weight));
    }
    return Integer.parseInt(weight);
  }

  /**
   * @throws IllegalArgumentException if it is neither true nor false
   */
  public boolean flag(String key, boolean otherwise) {
    String value = text(key, Boolean.toString(otherwise));
    return IniFile.flag(value)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "[%s] %s: true or false is expected, not %s".formatted(id, key, value)));
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
      throw new IllegalArgumentException("[%s] %s is missing".formatted(id, key));
    }
    return value;
  }
}
