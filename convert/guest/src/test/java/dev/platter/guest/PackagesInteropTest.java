package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.packages.InstalledPackage;
import dev.platter.guest.packages.Inventory;
import dev.platter.guest.packages.PackageDatabase;
import dev.platter.guest.packages.SystemPackages;
import dev.platter.image.DiskImage;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is installed is what the package managers themselves say of the same trees. */
@Tag("interop")
class PackagesInteropTest {
  private static final String RELEASE = "ID=test\nVERSION_ID=1\nPRETTY_NAME=\"Test 1\"\n";

  @TempDir static Path shared;
  private static List<Path> rpms;

  @TempDir Path directory;

  @BeforeAll
  static void buildPackages() throws IOException {
    rpms = RpmTrees.build(shared);
    assertEquals(RpmTrees.PARTS + 1, rpms.size());
  }

  private Path tree() throws IOException {
    Path root = directory.resolve("root");
    Files.createDirectories(root.resolve("etc"));
    Files.writeString(root.resolve("etc/os-release"), RELEASE);
    return root;
  }

  private Inventory inventory(Path root) throws IOException {
    Path disk = directory.resolve("disk");
    Files.deleteIfExists(disk);
    ExternalTool.named("mke2fs")
        .mustRun("-q", "-t", "ext4", "-b", "1024", "-O", "^has_journal", "-d", root, disk, "48M");
    try (Storage storage = FileStorage.openForReading(disk);
        DiskImage image =
            ImageFormats.present().named("raw").orElseThrow().open(storage, OpenRequest.strict());
        GuestVolumes volumes = GuestVolumes.open(image.map(), "disk", Inventory.LIMITS)) {
      return Inventory.of(volumes.volumes());
    }
  }

  private PackageDatabase only(Path root) throws IOException {
    Inventory found = inventory(root);
    assertEquals(Map.of(), found.unread());
    assertEquals(1, found.systems().size(), found.toString());
    SystemPackages system = found.systems().getFirst();
    assertEquals("Test 1", system.system().orElseThrow().prettyName());
    assertEquals(1, system.databases().size(), found.toString());
    return system.databases().getFirst();
  }

  private List<String> listed(Path root) throws IOException {
    PackageDatabase database = only(root);
    assertEquals(Optional.empty(), database.problem());
    return database.packages().stream().map(PackagesInteropTest::line).sorted().toList();
  }

  private static String line(InstalledPackage each) {
    return String.join(
            " | ",
            each.name(),
            each.version(),
            each.architecture(),
            each.origin().source(),
            each.origin().publisher(),
            each.origin().license())
        .strip();
  }

