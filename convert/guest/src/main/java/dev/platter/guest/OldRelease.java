package dev.platter.guest;

import dev.platter.guest.files.Text;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files in which systems from before os-release say what they are, those first that say it
 * better: derived systems have those of others, too.
 */
enum OldRelease {
  ORACLE("/etc/oracle-release"),
  AMAZON("/etc/system-release"),
  RED_HAT("/etc/redhat-release"),
  SUSE("/etc/SuSE-release"),
  /** Of Ubuntu and others: names and values. */
  LSB("/etc/lsb-release"),
  GENTOO("/etc/gentoo-release"),
  SLACKWARE("/etc/slackware-version"),
  ALPINE("/etc/alpine-release"),
  ARCH("/etc/arch-release"),
  DEBIAN("/etc/debian_version");

  /** Such as {@code CentOS release 6.10 (Final)}, {@code Slackware 13.37.0}. */
  private static final Pattern NAME_AND_VERSION =
      Pattern.compile("(.+?)(?: Linux)?(?: release)? ([0-9][0-9.]*).*");

  /** What names begin with, in lower case, and how os-release would call those systems. */
  private static final Map<String, String> IDS =
      Map.ofEntries(
          Map.entry("centos", "centos"),
          Map.entry("fedora", "fedora"),
          Map.entry("red hat", "rhel"),
          Map.entry("oracle", "ol"),
          Map.entry("enterprise linux", "ol"),
          Map.entry("scientific", "scientific"),
          Map.entry("amazon", "amzn"),
          Map.entry("opensuse", "opensuse"),
          Map.entry("suse linux enterprise server", "sles"),
          Map.entry("suse linux enterprise desktop", "sled"),
          Map.entry("gentoo", "gentoo"),
          Map.entry("slackware", "slackware"));

  private final String path;

  OldRelease(String path) {
    this.path = path;
  }

  /** What is told, in the words of os-release. */
  record Told(String id, String version, String name) {}

  String path() {
    return path;
  }

  /** Empty: the text does not say. */
  Optional<Told> read(String text) {
    String line = Text.clean(text.lines().findFirst().orElse(""));
    return switch (this) {
      case LSB -> lsb(text);
      case ALPINE -> Optional.of(new Told("alpine", line, "Alpine Linux " + line));
      case DEBIAN -> Optional.of(new Told("debian", line, "Debian GNU/Linux " + line));
      case ARCH -> Optional.of(new Told("arch", "", "Arch Linux"));
      case SUSE -> Optional.of(suse(line, text));
      default -> Optional.of(named(line));
    };
  }

  private static Told named(String line) {
    Matcher matcher = NAME_AND_VERSION.matcher(line);
    String version = matcher.matches() ? matcher.group(2) : "";
    String lower = line.toLowerCase(Locale.ROOT);
    for (Map.Entry<String, String> id : IDS.entrySet()) {
      if (lower.startsWith(id.getKey())) {
        return new Told(id.getValue(), version, line);
      }
    }
    return new Told("linux", version, line);
  }

  /** {@code SUSE Linux Enterprise Server 11 (x86_64)}, then {@code VERSION}, {@code PATCHLEVEL}. */
  private static Told suse(String line, String text) {
    Told told = named(line);
    String patch = OsRelease.parse(text).getOrDefault("PATCHLEVEL", "0");
    boolean hasPatch = patch.matches("[1-9][0-9]*") && !told.version().contains(".");
    return hasPatch ? new Told(told.id(), told.version() + "." + patch, line) : told;
  }

  private static Optional<Told> lsb(String text) {
    Map<String, String> values = OsRelease.parse(text);
    String id = values.getOrDefault("DISTRIB_ID", "");
    String version = values.getOrDefault("DISTRIB_RELEASE", "");
    String name = values.getOrDefault("DISTRIB_DESCRIPTION", (id + " " + version).strip());
    return id.isEmpty()
        ? Optional.empty()
        : Optional.of(new Told(id.toLowerCase(Locale.ROOT), version, name));
  }
}
