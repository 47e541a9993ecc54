package dev.platter.image.node;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.Sizes;
import dev.platter.storage.Location;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** The options of one driver, each of which is taken once; what is left over is refused. */
final class NodeValues {
  private final String driver;
  private final Map<String, String> left;

  NodeValues(Location location) {
    this.driver = location.scheme();
    this.left = new LinkedHashMap<>(location.options());
  }

  /** The value, or null where the option is not given. */
  String take(String key) {
    return left.remove(key);
  }

  /** Takes options that change nothing here. */
  void ignore(String... keys) {
    for (String key : keys) {
      left.remove(key);
    }
  }

  long size(String key, long otherwise) throws IllegalOptionException {
    String text = take(key);
    if (text == null) {
      return otherwise;
    }
    try {
      return Sizes.parse(text);
    } catch (NumberFormatException e) {
      throw new IllegalOptionException(
          "Parameter '" + key + "' expects a non-negative number below 2^64");
    }
  }

  int number(String key, int otherwise) throws IllegalOptionException {
    String text = take(key);
    try {
      return text == null ? otherwise : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalOptionException("Parameter '" + key + "' expects a number");
    }
  }

  boolean isOn(String key, boolean otherwise) throws IllegalOptionException {
    String text = take(key);
    if (text == null) {
      return otherwise;
    }
    if (!text.equals("on") && !text.equals("off")) {
      throw new IllegalOptionException("Parameter '" + key + "' expects 'on' or 'off'");
    }
    return text.equals("on");
  }

  /** The options below a key, without it; they are taken. */
  Map<String, String> below(String key) {
    Map<String, String> taken = new LinkedHashMap<>();
    left.forEach((each, value) -> {
      if (each.startsWith(key + ".")) {
        taken.put(each.substring(key.length() + 1), value);
      }
    });
    left.keySet().removeIf(each -> each.startsWith(key + "."));
    return taken;
  }

  /** Whether there are options below a key. */
  boolean hasChild(String key) {
    return left.keySet().stream().anyMatch(each -> each.startsWith(key + "."));
  }

  /** Sees that nothing is left but what describes a child. */
  void refuseOthers(String child) throws IllegalOptionException {
    for (String key : left.keySet()) {
      if (!key.equals(child) && !key.startsWith(child + ".")) {
        throw unknown(key);
      }
    }
  }

  /** Sees that nothing is left but what describes these children. */
  void refuseChildrenBut(Collection<String> children) throws IllegalOptionException {
    for (String key : left.keySet()) {
      if (children.stream().noneMatch(child -> key.startsWith(child + "."))) {
        throw unknown(key);
      }
    }
  }

  private IllegalOptionException unknown(String key) {
    return new IllegalOptionException(
        driver.equals("quorum")
            ? "Block format 'quorum' does not support the option '" + key + "'"
            : "Block protocol '" + driver + "' doesn't support the option '" + key + "'");
  }
}