  /** The list of the machine that runs this. */
  @Test
  void dpkg() throws IOException {
    Path root = tree();
    Path admin = Files.createDirectories(root.resolve("var/lib/dpkg"));
    ExternalTool query = ExternalTool.named("dpkg-query");
    Files.copy(Path.of("/var/lib/dpkg/status"), admin.resolve("status"));
    Path updates = Files.createDirectory(admin.resolve("updates"));
    Files.writeString(
        updates.resolve("0000"),
        "Package: dpkg\nStatus: install ok installed\nVersion: 9:9-9\nArchitecture: amd64\n"
            + "Maintainer: Me <me@x>\nDescription: x\n");
    String said =
        query.mustRun(
            "--admindir=" + admin,
            "-W",
            "-f",
            "${db:Status-Status} ${Package} | ${Version} | ${Architecture}\\n");
    List<String> expected =
        said.lines()
            .filter(line -> !line.matches("(not-installed|config-files) .*"))
            .map(line -> line.substring(line.indexOf(' ') + 1))
            .sorted()
            .toList();
    assertTrue(expected.size() > 50, said);
    assertTrue(expected.contains("dpkg | 9:9-9 | amd64"));
    assertEquals(
        expected,
        only(root).packages().stream()
            .map(each -> each.name() + " | " + each.version() + " | " + each.architecture())
            .sorted()
            .toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"})
  void rpm(String place) throws IOException {
    Path root = tree();
    Path database = root.resolve(place);
    RpmTrees.install(rpms, database);
    assertTrue(Files.size(database.resolve("rpmdb.sqlite")) > 0);
    List<String> expected = RpmTrees.query(database);
    assertEquals(rpms.size(), expected.size());
    assertTrue(expected.getFirst().startsWith("main | 2:1.0-3.test | "), expected.getFirst());
    assertEquals(expected, listed(root));
  }

  @Test
  void rpmInItsOwnDatabase() throws IOException {
    Path root = tree();
    Path database = Files.createDirectories(root.resolve("usr/lib/sysimage/rpm"));
    Files.write(database.resolve("Packages.db"), RpmTrees.ndb());
    assertEquals(RpmTrees.ndbPackages(), listed(root));
  }

  /** Pages hold small headers by themselves only where they are large enough. */
  @ParameterizedTest
  @CsvSource({"512, false", "4096, false", "4096, true", "65536, false", "65536, true"})
  void rpmInBerkeleyDb(int pageSize, boolean big) throws IOException {
    Path other = directory.resolve("other");
    RpmTrees.install(rpms, other);
    Path root = tree();
    Path database = Files.createDirectories(root.resolve("var/lib/rpm"));
    RpmTrees.convertToBerkeley(
        other.resolve("rpmdb.sqlite"), database.resolve("Packages"), pageSize, big);
    assertEquals(RpmTrees.query(other), listed(root));
  }

  /** What was committed to the log counts; what was not does not. */
  @Test
  void aLogOfSqliteCounts() throws IOException {
    Path root = tree();
    Path database = root.resolve("var/lib/rpm");
    RpmTrees.install(rpms, database);
    List<String> before = RpmTrees.query(database);
    String script =
        ".dbconfig no_ckpt_on_close on\n"
            + "PRAGMA journal_mode=WAL;\nPRAGMA wal_autocheckpoint=0;\n"
            + "DELETE FROM Packages WHERE hnum=3;\n"
            + "INSERT INTO Packages SELECT NULL, blob FROM Packages WHERE hnum IN (5, 9);\n"
            + "PRAGMA cache_size=1;\nBEGIN;\nDELETE FROM Packages WHERE hnum > 4;\n";
    Path file = database.resolve("rpmdb.sqlite");
    ExternalTool.named("sqlite3")
        .runWithInput(null, script.getBytes(StandardCharsets.UTF_8), file)
        .mustExit(0);
    assertTrue(Files.size(database.resolve("rpmdb.sqlite-wal")) > 4096);
    List<String> found = listed(root);
    assertEquals(before.size() + 1, found.size());
    assertNotEquals(before, found);
    assertEquals(RpmTrees.query(database), found);
  }

  @Test
  void aChangeThatWasBrokenOffIsSaid() throws IOException {
    Path root = tree();
    Path database = root.resolve("var/lib/rpm");
    RpmTrees.install(rpms, database);
    byte[] journal = new byte[1024];
    byte[] magic = {(byte) 0xd9, (byte) 0xd5, 5, (byte) 0xf9, 32, (byte) 0xa1, 99, (byte) 0xd7};
    System.arraycopy(magic, 0, journal, 0, magic.length);
    Files.write(database.resolve("rpmdb.sqlite-journal"), journal);
    PackageDatabase found = only(root);
    assertEquals(List.of(), found.packages());
    assertTrue(found.problem().orElseThrow().contains("broken off"), found.problem().toString());
  }

  @Test
  void aDatabaseOfAnotherKindBesideItIsSaid() throws IOException {
    Path root = tree();
    Path database = root.resolve("var/lib/rpm");
    RpmTrees.install(rpms, database);
    Files.writeString(database.resolve("Packages"), "old");
    PackageDatabase found = only(root);
    assertEquals(rpms.size(), found.packages().size());
    assertTrue(found.problem().orElseThrow().contains("Packages"), found.problem().toString());
  }

  @Test
  void theListIsReadOnceWhereALinkLeadsToIt() throws IOException {
    Path root = tree();
    RpmTrees.install(rpms, root.resolve("usr/lib/sysimage/rpm"));
    Files.createDirectories(root.resolve("var/lib"));
    Files.createSymbolicLink(root.resolve("var/lib/rpm"), Path.of("../../usr/lib/sysimage/rpm"));
    assertEquals("/usr/lib/sysimage/rpm", only(root).path());
  }

  @Test
  void pacman() throws IOException {
    Path root = tree();
    Path state = Files.createDirectories(root.resolve("var/lib/pacman"));
    Path settings =
        Files.writeString(
            directory.resolve("pacman.conf"),
            "[options]\nArchitecture = x86_64\nSigLevel = Never\n");
    for (int i = 0; i < 3; i++) {
      Path parts = Files.createDirectories(directory.resolve("package" + i));
      Files.writeString(
          parts.resolve(".PKGINFO"),
          "pkgname = thing-%d\npkgbase = things\npkgver = %s1.%d-1\npkgdesc = x\narch = x86_64\n"
                  .formatted(i, i == 1 ? "2:" : "", i)
              + "packager = Me <me@x>\nlicense = MIT\nsize = 1\n");
      Path archive = directory.resolve("thing" + i + ".pkg.tar");
      ExternalTool.named("tar").mustRun("-cf", archive, "-C", parts, ".PKGINFO");
      ExternalTool.named("pacman")
          .mustRun(
              "--config",
              settings,
              "--root",
              root,
              "--dbpath",
              state,
              "--noconfirm",
              "--dbonly",
              "--cachedir",
              directory.resolve("cache"),
              "--logfile",
              directory.resolve("log"),
              "-U",
              archive);
    }
    String said =
        ExternalTool.named("pacman")
            .mustRun("--config", settings, "--root", root, "--dbpath", state, "-Q");
    assertEquals(
        said.lines().toList(),
        only(root).packages().stream().map(each -> each.name() + " " + each.version()).toList());
    assertEquals("thing-1 | 2:1.1-1 | x86_64 | things | Me <me@x> | MIT", listed(root).get(1));
  }

  /** Keys that hivex puts into the hive of a golden disk, which is hivex's own. */
  @Test
  void programsOfWindows() throws IOException {
    Path root = tree();
    Path hive = root.resolve("Windows/System32/config/SOFTWARE");
    Files.createDirectories(hive.getParent());
    byte[] golden = HostilePackagesTest.hive();
    Files.write(hive, golden);
    StringBuilder keys = new StringBuilder("Windows Registry Editor Version 5.00\n\n");
    String uninstall = "Microsoft\\Windows\\CurrentVersion\\Uninstall";
    for (String parents : List.of("Microsoft\\Windows", "Wow6432Node")) {
      keys.append("[\\").append(parents).append("]\n\n");
    }
    for (String way :
        List.of("Microsoft\\Windows", "Microsoft\\Windows\\CurrentVersion", uninstall)) {
      keys.append("[\\").append(way).append("]\n\n");
    }
    for (int i = uninstall.indexOf('\\'); i > 0; i = uninstall.indexOf('\\', i + 1)) {
      keys.append("[\\Wow6432Node\\").append(uninstall, 0, i).append("]\n\n");
    }
    keys.append("[\\Wow6432Node\\").append(uninstall).append("]\n\n");
    for (int i = 0; i < 40; i++) {
      keys.append("[\\").append(i % 4 == 0 ? "Wow6432Node\\" : "").append(uninstall);
      keys.append("\\{key-").append(i).append("}]\n");
      keys.append(i == 9 ? "" : "\"DisplayName\"=\"Program %02d é\"\n".formatted(i));
      keys.append("\"DisplayVersion\"=\"1.").append(i).append("\"\n\"Publisher\"=\"Somebody\"\n\n");
    }
    Path file = Files.writeString(directory.resolve("keys.reg"), keys, StandardCharsets.ISO_8859_1);
    ExternalTool.named("hivexregedit").mustRun("--merge", hive, file);
    Files.delete(root.resolve("etc/os-release"));
    Inventory found = inventory(root);
    PackageDatabase database = found.systems().getFirst().databases().getFirst();
    assertEquals(
        "Windows Server 2022 Standard",
        found.systems().getFirst().system().orElseThrow().prettyName());
    assertEquals(Optional.empty(), database.problem());
    assertEquals(39, database.packages().size());
    assertEquals(
        List.of(
            "Program 00 é | 1.0 | i686 |  | Somebody |", "Program 01 é | 1.1 |  |  | Somebody |"),
        database.packages().stream().map(PackagesInteropTest::line).limit(2).toList());
  }

  /** The list on a file system of its own belongs to the only system that has none. */
  @Test
  void aListOnAVolumeOfItsOwn() throws IOException {
    Path root = tree();
    Path variable = directory.resolve("variable");
    RpmTrees.install(rpms, variable.resolve("lib/rpm"));
    Path disk = directory.resolve("two");
    Files.write(
        disk,
        Disks.withMbr(512, new int[] {0, 0x83, 2048, 16384}, new int[] {0, 0x83, 18432, 65536}));
    ExternalTool make = ExternalTool.named("mke2fs");
    make.mustRun("-q", "-t", "ext2", "-E", "offset=" + (1 << 20), "-d", root, disk, "8M");
    make.mustRun("-q", "-t", "ext2", "-E", "offset=" + (9 << 20), "-d", variable, disk, "32M");
    try (Storage storage = FileStorage.openForReading(disk);
        DiskImage image =
            ImageFormats.present().named("raw").orElseThrow().open(storage, OpenRequest.strict());
        GuestVolumes volumes = GuestVolumes.open(image.map(), "disk", Inventory.LIMITS)) {
      Inventory found = Inventory.of(volumes.volumes());
      assertEquals(1, found.systems().size(), found.toString());
      SystemPackages system = found.systems().getFirst();
      assertEquals("partition 1", system.place());
      assertEquals(rpms.size(), system.packages().size());
      assertEquals(List.of(), found.doubts());
      Inventory alone = Inventory.of(List.of(volumes.volumes().get(1)));
      assertEquals(Optional.empty(), alone.systems().getFirst().system());
    }
  }
}
