package dev.platter.image.name;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.storage.FileNames;
import dev.platter.storage.Location;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The options of one image and of all below it, each under its key with dots, such as {@code
 * file.image.filename}; taken apart into an {@link ImageName}.
 */
final class NodeOptions {
  private static final String FORCE_SHARE = "force-share";
  private static final String DRIVER = "driver";
  private static final String FILENAME = "filename";

  /** Far deeper than anything that somebody means. */
  private static final int MOST_DOTS = 64;

  private final String given;
  private final Map<String, Object> options;

  private NodeOptions(String given, Map<String, Object> options) {
    this.given = given;
    this.options = options;
  }

  /**
   * Understands options.
   *
   * @param given what they were written as, for messages
   * @param options their values; Maps and Lists in them stand for keys with dots
   */
  static ImageName name(String given, Map<?, ?> options) throws IllegalOptionException {
    Map<String, Object> flat = new LinkedHashMap<>();
    flatten("", options, flat);
    return new NodeOptions(given, flat).name();
  }

  private static void flatten(String prefix, Map<?, ?> from, Map<String, Object> to)
      throws IllegalOptionException {
    for (Map.Entry<?, ?> entry : from.entrySet()) {
      put(prefix + entry.getKey(), entry.getValue(), to);
    }
  }

  private static void put(String key, Object value, Map<String, Object> to)
      throws IllegalOptionException {
    if (value instanceof Map<?, ?> inner) {
      flatten(key + ".", inner, to);
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        put(key + "." + i, list.get(i), to);
      }
    } else {
      if (key.chars().filter(c -> c == '.').count() > MOST_DOTS) {
        throw new IllegalOptionException("options are nested too deeply");
      }
      to.put(key, value);
    }
  }

  private ImageName name() throws IllegalOptionException {
    String driver = options.containsKey(DRIVER) ? string(DRIVER, options.remove(DRIVER)) : null;
    Object shared = options.remove(FORCE_SHARE);
    Locking locking = shared != null && isOn(FORCE_SHARE, shared) ? Locking.SHARED : Locking.USUAL;
    return driver != null && Drivers.givesBytes(driver)
        ? bytesOf(driver, locking)
        : imageOf(driver, locking);
  }

  /** What gives bytes has no format above it, and is no image whose content tells its format. */
  private ImageName bytesOf(String driver, Locking locking) throws IllegalOptionException {
    Locking fileLocking = fileLocking(options, locking);
    Location location = location(driver, options);
    return new ImageName(given, location, driver, List.of(), true, null, locking, fileLocking);
  }

  private ImageName imageOf(String driver, Locking locking) throws IllegalOptionException {
    Map<String, Object> file = take("file");
    Map<String, Object> below = take("backing");
    ImageName backing = below.isEmpty() ? null : name(given, below);
    boolean followsBacking = backing == null && !options.containsKey("backing");
    Object wordBelow = options.remove("backing");
    if (wordBelow != null && wordBelow != JsonParser.NULL && !wordBelow.equals("")) {
      throw unsupported(driver, "backing");
    }
    for (String key : List.of(FILENAME, "locking")) {
      if (options.containsKey(key)) {
        file.put(key, options.remove(key));
      }
    }
    List<String> openOptions = new ArrayList<>();
    for (Map.Entry<String, Object> entry : options.entrySet()) {
      String key = entry.getKey();
      if (key.equals("file")) {
        throw file.isEmpty()
            ? notANode(entry.getValue())
            : new IllegalOptionException(
                "Cannot reference an existing block device with additional options or a new"
                    + " filename");
      }
      if (isOpenOption(key)) {
        String value = text(key, entry.getValue());
        openOptions.add(key + "=" + (isFile(key) ? placed(value) : value).replace(",", ",,"));
      } else if (!isHarmless(key)) {
        throw unsupported(driver, key);
      }
    }
    Locking fileLocking = fileLocking(file, locking);
    if (file.isEmpty()) {
      throw new IllegalOptionException(
          driver == null
              ? "Must specify either driver or file"
              : "A block device must be specified for \"file\"");
    }
    String fileDriver = file.containsKey(DRIVER) ? string(DRIVER, file.remove(DRIVER)) : null;
    Location location = location(fileDriver, file);
    return new ImageName(
        given, location, driver, openOptions, followsBacking, backing, locking, fileLocking);
  }

  private static IllegalOptionException unsupported(String driver, String key) {
    return new IllegalOptionException(
        "Block format '"
            + (driver == null ? ImageFormats.PLAIN : driver)
            + "' does not support the option '"
            + key
            + "'");
  }

  static IllegalOptionException notANode(Object name) {
    return new IllegalOptionException(
        "Cannot find device='" + name + "' nor node-name='" + name + "'");
  }

  /** The options below a key, without it; they are taken out of these. */
  private Map<String, Object> take(String key) {
    Map<String, Object> taken = new LinkedHashMap<>();
    for (Map.Entry<String, Object> entry : options.entrySet()) {
      if (entry.getKey().startsWith(key + ".")) {
        taken.put(entry.getKey().substring(key.length() + 1), entry.getValue());
      }
    }
    options.keySet().removeIf(each -> each.startsWith(key + "."));
    return taken;
  }

  /**
   * Where the options say that the bytes lie.
   *
   * @param driver what gives them: a protocol, a filter, or a format that has them in its disk;
   *     null: as the file name says
   */
  private Location location(String driver, Map<String, Object> file) throws IllegalOptionException {
    Map<String, String> values = new LinkedHashMap<>();
    for (Map.Entry<String, Object> entry : file.entrySet()) {
      String key = entry.getKey();
      if (!isHarmless(key)) {
        boolean isNone = entry.getValue() == JsonParser.NULL;
        values.put(key, isNone ? "" : text(key, entry.getValue()));
      }
    }
    String name = values.get(FILENAME);
    if (driver == null || Drivers.isFile(driver)) {
      for (String key : values.keySet()) {
        if (!key.equals(FILENAME)) {
          throw new IllegalOptionException(
              "Block protocol '"
                  + (driver == null ? Location.FILE : driver)
                  + "' doesn't support the option '"
                  + key
                  + "'");
        }
      }
      if (name == null) {
        throw new IllegalOptionException("The 'file' block driver requires a file name");
      }
      return driver == null ? ImageName.location(name) : ImageName.file(driver, name);
    }
    if (!Drivers.givesBytes(driver)) {
      if (Formats.PRESENT.named(driver).isEmpty()) {
        throw new IllegalOptionException("Unknown driver '" + driver + "'");
      }
    } else if (name != null && values.size() == 1 && !isMade(driver)) {
      return ImageName.location(name);
    }
    return Drivers.isNull(driver) && values.isEmpty()
        ? Location.of(driver, driver + "://")
        : Location.of(driver, given, values);
  }

  private static boolean isMade(String driver) {
    return Drivers.isFilter(driver) || Drivers.isNull(driver);
  }

  /** What the options of the file say of its locks; they are taken out. */
  private static Locking fileLocking(Map<String, Object> options, Locking ofImage)
      throws IllegalOptionException {
    Object shared = options.remove(FORCE_SHARE);
    Object locks = options.remove("locking");
    if (locks != null) {
      String word = string("file.locking", locks);
      if (word.equals("off")) {
        return Locking.OFF;
      }
      if (!word.equals("on") && !word.equals("auto")) {
        throw new IllegalOptionException("invalid parameter value: " + word);
      }
    }
    return shared != null && isOn(FORCE_SHARE, shared) ? Locking.SHARED : ofImage;
  }

  private static boolean isOn(String key, Object value) throws IllegalOptionException {
    if (value instanceof Boolean on) {
      return on;
    }
    if (value instanceof String word && (word.equals("on") || word.equals("off"))) {
      return word.equals("on");
    }
    throw new IllegalOptionException("Parameter '" + key + "' expects 'on' or 'off'");
  }

  /** Whether an option names another file of the image. */
  private static boolean isFile(String key) {
    return key.endsWith("." + FILENAME);
  }

  /** A file of options is looked for from the working directory, as the image's own is. */
  private static String placed(String file) throws IllegalOptionException {
    try {
      return Location.schemeOf(file).isPresent()
          ? file
          : FileNames.text(FileNames.path(file).toAbsolutePath());
    } catch (InvalidPathException e) {
      throw new IllegalOptionException("the name cannot be a path: " + e.getReason());
    }
  }

  private static boolean isOpenOption(String key) {
    for (ImageFormat format : Formats.PRESENT.all()) {
      for (OptionSpec option : format.openOptions()) {
        if (option.name().equals(key)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Looked for only by names that are options. */
  private static final class Formats {
    static final ImageFormats PRESENT = ImageFormats.present();
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
          "cache.direct",
          "cache.no-flush",
          "discard-no-unref",
          "lazy-refcounts",
          "pass-discard-request",
          "pass-discard-snapshot",
          "pass-discard-other",
          "l2-cache-size",
          "l2-cache-entry-size",
          "refcount-cache-size",
          "cache-size",
          "cache-clean-interval" ->
          true;
      default -> false;
    };
  }

  /** A value as it would be written without JSON. */
  private static String text(String key, Object value) throws IllegalOptionException {
    if (value instanceof Boolean on) {
      return on ? "on" : "off";
    }
    return value instanceof Long number ? number.toString() : string(key, value);
  }

  private static String string(String key, Object value) throws IllegalOptionException {
    if (value instanceof String string) {
      return string;
    }
    throw new IllegalOptionException("Invalid parameter type for '" + key + "', expected: string");
  }
}
