package dev.platter.guest;

import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.RegistryHive;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds Windows, by what its registry says of it. */
final class WindowsSystem {
  /** Up to Windows 2000 it was another one. */
  private static final List<String> DIRECTORIES = List.of("/Windows/", "/WINNT/");

  private static final String HIVE = "System32/config/SOFTWARE";
  private static final String KEY = "Microsoft\\Windows NT\\CurrentVersion";

  private static final List<String> PROGRAMS =
      List.of(
          "System32/ntoskrnl.exe",
          "System32/winload.efi",
          "System32/winload.exe",
          "System32/ntdll.dll",
          "explorer.exe");

  /** Windows 11 still calls itself 10 in the registry; its builds begin here. */
  private static final int FIRST_BUILD_OF_11 = 22000;

  private WindowsSystem() {}

  static Optional<OperatingSystem> find(FileTree files, String place) throws IOException {
    for (String directory : DIRECTORIES) {
      Optional<OperatingSystem> found = find(files, directory, place);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<OperatingSystem> find(FileTree files, String directory, String place)
      throws IOException {
    Optional<Source> hive = files.open(directory + HIVE);
    if (hive.isEmpty()) {
      return Optional.empty();
    }
    Optional<Map<String, String>> values = RegistryHive.open(hive.get()).values(KEY);
    if (values.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> said = values.get();
    // Older ones say "Obsolete data - do not use" in CurrentBuild.
    String build = said.getOrDefault("CurrentBuildNumber", said.getOrDefault("CurrentBuild", ""));
    String version =
        said.containsKey("CurrentMajorVersionNumber")
            ? said.get("CurrentMajorVersionNumber")
                + "."
                + said.getOrDefault("CurrentMinorVersionNumber", "0")
            : said.getOrDefault("CurrentVersion", "");
    String name = said.getOrDefault("ProductName", "Windows");
    boolean is11 = build.matches("[0-9]{5,9}") && Integer.parseInt(build) >= FIRST_BUILD_OF_11;
    if (is11 && name.startsWith("Windows 10")) {
      name = "Windows 11" + name.substring("Windows 10".length());
    }
    String edition = said.getOrDefault("EditionID", "");
    // The name mostly has it already: "Standard" for ServerStandard.
    boolean tells = name.replace(" ", "").contains(edition.replaceFirst("^Server", ""));
    return Optional.of(
        new OperatingSystem(
            "windows",
            "windows",
            build.isEmpty() || version.isEmpty() ? version : version + "." + build,
            tells ? name : name + " (" + edition + ")",
            Executables.architectureOf(
                files, PROGRAMS.stream().map(program -> directory + program).toList()),
            place));
  }
}
