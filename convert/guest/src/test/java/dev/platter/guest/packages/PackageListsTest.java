package dev.platter.guest.packages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.MemoryFiles;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lists that are texts, as the managers' own documentation describes them. */
class PackageListsTest {
  private final Budget budget = Budget.of(1L << 30, 4_000_000);
  private final MemoryFiles root = new MemoryFiles(budget);

  private PackageDatabase only() throws IOException {
    List<PackageDatabase> found = Databases.inRoot(new FileTree(root), budget, "x86_64");
    assertEquals(1, found.size(), found.toString());
    return found.getFirst();
  }

  private List<String> listed() throws IOException {
    PackageDatabase database = only();
    assertEquals(Optional.empty(), database.problem());
    return database.packages().stream().map(PackageListsTest::line).toList();
  }

  private static String line(InstalledPackage each) {
    return String.join(
        " | ",
        each.name(),
        each.version(),
        each.architecture(),
        each.origin().source(),
        each.origin().publisher(),
        each.origin().license());
  }

  private static String paragraph(String name, String status, String more) {
    return "Package: " + name + "\nStatus: " + status + "\nArchitecture: amd64\n" + more + "\n";
  }

  @Test
  void dpkgListsWhatIsThere() throws IOException {
    root.put(
        "var/lib/dpkg/status",
        paragraph("libc6", "install ok installed", "Source: glibc (2.36-9)\nVersion: 2.36-9+b1\n")
            + paragraph("vim", "install ok installed", "MAINTAINER: A <a@b>\nVersion: 2:9.0\n")
            + paragraph("gone", "deinstall ok config-files", "Version: 1\n")
            + paragraph("never", "unknown ok not-installed", "")
            + paragraph("half", "install ok unpacked", "Version: 3\nDescription: x\n Version: 4\n")
            + "Package: without-a-status\nVersion: 1\n");
    assertEquals(
        List.of(
            "half | 3 | amd64 |  |  | ",
            "libc6 | 2.36-9+b1 | amd64 | glibc (2.36-9) |  | ",
            "vim | 2:9.0 | amd64 |  | A <a@b> | "),
        listed());
  }

  @Test
  void whatDpkgChangedLastCounts() throws IOException {
    root.put(
        "var/lib/dpkg/status",
        paragraph("a", "install ok installed", "Version: 1\n")
            + paragraph("b", "install ok installed", "Version: 1\n"));
    root.put("var/lib/dpkg/updates/0001", paragraph("a", "install ok installed", "Version: 3\n"));
    root.put("var/lib/dpkg/updates/0000", paragraph("a", "install ok installed", "Version: 2\n"));
    root.put("var/lib/dpkg/updates/0002", paragraph("b", "purge ok not-installed", ""));
    root.put("var/lib/dpkg/updates/tmp.i", paragraph("c", "install ok installed", "Version: 1\n"));
    assertEquals(List.of("a | 3 | amd64 |  |  | "), listed());
  }

  @Test
  void packagesOfSeveralArchitecturesAreSeveral() throws IOException {
    root.put(
        "var/lib/dpkg/status",
        "Package: l\nStatus: install ok installed\nVersion: 1\nArchitecture: i386\n\n"
            + "Package: l\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n");
    assertEquals(List.of("l | 1 | amd64 |  |  | ", "l | 1 | i386 |  |  | "), listed());
  }

  @Test
  void imagesWithoutDpkgHaveAFileForEachPackage() throws IOException {
    root.put("var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12.4\n");
    root.put("var/lib/dpkg/status.d/base.md5sums", "Package: no\nVersion: 1\n");
    assertEquals(List.of("base-files | 12.4 |  |  |  | "), listed());
  }

