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
  private static final String SYSTEM = "/Windows/System32/";
  private static final String HIVE = SYSTEM + "config/SOFTWARE";
  private static final String KEY = "Microsoft\\Windows NT\\CurrentVersion";

  private static final List<String> PROGRAMS =
      List.of(
          SYSTEM + "ntoskrnl.exe",
          SYSTEM + "winload.efi",
          SYSTEM + "winload.exe",
          SYSTEM + "ntdll.dll",
          "/Windows/explorer.exe");

  /** Windows 11 still calls itself 10 in the registry; its builds begin here. */
  private static final int FIRST_BUILD_OF_11 = 22000;

  private WindowsSystem() {}

  static Optional<OperatingSystem> find(FileTree files, String place) throws IOException {
    Optional<Source> hive = files.open(HIVE);
    if (hive.isEmpty()) {
      return Optional.empty();
    }
    Optional<Map<String, String>> values = RegistryHive.open(hive.get()).values(KEY);
    if (values.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> said = values.get();
    String build = said.getOrDefault("CurrentBuild", said.getOrDefault("CurrentBuildNumber", ""));
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
            Executables.architectureOf(files, PROGRAMS),
            place));
  }
}
