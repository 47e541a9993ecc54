package dev.platter.cli;

import dev.platter.image.ImageFormat;
import dev.platter.image.OptionSpec;
import dev.platter.storage.FileNames;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The name of an image as users and callers write it: a path, {@code file:PATH}, or {@code
 * json:{...}}. Names of other protocols are refused.
 *
 * @param given the name as it was given, for messages
 * @param path where the file lies
 * @param driver the format that the name itself asks for; null: none
 * @param followsBacking whether the backing file that the image names is to be opened
 * @param openOptions what the name says of how the format is to be understood, {@code key=value}
 * @param backing the image to take in place of the backing file that the image names; null: none
 * @param locking what the name says of the locks on all files of the image
 * @param fileLocking what the name says of those on its own file alone
 */
record ImageName(
    String given,
    Path path,
    String driver,
    List<String> openOptions,
    boolean followsBacking,
    ImageName backing,
    Locking locking,
    Locking fileLocking) {
  private static final String FORCE_SHARE = "force-share";

  /**
   * Understands a name.
   *
   * @throws Failure without the name in its message; the caller knows what it wanted with it
   */
  static ImageName parse(String name) throws Failure {
    if (name.startsWith("json:")) {
      Map<?, ?> json;
      try {
        json = JsonParser.parseObject(name.substring("json:".length()));
      } catch (Failure e) {
        throw new Failure("Could not parse the JSON options: " + e.getMessage());
      }
      return ofJson(name, json);
    }
    return new ImageName(
        name, path(name), null, List.of(), true, null, Locking.USUAL, Locking.USUAL);
  }

  /** The path as it was given, without its protocol: what {@code info} calls the file. */
  String shown() {
    return given.startsWith("json:") ? FileNames.text(path) : withoutProtocol(given);
  }

  private static Path path(String name) throws Failure {
    String path = withoutProtocol(name);
    int colon = path.indexOf(':');
    int slash = path.indexOf('/');
    if (path.length() == name.length() && colon >= 0 && (slash < 0 || colon < slash)) {
      throw new Failure("Unknown protocol '" + name.substring(0, colon) + "'");
    }
    return localPath(path);
  }

  private static Path localPath(String path) throws Failure {
    if (path.isEmpty()) {
      throw new Failure("The 'file' block driver requires a file name");
    }
    try {
      return FileNames.path(path);
    } catch (InvalidPathException e) {
      throw new Failure("the name cannot be a path: " + e.getReason());
    }
  }

  private static String withoutProtocol(String name) {
    if (name.startsWith("file:")) {
      return name.substring("file:".length());
    }
    return name.startsWith("host_device:") ? name.substring("host_device:".length()) : name;
  }

  private static ImageName ofJson(String given, Map<?, ?> json) throws Failure {
    Map<String, Object> flat = new LinkedHashMap<>();
    String driver = null;
    Object backing = null;
    List<String> openOptions = new ArrayList<>();
    Locking locking = Locking.USUAL;
    for (Map.Entry<?, ?> entry : json.entrySet()) {
      String key = entry.getKey().toString();
      Object value = entry.getValue();
      if (key.equals("driver")) {
        driver = string(key, value);
      } else if (key.equals("backing")) {
        backing = value;
      } else if (key.equals("file") && value instanceof Map<?, ?> file) {
        for (Map.Entry<?, ?> option : file.entrySet()) {
          flat.put(option.getKey().toString(), option.getValue());
        }
      } else if (key.startsWith("file.")) {
        flat.put(key.substring("file.".length()), value);
      } else if (key.equals("filename") || key.equals("locking")) {
        flat.put(key, value);
      } else if (key.equals(FORCE_SHARE)) {
        locking = isOn(key, value) ? Locking.SHARED : Locking.USUAL;
      } else if (isOpenOption(key)) {
        openOptions.add(key + "=" + string(key, value).replace(",", ",,"));
      } else if (!isHarmless(key)) {
        throw new Failure("Block option '" + key + "' is not supported");
      }
    }
    if (driver != null && isProtocol(driver)) {
      flat.put("driver", driver);
      driver = null;
    }
    Locking fileLocking = fileLocking(flat, locking);
    Path path = file(flat, driver == null && json.get("driver") == null);
    ImageName below = null;
    if (backing instanceof Map<?, ?> map) {
      below = ofJson(given, map);
    } else if (backing != null && backing != JsonParser.NULL) {
      throw new Failure("Block option 'backing' must be an object or null");
    }
    return new ImageName(
        given, path, driver, openOptions, backing == null, below, locking, fileLocking);
  }

  /** What the options of the file say of its locks. */
  private static Locking fileLocking(Map<String, Object> options, Locking ofImage) throws Failure {
    Object shared = options.remove(FORCE_SHARE);
    Object locks = options.remove("locking");
    if (locks != null) {
      String word = string("file.locking", locks);
      if (word.equals("off")) {
        return Locking.OFF;
      }
      if (!word.equals("on") && !word.equals("auto")) {
        throw new Failure("invalid parameter value: " + word);
      }
    }
    return shared != null && isOn(FORCE_SHARE, shared) ? Locking.SHARED : ofImage;
  }

  private static boolean isOn(String key, Object value) throws Failure {
    if (value instanceof Boolean on) {
      return on;
    }
    if (value instanceof String word && (word.equals("on") || word.equals("off"))) {
      return word.equals("on");
    }
    throw new Failure("Parameter '" + key + "' expects 'on' or 'off'");
  }

  private static Path file(Map<String, Object> options, boolean noDriver) throws Failure {
    String name = null;
    boolean isPath = false;
    for (Map.Entry<String, Object> entry : options.entrySet()) {
      String key = entry.getKey();
      if (key.equals("filename")) {
        name = string(key, entry.getValue());
      } else if (key.equals("driver")) {
        String protocol = string(key, entry.getValue());
        if (!isProtocol(protocol)) {
          throw new Failure("Unknown protocol '" + protocol + "'");
        }
        isPath = true;
      } else if (!isHarmless(key)) {
        throw new Failure("Block option 'file." + key + "' is not supported");
      }
    }
    if (name == null) {
      throw new Failure(
          noDriver && options.isEmpty()
              ? "Must specify either driver or file"
              : "The 'file' block driver requires a file name");
    }
    return isPath ? localPath(name) : path(name);
  }

  private static boolean isOpenOption(String key) {
    for (ImageFormat format : Source.FORMATS.all()) {
      for (OptionSpec option : format.openOptions()) {
        if (option.name().equals(key)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isProtocol(String driver) {
    return driver.equals("file") || driver.equals("host_device");
  }

  /** Options that change how qemu reaches the bytes, not which bytes they are. */
  private static boolean isHarmless(String key) {
    return switch (key) {
      case "node-name",
          "read-only",
          "auto-read-only",
          "aio",
          "discard",
          "detect-zeroes",
          "cache",
          "cache.direct",
          "cache.no-flush" ->
          true;
      default -> false;
    };
  }

  private static String string(String key, Object value) throws Failure {
    if (value instanceof String string) {
      return string;
    }
    throw new Failure("Invalid parameter type for '" + key + "', expected: string");
  }
}
