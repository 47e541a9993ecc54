package dev.platter.guest.packages;

import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.RegistryHive;
import dev.platter.guest.files.Source;
import dev.platter.guest.packages.InstalledPackage.Origin;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * What Windows knows how to uninstall, for all users: the keys of 64-bit programs and those of
 * 32-bit ones. Whatever has a name is listed, parts that Windows' own list hides among it.
 */
final class WindowsPrograms {
  /** Where the hive lies. */
  static final String DIRECTORY = "/Windows/System32/config";

  /** The same up to Windows 2000. */
  static final String OLD_DIRECTORY = "/WINNT/System32/config";

  private static final String HIVE = "/SOFTWARE";
  private static final String UNINSTALL = "Microsoft\\Windows\\CurrentVersion\\Uninstall";
  private static final String OF_32_BITS = "Wow6432Node\\" + UNINSTALL;

  private WindowsPrograms() {}

  /** Whether that directory has the hive. */
  static boolean isIn(FileTree files, String directory) throws IOException {
    return files.open(directory + HIVE).isPresent();
  }

  /**
   * Reads the hive in that directory.
   *
   * @param architecture of the system
   */
  static void read(FileTree files, String directory, String architecture, PackageList found)
      throws IOException {
    Optional<Source> file = files.open(directory + HIVE);
    if (file.isEmpty()) {
      return;
    }
    RegistryHive hive = RegistryHive.open(file.get());
    hive.below(UNINSTALL, (_, values) -> add(values, architecture, found));
    hive.below(OF_32_BITS, (_, values) -> add(values, "i686", found));
    if (!hive.isComplete()) {
      throw Fault.on(file.get().name())
          .unsupported("what was changed last is in the registry's logs, which are not read");
    }
  }

  private static void add(Map<String, String> values, String architecture, PackageList found)
      throws IOException {
    String name = values.getOrDefault("DisplayName", "");
    if (!name.isEmpty()) {
      found.add(
          new InstalledPackage(
              PackageManager.WINDOWS,
              name,
              values.getOrDefault("DisplayVersion", ""),
              architecture,
              new Origin("", values.getOrDefault("Publisher", ""), "")));
    }
  }
}
