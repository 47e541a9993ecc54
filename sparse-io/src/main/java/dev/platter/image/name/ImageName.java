package dev.platter.image.name;

import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.storage.FileNames;
import dev.platter.storage.Location;
import dev.platter.storage.StorageProviders;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
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
 * @param format the format or other driver ({@link #givesBytes()}) that the name itself asks for;
 *     null: none
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
      return NodeOptions.name(name, json);
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
      options.put(option.substring(0, equals), option.substring(equals + 1));
    }
    return NodeOptions.name(text, options);
  }

  /** Where the image lies as it was given, without the scheme of a file. */
  public String shown() {
    return location.toString();
  }

  static Location location(String name) throws IllegalOptionException {
    Optional<String> scheme = Location.schemeOf(name);
    if (scheme.isEmpty()) {
      return file(Location.FILE, name);
    }
    String protocol = scheme.get();
    if (Drivers.isFile(protocol)) {
      return file(protocol, name.substring(protocol.length() + 1));
    }
    if (Drivers.isNull(protocol)) {
      if (!name.equals(protocol + "://")) {
        throw new IllegalOptionException(
            "The only allowed filename for this driver is '" + protocol + "://'");
      }
      return Location.of(protocol, name);
    }
    if (protocol.equals(Drivers.BLKDEBUG)) {
      return blkdebug(name);
    }
    if (!StorageProviders.knows(protocol)) {
      throw new IllegalOptionException("Unknown protocol '" + protocol + "'");
    }
    return Location.of(protocol, name);
  }

  /** {@code blkdebug:CONFIG:NAME}, the first of which may be empty. */
  private static Location blkdebug(String name) throws IllegalOptionException {
    String[] parts = name.split(":", 3);
    if (parts.length < 3) {
      throw new IllegalOptionException("blkdebug requires both config file and image path");
    }
    Map<String, String> options = new LinkedHashMap<>();
    if (!parts[1].isEmpty()) {
      options.put("config", parts[1]);
    }
    options.put("image.filename", parts[2]);
    return Location.of(Drivers.BLKDEBUG, name, options);
  }

  static Location file(String driver, String path) throws IllegalOptionException {
    if (path.isEmpty()) {
      throw new IllegalOptionException("The 'file' block driver requires a file name");
    }
    try {
      Path file = FileNames.path(path);
      if (driver.equals(Drivers.HOST_DEVICE) && Files.isRegularFile(file)) {
        throw new IllegalOptionException(
            "'host_device' driver requires '"
                + path
                + "' to be either a character or block device");
      }
      return Location.of(file, path);
    } catch (InvalidPathException e) {
      throw new IllegalOptionException("the name cannot be a path: " + e.getReason());
    }
  }

  /**
   * The file below a name by options, as which a relative name in it is understood; the location
   * itself where it is no such name.
   */
  static Location fileBelow(Location location) throws IllegalOptionException {
    if (Drivers.isFilter(location.scheme()) || !Drivers.givesBytes(location.scheme())) {
      return fileBelow(below(location).location());
    }
    return location;
  }

  /**
   * What lies below a filter, or the image whose disk is meant, where a location is either.
   *
   * @throws IllegalOptionException if there is nothing
   */
  public static ImageName below(Location location) throws IllegalOptionException {
    Map<String, Object> options = new LinkedHashMap<>(location.options());
    String driver = location.scheme();
    if (Drivers.isFilter(driver)) {
      return child(location, Drivers.childOf(driver));
    }
    options.put("driver", driver);
    return NodeOptions.name(location.toString(), options);
  }

  /**
   * What a filter has under one of its options.
   *
   * @throws IllegalOptionException if there is nothing
   */
  public static ImageName child(Location filter, String option) throws IllegalOptionException {
    Map<String, Object> options = new LinkedHashMap<>();
    for (Map.Entry<String, String> entry : filter.options().entrySet()) {
      if (entry.getKey().startsWith(option + ".")) {
        options.put(entry.getKey().substring(option.length() + 1), entry.getValue());
      }
    }
    if (filter.options().containsKey(option)) {
      throw NodeOptions.notANode(filter.options().get(option));
    }
    if (options.isEmpty()) {
      throw new IllegalOptionException("A block device must be specified for \"" + option + "\"");
    }
    if (!options.containsKey("driver") && options.containsKey("filename")) {
      if (filter.scheme().equals("quorum")) {
        throw new IllegalOptionException("Must specify either driver or file");
      }
      Location named = location(options.remove("filename").toString());
      if (options.isEmpty()) {
        return new ImageName(
            named.toString(),
            named,
            named.scheme(),
            List.of(),
            true,
            null,
            Locking.USUAL,
            Locking.USUAL);
      }
      options.put("driver", Location.FILE);
      options.put("filename", named.toString());
    }
    return NodeOptions.name(filter.toString(), options);
  }

  /** Whether the name gives bytes as they are, under whatever name {@link #format()} has. */
  public boolean givesBytes() {
    return format != null && Drivers.givesBytes(format);
  }
}