  @ParameterizedTest
  @ValueSource(strings = {"lib/apk/db/installed", "usr/lib/apk/db/installed"})
  void apkListsPackagesAndTheirFiles(String path) throws IOException {
    root.put(
        path,
        "C:Q1abc=\nP:musl\nV:1.2.4-r2\nA:x86_64\nS:1\nL:MIT\no:musl\nm:Somebody <s@x>\np:so:x=1\n"
            + "F:lib\nR:ld-musl\na:0:0:755\nZ:Q1x=\n\n"
            + "C:Q1d=\nP:ssl_client\nV:1.36.1-r5\nA:x86_64\nL:GPL-2.0-only\no:busybox\nF:usr\n\n");
    assertEquals(
        List.of(
            "musl | 1.2.4-r2 | x86_64 |  | Somebody <s@x> | MIT",
            "ssl_client | 1.36.1-r5 | x86_64 | busybox |  | GPL-2.0-only"),
        listed());
  }

  @Test
  void pacmanHasADirectoryForEachPackage() throws IOException {
    root.put("var/lib/pacman/local/ALPM_DB_VERSION", "9\n");
    root.put(
        "var/lib/pacman/local/gcc-libs-13.2.1-3/desc",
        "%NAME%\ngcc-libs\n\n%VERSION%\n13.2.1-3\n\n%BASE%\ngcc\n\n%DESC%\n%NAME%\n\n%ARCH%\nx86_64\n\n"
            + "%PACKAGER%\nSomebody <s@x>\n\n%LICENSE%\nGPL\nLGPL\n\n");
    root.put("var/lib/pacman/local/gcc-libs-13.2.1-3/files", "%FILES%\nusr/\n");
    assertEquals(
        List.of("gcc-libs | 13.2.1-3 | x86_64 | gcc | Somebody <s@x> | GPL, LGPL"), listed());
  }

  @Test
  void whatWasReadBeforeAnErrorIsTold() throws IOException {
    root.put("var/lib/pacman/local/a-1/desc", "%NAME%\na\n\n%VERSION%\n1\n");
    root.put("var/lib/pacman/local/b-1/desc", "%VERSION%\n1\n");
    PackageDatabase database = only();
    assertEquals(List.of("a"), database.packages().stream().map(InstalledPackage::name).toList());
    assertTrue(database.problem().orElseThrow().contains("b-1"), database.toString());
  }

  @Test
  void oneListThatIsFoundTwiceIsRead() throws IOException {
    root.put("var/lib/dpkg/status", paragraph("a", "install ok installed", "Version: 1\n"));
    assertEquals(1, Databases.inPart(new FileTree(root), budget).size());
    MemoryFiles variable = new MemoryFiles(budget);
    variable.put("lib/dpkg/status", paragraph("a", "install ok installed", "Version: 1\n"));
    List<PackageDatabase> found = Databases.inPart(new FileTree(variable), budget);
    assertEquals(
        List.of("/lib/dpkg"), found.stream().map(PackageDatabase::path).toList(), "as /var");
    assertEquals(List.of(), Databases.inRoot(new FileTree(variable), budget, ""));
  }

  @Test
  void whatPackagesSayIsSafeToShow() throws IOException {
    root.put(
        "var/lib/dpkg/status",
        paragraph("evil\u001b[31m", "install ok installed", "Version: 1\u202e2\n"));
    assertEquals(List.of("evil?[31m | 1?2 | amd64 |  |  | "), listed());
  }

  @Test
  void linesWithoutEndAndHugeListsEndInAnError() throws IOException {
    root.put("var/lib/dpkg/status", "Package: " + "x".repeat(2 << 20));
    assertTrue(only().problem().orElseThrow().contains("a line of more than"));
    root.put("var/lib/dpkg/status", paragraphs(100_001));
    PackageDatabase database = only();
    assertTrue(database.problem().orElseThrow().contains("more than 100000 packages"));
    assertEquals(100_000, database.packages().size());
  }

  private static String paragraphs(int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append("Package: p").append(i).append("\nStatus: install ok installed\n\n");
    }
    return text.toString();
  }
}
