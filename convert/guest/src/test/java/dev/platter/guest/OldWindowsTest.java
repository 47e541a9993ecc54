package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.MemoryFiles;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Windows 2000: another directory, and what it says of itself in a hive that hivex writes. */
@Tag("interop")
class OldWindowsTest {
  private static final String KEYS =
      """
      Windows Registry Editor Version 5.00

      [\\Microsoft\\Windows NT\\CurrentVersion]
      "ProductName"="Microsoft Windows 2000"
      "CurrentVersion"="5.0"
      "CurrentBuild"="1.511.1 () (Obsolete data - do not use)"
      "CurrentBuildNumber"="2195"
      "CurrentMajorVersionNumber"=-
      "CurrentMinorVersionNumber"=-
      "EditionID"=-

      """;

  @TempDir Path directory;

  @Test
  void isToldByItsRegistry() throws IOException {
    Path hive = Files.write(directory.resolve("SOFTWARE"), HostilePackagesTest.hive());
    Path keys = Files.writeString(directory.resolve("keys"), KEYS, StandardCharsets.US_ASCII);
    ExternalTool.named("hivexregedit").mustRun("--merge", hive, keys);
    MemoryFiles root = new MemoryFiles(Budget.of(1 << 22, 1 << 20));
    root.put("WINNT/System32/config/SOFTWARE", Files.readAllBytes(hive));
    OperatingSystem system = WindowsSystem.find(new FileTree(root), "disk").orElseThrow();
    assertEquals("Microsoft Windows 2000", system.prettyName());
    assertEquals("5.0.2195", system.versionId());
    assertEquals("win2k", DistroNames.LIBOSINFO.of(system));
  }
}
