package dev.platter.guest.packages;

import dev.platter.guest.OperatingSystem;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names packages as scanners of vulnerabilities do: {@code
 * pkg:deb/debian/bash@5.2-1?arch=amd64&distro=debian-12} (ECMA-427, and the definitions of types
 * beside it).
 */
public final class PackageUrl {
  private static final String PLAIN = ".-_~:";

  /** RPM's epoch, which stands by itself there; of others it is a part of the version. */
  private static final Pattern EPOCH = Pattern.compile("([0-9]+):(.*)");

  private PackageUrl() {}

  /**
   * The name of a package; empty: there is none for packages of this manager.
   *
   * @param system in which it is installed; empty: not known, and so is who made the package
   */
  public static Optional<String> of(InstalledPackage installed, Optional<OperatingSystem> system) {
    return type(installed.manager()).map(type -> text(type, installed, system));
  }

  private static Optional<String> type(PackageManager manager) {
    return switch (manager) {
      case DPKG -> Optional.of("deb");
      case RPM -> Optional.of("rpm");
      case APK -> Optional.of("apk");
      case PACMAN -> Optional.of("alpm");
      case WINDOWS -> Optional.empty();
    };
  }

  private static String text(
      String type, InstalledPackage installed, Optional<OperatingSystem> system) {
    boolean isRpm = installed.manager() == PackageManager.RPM;
    String name = isRpm ? installed.name() : installed.name().toLowerCase(Locale.ROOT);
    String version = installed.version();
    Map<String, String> qualifiers = new TreeMap<>();
    put(qualifiers, "arch", installed.architecture());
    Matcher epoch = EPOCH.matcher(version);
    if (isRpm && epoch.matches()) {
      put(qualifiers, "epoch", epoch.group(1));
      version = epoch.group(2);
    }
    StringBuilder url = new StringBuilder("pkg:").append(type);
    if (system.isPresent()) {
      url.append('/').append(encoded(vendor(system.get().id())));
      String release = system.get().versionId();
      put(qualifiers, "distro", system.get().id() + (release.isEmpty() ? "" : "-" + release));
    }
    url.append('/').append(encoded(name));
    if (!version.isEmpty()) {
      url.append('@').append(encoded(version));
    }
    char before = '?';
    for (Map.Entry<String, String> each : qualifiers.entrySet()) {
      url.append(before).append(each.getKey()).append('=').append(encoded(each.getValue()));
      before = '&';
    }
    return url.toString();
  }

  /** Who makes the packages of a distribution, as those who list vulnerabilities call them. */
  private static String vendor(String id) {
    return switch (id) {
      case "rhel" -> "redhat";
      case "opensuse-leap", "opensuse-tumbleweed" -> "opensuse";
      default -> id.toLowerCase(Locale.ROOT);
    };
  }

  private static void put(Map<String, String> qualifiers, String key, String value) {
    if (!value.isEmpty()) {
      qualifiers.put(key, value);
    }
  }

  private static String encoded(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (each & 0xFF);
      boolean isPlain = c < 0x80 && (Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0);
      encoded.append(isPlain ? String.valueOf(c) : "%%%02X".formatted((int) c));
    }
    return encoded.toString();
  }
}
