package dev.platter.image.name;

import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.storage.FileNames;
import dev.platter.storage.Location;
import dev.platter.storage.StorageProviders;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The name of an image as users, callers and other images write it: a path, {@code file:PATH},
 * {@code scheme://…}, {@code json:{…}}, or options with dots. It says where the image lies, and may
 * say how it is to be understood.
 *
 * @param given the name as it was given, for messages
 * @param location where the image lies
 * @param format the format that the name itself asks for; null: none
 * @param openOptions what the name says of how the format is to be understood, {@code key=value}
 * @param followsBacking whether the backing file that the image names is to be opened
 * @param backing the image to take in place of the backing file that the image names; null: none
 * @param locking what the name says of the locks on all files of the image
 * @param fileLocking what the name says of those on its own file alone
 */
public record ImageName(
    String given,
    Location location,
    String format,
    List<String> openOptions,
    boolean followsBacking,
    ImageName backing,
    Locking locking,
    Locking fileLocking) {
  /** How a name in JSON begins. */
  public static final String JSON = "json:";

  private static final String FORCE_SHARE = "force-share";
  private static final String HOST_DEVICE = "host_device";

  /** A file or device by its path, whatever that looks like. */
  public static ImageName of(Path path) {
    return new ImageName(
        FileNames.text(path),
        Location.of(path),
        null,
        List.of(),
        true,
        null,
        Locking.USUAL,
        Locking.USUAL);
  }

  /**
   * Understands a name.
   *
   * @throws IllegalOptionException without the name in its message; the caller knows what it wanted
   *     with it
   */
  public static ImageName parse(String name) throws IllegalOptionException {
    if (name.startsWith(JSON)) {
      if (name.startsWith("[", JSON.length())) {
        throw new IllegalOptionException("Invalid JSON object given");
      }
      Map<?, ?> json;
      try {
        json = JsonParser.parseObject(name.substring(JSON.length()));
      } catch (IllegalOptionException e) {
        throw new IllegalOptionException("Could not parse the JSON options: " + e.getMessage());
      }
      return ofOptions(name, json);
    }
    return new ImageName(
        name, location(name), null, List.of(), true, null, Locking.USUAL, Locking.USUAL);
  }

  /**
   * Understands options as {@code --image-opts} takes them: {@code key=value,key.key=value}, a
   * comma inside a value written twice.
   */
  public static ImageName parseOptions(String text) throws IllegalOptionException {
    Map<String, Object> options = new LinkedHashMap<>();
    for (String option : FormatOptions.split(text)) {
      int equals = option.indexOf('=');
      if (equals < 0) {
        throw new IllegalOptionException(
            options.isEmpty()
                ? "Cannot find device='" + option + "' nor node-name='" + option + "'"
                : "Expected '=' after parameter '" + option + "'");
      }
      put(options, option.substring(0, equals), option.substring(equals + 1), option);
    }
    return ofOptions(text, options);
  }

  /** Puts the value of a key with dots into maps within maps. */
  private static void put(Map<String, Object> options, String key, Object value, String option)
      throws IllegalOptionException {
    int dot = key.indexOf('.');
    if (dot < 0) {
      options.put(key, value);
      return;
    }
    Object inner = options.computeIfAbsent(key.substring(0, dot), k -> new LinkedHashMap<>());
    if (!(inner instanceof Map<?, ?>)) {
      throw new IllegalOptionException(
          "Cannot have both a value and parts of it: '" + option + "'");
    }
    @SuppressWarnings("unchecked")
    Map<String, Object> map = (Map<String, Object>) inner;
    put(map, key.substring(dot + 1), value, option);
  }

  /** Where the image lies as it was given, without the scheme of a file. */
  public String shown() {
    return location.toString();
  }

  private static Location location(String name) throws IllegalOptionException {
    Optional<String> scheme = Location.schemeOf(name);
    if (scheme.isEmpty()) {
      return file(name);
    }
    String protocol = scheme.get();
    if (isFile(protocol)) {
      return file(name.substring(protocol.length() + 1));
    }
    if (!StorageProviders.knows(protocol)) {
      throw new IllegalOptionException("Unknown protocol '" + protocol + "'");
    }
    return Location.of(protocol, name);
  }

  private static Location file(String path) throws IllegalOptionException {
    if (path.isEmpty()) {
      throw new IllegalOptionException("The 'file' block driver requires a file name");
    }
    try {
      return Location.of(FileNames.path(path), path);
    } catch (InvalidPathException e) {
      throw new IllegalOptionException("the name cannot be a path: " + e.getReason());
    }
  }

  private static ImageName ofOptions(String given, Map<?, ?> options)
      throws IllegalOptionException {
    Map<String, Object> file = new LinkedHashMap<>();
    String driver = null;
    Object backing = null;
    List<String> openOptions = new ArrayList<>();
    Locking locking = Locking.USUAL;
    Map<String, Object> rest = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : options.entrySet()) {
      String key = entry.getKey().toString();
      Object value = entry.getValue();
      if (key.equals("driver")) {
        driver = string(key, value);
      } else if (key.equals("backing")) {
        backing = value;
      } else if (key.equals("file") && value instanceof Map<?, ?> map) {
        flatten("", map, file);
      } else if (key.startsWith("file.")) {
        file.put(key.substring("file.".length()), value);
      } else if (key.equals("filename") || key.equals("locking")) {
        file.put(key, value);
      } else if (key.equals(FORCE_SHARE)) {
        locking = isOn(key, value) ? Locking.SHARED : Locking.USUAL;
      } else if (isOpenOption(key)) {
        openOptions.add(key + "=" + text(key, value).replace(",", ",,"));
      } else if (!isHarmless(key)) {
        rest.put(key, value);
      }
    }
    if (driver != null && isProtocol(driver)) {
      file.put("driver", driver);
      driver = null;
      flatten("", rest, file);
    } else if (!rest.isEmpty()) {
      throw new IllegalOptionException(
          "Block option '" + rest.keySet().iterator().next() + "' is not supported");
    }
    Locking fileLocking = fileLocking(file, locking);
    Location location = location(given, file, driver == null && options.get("driver") == null);
    ImageName below = null;
    if (backing instanceof Map<?, ?> map) {
      below = ofOptions(given, map);
    } else if (backing != null && backing != JsonParser.NULL) {
      throw new IllegalOptionException("Block option 'backing' must be an object or null");
    }
    return new ImageName(
        given, location, driver, openOptions, backing == null, below, locking, fileLocking);
  }

  /** Maps within maps as keys with dots. */
  private static void flatten(String prefix, Map<?, ?> from, Map<String, Object> to) {
    for (Map.Entry<?, ?> entry : from.entrySet()) {
      String key = prefix + entry.getKey();
      if (entry.getValue() instanceof Map<?, ?> inner) {
        flatten(key + ".", inner, to);
      } else {
        to.put(key, entry.getValue());
      }
    }
  }

  /** What the options of the file say of its locks. */
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

  /** Where the options say that the bytes lie. */
  private static Location location(String given, Map<String, Object> options, boolean noDriver)
      throws IllegalOptionException {
    String protocol = null;
    if (options.containsKey("driver")) {
      protocol = string("driver", options.get("driver"));
      if (!isProtocol(protocol)) {
        throw new IllegalOptionException("Unknown protocol '" + protocol + "'");
      }
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (Map.Entry<String, Object> entry : options.entrySet()) {
      String key = entry.getKey();
      if (!key.equals("driver") && !isHarmless(key)) {
        Object value = entry.getValue();
        values.put(key, text(key, value));
      }
    }
    String name = values.get("filename");
    if (name != null && values.size() == 1) {
      return protocol != null && isFile(protocol) ? file(name) : location(name);
    }
    if (protocol != null && !isFile(protocol)) {
      return Location.of(protocol, given, values);
    }
    for (String key : values.keySet()) {
      if (!key.equals("filename")) {
        throw new IllegalOptionException("Block option 'file." + key + "' is not supported");
      }
    }
    throw new IllegalOptionException(
        noDriver && options.isEmpty()
            ? "Must specify either driver or file"
            : options.isEmpty()
                ? "A block device must be specified for \"file\""
                : "The 'file' block driver requires a file name");
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

  private static boolean isFile(String protocol) {
    return protocol.equals(Location.FILE) || protocol.equals(HOST_DEVICE);
  }

  private static boolean isProtocol(String driver) {
    return isFile(driver) || StorageProviders.knows(driver);
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
    return value instanceof Long number ? number.toString() : string(key, value);
  }

  private static String string(String key, Object value) throws IllegalOptionException {
    if (value instanceof String string) {
      return string;
    }
    throw new IllegalOptionException("Invalid parameter type for '" + key + "', expected: string");
  }
}
