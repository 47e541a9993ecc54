package dev.platter.guest;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The vocabularies in which image services have the property {@code os_distro}. */
public enum DistroNames {
  /**
   * A distribution's name alone, such as {@code debian} or {@code windows}: what Glance's
   * documentation lists, and else the name that os-release has.
   */
  GLANCE {
    @Override
    public String of(OperatingSystem system) {
      return switch (system.id()) {
        case "opensuse-leap", "opensuse-tumbleweed" -> "opensuse";
        case "ol" -> "oraclelinux";
        default -> system.id();
      };
    }
  },

  /**
   * The short identifier that libosinfo has for a release, such as {@code debian12} or {@code
   * win2k22}, by which OpenStack's compute service looks up what devices a guest can drive. Of
   * distributions that libosinfo does not have, the name alone.
   */
  LIBOSINFO {
    @Override
    public String of(OperatingSystem system) {
      String version = system.versionId();
      return switch (system.id()) {
        case "windows" -> windows(system);
        case "arch" -> "archlinux";
        case "void" -> "voidlinux";
        case "clear-linux-os" -> "clearlinux";
        case "opensuse-tumbleweed" -> "opensusetumbleweed";
        case "opensuse-leap", "opensuse" -> "opensuse" + version;
        case "debian", "fedora", "rocky", "almalinux", "mageia" -> system.id() + upTo(version, 1);
        case "alpine" -> "alpinelinux" + upTo(version, 2);
        case "scientific" -> "scientificlinux" + version;
        case "pop" -> "popos" + version;
        case "nixos" -> "nixos-" + version;
        case "centos" -> centos(system);
        // One for both from 15 on.
        case "sles", "sled" ->
            (version.matches("1[0-4].*") ? system.id() : "sle") + version.replace(".", "sp");
        case "ubuntu", "rhel", "ol", "freebsd", "cirros" -> system.id() + version;
        default -> system.id();
      };
    }
  };

  /** The builds from which on releases of Windows have their names. */
  private static final TreeMap<Integer, String> CLIENTS =
      new TreeMap<>(
          Map.of(
              2195, "win2k",
              2600, "winxp",
              6000, "winvista",
              7600, "win7",
              9200, "win8",
              9600, "win8.1",
              10240, "win10",
              22000, "win11"));

  private static final TreeMap<Integer, String> SERVERS =
      new TreeMap<>(
          Map.of(
              2195, "win2k",
              3790, "win2k3",
              6001, "win2k8",
              7600, "win2k8r2",
              9200, "win2k12",
              9600, "win2k12r2",
              14393, "win2k16",
              17763, "win2k19",
              20348, "win2k22",
              26100, "win2k25"));

  /** The name of a system in this vocabulary. */
  public abstract String of(OperatingSystem system);

  private static String windows(OperatingSystem system) {
    String build = system.versionId().replaceFirst(".*\\.", "");
    if (!build.matches("[0-9]{4,6}")) {
      return system.id();
    }
    boolean isServer = system.prettyName().contains("Server");
    Map.Entry<Integer, String> release =
        (isServer ? SERVERS : CLIENTS).floorEntry(Integer.valueOf(build));
    return release == null ? system.id() : release.getValue();
  }

  /** By their minor number, too, as long as those were releases of their own. */
  private static String centos(OperatingSystem system) {
    String version = system.versionId();
    boolean isStream = system.prettyName().toLowerCase(Locale.ROOT).contains("stream");
    if (isStream) {
      return "centos-stream" + upTo(version, 1);
    }
    return "centos" + (version.matches("[56]\\..*") ? version : upTo(version, 1));
  }

  /** The first numbers of a version. */
  private static String upTo(String version, int numbers) {
    int end = -1;
    for (int i = 0; i < numbers; i++) {
      end = version.indexOf('.', end + 1);
      if (end < 0) {
        return version;
      }
    }
    return version.substring(0, end);
  }
}
