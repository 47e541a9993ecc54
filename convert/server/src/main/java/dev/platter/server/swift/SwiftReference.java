package dev.platter.server.swift;

import dev.platter.server.config.IniFile;
import dev.platter.server.config.StoreConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An account of Swift, and how to log in to it.
 *
 * @param name by which locations name it
 * @param authAddress where to log in
 * @param user {@code project:user} for Keystone, what the server wants for version 1
 * @param key the password
 * @param version 1 or 3 of the way to log in
 * @param userDomain the domain of the user
 * @param projectDomain the domain of the project
 */
record SwiftReference(
    String name,
    String authAddress,
    String user,
    String key,
    int version,
    Domain userDomain,
    Domain projectDomain) {
  private static final String FILE = "swift_store_config_file";
  private static final String VERSION = "swift_store_auth_version";

  /** A domain of Keystone, by one of the two. */
  record Domain(Optional<String> id, Optional<String> name) {
    static final Domain DEFAULT = new Domain(Optional.of("default"), Optional.empty());
  }

  /** All accounts that a store's settings name, by their names. */
  static Map<String, SwiftReference> readAll(StoreConfig config, String usual) {
    String version = config.text(VERSION, "3");
    String file = config.text(FILE, null);
    if (file != null) {
      return ofFile(config, file, version);
    }
    String address = config.required("swift_store_auth_address");
    checkAddress(config, "swift_store_auth_address", address);
    return Map.of(
        usual,
        new SwiftReference(
            usual,
            address,
            config.required("swift_store_user"),
            config.required("swift_store_key"),
            version(config, VERSION, version),
            Domain.DEFAULT,
            Domain.DEFAULT));
  }

  private static Map<String, SwiftReference> ofFile(
      StoreConfig config, String file, String version) {
    Map<String, SwiftReference> all = new LinkedHashMap<>();
    IniFile ini;
    try {
      Path path = Path.of(file);
      ini =
          IniFile.read(
              config.ini().directory().map(directory -> directory.resolve(path)).orElse(path));
    } catch (IOException e) {
      throw config.ini().wrong(config.section(), FILE, e);
    }
    for (String name : ini.sections()) {
      if (!name.matches("[A-Za-z0-9._-]+")) {
        throw config.wrong(FILE, "[" + name + "] is no name that fits into a location");
      }
      Reader reader = new Reader(config, ini, name);
      String address = reader.required("auth_address");
      checkAddress(config, FILE, address);
      all.put(
          name,
          new SwiftReference(
              name,
              address,
              reader.required("user"),
              reader.required("key"),
              version(config, FILE, reader.text("auth_version").orElse(version)),
              reader.domain("user_domain"),
              reader.domain("project_domain")));
    }
    return all;
  }

  private record Reader(StoreConfig config, IniFile ini, String section) {
    /** The value, which may stand in quotes. */
    Optional<String> text(String key) {
      return ini.text(section, key).map(Reader::unquoted).filter(value -> !value.isEmpty());
    }

    private static String unquoted(String value) {
      boolean quoted = value.startsWith("'") || value.startsWith("\"");
      return quoted && value.length() > 1 && value.charAt(0) == value.charAt(value.length() - 1)
          ? value.substring(1, value.length() - 1)
          : value;
    }

    String required(String key) {
      return text(key)
          .orElseThrow(() -> config.wrong(FILE, "[" + section + "] " + key + " is missing"));
    }

    Domain domain(String prefix) {
      Domain domain = new Domain(text(prefix + "_id"), text(prefix + "_name"));
      return domain.id().isEmpty() && domain.name().isEmpty() ? Domain.DEFAULT : domain;
    }
  }

  private static int version(StoreConfig config, String key, String version) {
    return switch (version) {
      case "3" -> 3;
      case "1" -> 1;
      default ->
          throw config.wrong(
              key, "version 3 (Keystone) or 1 of the way to log in is expected, not " + version);
    };
  }

  private static void checkAddress(StoreConfig config, String key, String address) {
    try {
      URI uri = URI.create(url(address));
      if (uri.getHost() != null && uri.getRawQuery() == null && uri.getRawUserInfo() == null) {
        return;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw config.wrong(key, "the address where to log in is no URL of HTTP");
  }

  private static String url(String address) {
    return address.startsWith("http://") || address.startsWith("https://")
        ? address
        : "https://" + address;
  }

  /** Where to log in, with its scheme and without a slash at the end. */
  URI url() {
    return URI.create(url(address()));
  }

  /** The address as locations have it that name the user: without slashes around it. */
  private String address() {
    String bare = authAddress.strip();
    while (bare.endsWith("/")) {
      bare = bare.substring(0, bare.length() - 1);
    }
    return bare;
  }

  /** Whether a location names this account by its user and where that logs in. */
  boolean isMeant(String scheme, String user, String address) {
    String own = url().toString();
    String named = (scheme.equals("swift+http") ? "http://" : "https://") + address;
    return this.user.equals(user) && own.equals(named);
  }

  /** Without what opens it. */
  @Override
  public String toString() {
    return "SwiftReference[" + name + "]";
  }
}
