package dev.platter.guest;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.Text;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A disc that installs a system of which it has no root to look into: what its own files say that
 * it installs.
 */
final class InstallerDisc {
  private static final int MAX_TEXT = 1 << 14;

  /** Such as {@code Debian GNU/Linux 12.5.0 "Bookworm" - Official amd64 NETINST 20240210-11:27}. */
  private static final Pattern DISK_INFO =
      Pattern.compile("((\\S+).*?) ([0-9][0-9.]*)(?: LTS)? \"[^\"]*\" - (.*)");

  /** The kinds of machines in {@link #DISK_INFO}. */
  private static final Map<String, String> MACHINES =
      Map.of(
          "amd64", "x86_64",
          "arm64", "aarch64",
          "i386", "i686",
          "armhf", "armv7l",
          "ppc64el", "ppc64le",
          "s390x", "s390x",
          "riscv64", "riscv64");

  /** What families of {@code .treeinfo} begin with, the longer ones first. */
  private static final Map<String, String> FAMILIES = new LinkedHashMap<>();

  static {
    FAMILIES.put("red hat enterprise linux", "rhel");
    FAMILIES.put("centos", "centos");
    FAMILIES.put("fedora", "fedora");
    FAMILIES.put("rocky", "rocky");
    FAMILIES.put("almalinux", "almalinux");
    FAMILIES.put("oracle linux", "ol");
    FAMILIES.put("scientific", "scientific");
    FAMILIES.put("opensuse leap", "opensuse-leap");
    FAMILIES.put("opensuse tumbleweed", "opensuse-tumbleweed");
    FAMILIES.put("suse linux enterprise", "sles");
  }

  private InstallerDisc() {}

  /** Looks for such files on a disc. */
  static Optional<OperatingSystem> find(FileTree disc, String place) throws IOException {
    Optional<String> text = text(disc, "/.disk/info");
    if (text.isPresent()) {
      Matcher matcher = DISK_INFO.matcher(text.get().lines().findFirst().orElse(""));
      if (matcher.matches()) {
        return Optional.of(ofDebian(matcher, place + " /.disk/info"));
      }
    }
    for (String path : new String[] {"/.treeinfo", "/treeinfo"}) {
      text = text(disc, path);
      Optional<OperatingSystem> found =
          text.isPresent() ? ofTree(text.get(), place + " " + path) : Optional.empty();
      if (found.isPresent()) {
        return found;
      }
    }
    for (String path : new String[] {"/sources/install.wim", "/sources/install.esd"}) {
      Optional<Source> image = disc.open(path);
      Optional<OperatingSystem> found =
          image.isPresent() ? WindowsImage.find(image.get(), place + " " + path) : Optional.empty();
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> text(FileTree disc, String path) throws IOException {
    Optional<Bytes> head = disc.head(path, MAX_TEXT);
    return head.isPresent()
        ? Optional.of(head.get().name(0, head.get().length()))
        : Optional.empty();
  }

  private static OperatingSystem ofDebian(Matcher said, String place) {
    String machine = "";
    for (Map.Entry<String, String> known : MACHINES.entrySet()) {
      machine = said.group(4).contains(known.getKey()) ? known.getValue() : machine;
    }
    // Ubuntu-Server is the same system.
    String id = Text.clean(said.group(2)).toLowerCase(Locale.ROOT).replaceFirst("-.*", "");
    // Systems say one number of Debian's, and two of Ubuntu's.
    String kept = id.equals("debian") ? "([0-9]+).*" : "([0-9]+\\.[0-9]+).*";
    String version = said.group(3).replaceFirst(kept, "$1");
    String name = Text.clean(said.group(1) + " " + said.group(3));
    return new OperatingSystem("linux", id, version, name, machine, place);
  }

  private static Optional<OperatingSystem> ofTree(String text, String place) {
    Map<String, String> general = section(text, "general");
    String family = general.getOrDefault("family", "");
    String version = general.getOrDefault("version", "").replaceFirst("-stream$", "");
    if (family.isEmpty()) {
      return Optional.empty();
    }
    String lower = family.toLowerCase(Locale.ROOT);
    String id = lower.replace(' ', '-');
    for (Map.Entry<String, String> known : FAMILIES.entrySet()) {
      id = lower.startsWith(known.getKey()) ? known.getValue() : id;
    }
    String name = (family + " " + version).strip();
    String machine = general.getOrDefault("arch", "");
    return Optional.of(new OperatingSystem("linux", id, version, name, machine, place));
  }

  /** The variables of a section of an ini file; none: there is no such section. */
  private static Map<String, String> section(String text, String wanted) {
    StringBuilder inside = new StringBuilder();
    boolean isInside = false;
    for (String line : text.lines().toList()) {
      if (line.startsWith("[")) {
        isInside = line.strip().equals("[" + wanted + "]");
      } else if (isInside) {
        inside.append(line).append('\n');
      }
    }
    return OsRelease.parse(inside.toString());
  }
}
