package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Budget;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.GuestFiles;
import dev.platter.guest.files.MemoryFiles;
import dev.platter.guest.files.Source;
import dev.platter.guest.packages.Inventory;
import dev.platter.guest.packages.PackageDatabase;
import dev.platter.guest.packages.PackageManager;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Lists of packages that no manager wrote: whatever is in them, reading ends soon, with packages or
 * with a problem, and never with another exception.
 */
@Tag("interop")
@Timeout(120)
class HostilePackagesTest {
  private static final int ROUNDS = 400;
  private static final int PAGE = 4096;
  private static final int PARTS = RpmTrees.PARTS + 1;

  /** Each kind of list as its own manager, or its database, writes it; by where it lies. */
  private static final Map<String, byte[]> SOUND = new TreeMap<>();

  @TempDir static Path shared;

  @TempDir Path directory;

  @BeforeAll
  static void makeLists() throws IOException {
    List<Path> rpms = RpmTrees.build(shared);
    RpmTrees.install(rpms, shared.resolve("sqlite"));
    Path sqlite = shared.resolve("sqlite/rpmdb.sqlite");
    RpmTrees.convertToBerkeley(sqlite, shared.resolve("Packages"), PAGE, false);
    SOUND.put("var/lib/rpm/rpmdb.sqlite", Files.readAllBytes(sqlite));
    SOUND.put("var/lib/rpm/Packages.db", RpmTrees.ndb());
    SOUND.put("var/lib/rpm/Packages", Files.readAllBytes(shared.resolve("Packages")));
    SOUND.put(
        "var/lib/dpkg/status",
        Arrays.copyOf(Files.readAllBytes(Path.of("/var/lib/dpkg/status")), 50_000));
    SOUND.put("Windows/System32/config/SOFTWARE", hive());
  }

  /** The hive of a golden disk, which hivex made. */
  static byte[] hive() throws IOException {
    return Disks.open(
        Disks.golden("guest/windows.qcow2"),
        map -> GuestFiles.read(map, 18L << 20, 29L << 20, "/Windows/System32/config/SOFTWARE"));
  }

  /** What is found on a disk with that file, and nothing else. */
  private static PackageDatabase read(String path, byte[] content) throws IOException {
    Budget budget = Budget.of(Inventory.LIMITS.maxBytes(), Inventory.LIMITS.maxSteps());
    FileTree files = new FileTree(new MemoryFiles(budget).put(path, content));
    Source bytes = new ArraySource("volume", new byte[0], budget);
    Volume volume =
        new Volume(
            new FileSystem("disk", OptionalInt.empty(), "ext4", "", "", 0, Optional.empty()),
            Optional.of(bytes),
            Optional.of(new FileSystemHead("ext4", "", "", 0, () -> files)));
    Inventory found = Inventory.of(List.of(volume));
    return found.systems().isEmpty()
        ? new PackageDatabase(
            PackageManager.WINDOWS, path, List.of(), Optional.of(found.unread().toString()))
        : found.systems().getFirst().databases().getFirst();
  }

  private static void assertRefused(PackageDatabase found, String why) {
    assertTrue(found.problem().orElse("none").contains(why), found.problem().toString());
  }

  private static ByteBuffer changed(String path, ByteOrder order) {
    return ByteBuffer.wrap(SOUND.get(path).clone()).order(order);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "var/lib/rpm/rpmdb.sqlite",
        "var/lib/rpm/Packages.db",
        "var/lib/rpm/Packages",
        "var/lib/dpkg/status",
        "Windows/System32/config/SOFTWARE"
      })
  void damageIsAProblemOrNothing(String path) throws IOException {
    byte[] sound = SOUND.get(path);
    assertEquals(Optional.empty(), read(path, sound).problem());
    int noticed = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Random random = new Random(round);
      byte[] bad = sound.clone();
      for (int i = 0; i < 1 + random.nextInt(40); i++) {
        // Half of the changes are where such files say most: at the beginnings of pages.
        int page = random.nextInt(bad.length / PAGE + 1) * PAGE;
        int at = random.nextBoolean() ? random.nextInt(bad.length) : page + random.nextInt(32);
        if (at < bad.length) {
          bad[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : 0xFF);
        }
      }
      noticed += read(path, bad).problem().isPresent() ? 1 : 0;
    }
    boolean hasStructure = !path.endsWith("status");
    assertTrue(noticed > 0 || !hasStructure, "no change was ever noticed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "var/lib/rpm/rpmdb.sqlite",
        "var/lib/rpm/Packages.db",
        "var/lib/rpm/Packages",
        "Windows/System32/config/SOFTWARE"
      })
  void whatEndsEarlyIsAProblem(String path) throws IOException {
    byte[] sound = SOUND.get(path);
    for (int size = 1; size < sound.length * 9 / 10; size = size * 2 + 1) {
      assertTrue(read(path, Arrays.copyOf(sound, size)).problem().isPresent(), "of size " + size);
    }
  }

  @Test
  void aTreeThatContainsItselfEnds() throws IOException {
    ByteBuffer bad = changed("var/lib/rpm/rpmdb.sqlite", ByteOrder.BIG_ENDIAN);
    int inner = 0;
    for (int page = 1; page < bad.capacity() / PAGE; page++) {
      if (bad.get(page * PAGE) == 5) {
        bad.putInt(page * PAGE + 8, page + 1);
        inner++;
      }
    }
    assertTrue(inner > 0);
    assertRefused(read("var/lib/rpm/rpmdb.sqlite", bad.array()), "is part of two things");
  }

  @Test
  void aChainThatContainsItselfEnds() throws IOException {
    ByteBuffer bad = changed("var/lib/rpm/Packages", ByteOrder.LITTLE_ENDIAN);
    int large = 0;
    for (int page = 1; page < bad.capacity() / PAGE; page++) {
      if (bad.get(page * PAGE + 25) == 7) {
        bad.putInt(page * PAGE + 16, page);
        large++;
      }
    }
    assertTrue(large > 0);
    assertRefused(read("var/lib/rpm/Packages", bad.array()), "is part of two things");
  }

  @Test
  void countsThatAreNoneAreRefused() throws IOException {
    ByteBuffer slots = changed("var/lib/rpm/Packages.db", ByteOrder.LITTLE_ENDIAN);
    slots.putInt(12, -1);
    assertRefused(read("var/lib/rpm/Packages.db", slots.array()), "4294967295 pages of slots");
    ByteBuffer buckets = changed("var/lib/rpm/Packages", ByteOrder.LITTLE_ENDIAN);
    buckets.putInt(72, -1);
    assertRefused(read("var/lib/rpm/Packages", buckets.array()), "bucket 4294967295");
    ByteBuffer pages = changed("var/lib/rpm/rpmdb.sqlite", ByteOrder.BIG_ENDIAN);
    pages.putShort(16, (short) 3);
    assertRefused(read("var/lib/rpm/rpmdb.sqlite", pages.array()), "pages of 3 bytes");
  }

  /** More rows than anybody has, each of the smallest header that there is. */
  @ParameterizedTest
  @ValueSource(ints = {30_000, 100_001})
  void manyPackagesTakeLittle(int count) throws IOException {
    Path file = directory.resolve("rpmdb.sqlite");
    String header = "00000001" + "00000002" + "000003e8" + "00000006" + "00000000" + "00000001";
    String script =
        "PRAGMA page_size=512; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB);\n"
            + "INSERT INTO Packages SELECT value, x'%s6100' FROM generate_series(1,%d);\n"
                .formatted(header, count);
    ExternalTool.named("sqlite3")
        .runWithInput(null, script.getBytes(StandardCharsets.UTF_8), file)
        .mustExit(0);
    PackageDatabase found = read("var/lib/rpm/rpmdb.sqlite", Files.readAllBytes(file));
    assertEquals(Math.min(count, 100_000), found.packages().size());
    assertEquals(count <= 100_000, found.problem().isEmpty(), found.problem().toString());
  }

  @Test
  void headersThatLieAreRefused() throws IOException {
    Path file = directory.resolve("rpmdb.sqlite");
    for (String header :
        List.of(
            "ffffffffffffffff", // counts
            "0000ffff00000002"
                + "000003e8000000060000000000000001"
                + "6100", // more tags than bytes
            "0000000100000002" + "000003e8000000067fffffff00000001" + "6100", // outside
            "0000000100000002" + "000003e8000000060000000000000001" + "0000", // no name
            "0000000000000000",
            "00")) {
      Files.deleteIfExists(file);
      ExternalTool.named("sqlite3")
          .mustRun(
              file,
              "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB);"
                  + "INSERT INTO Packages VALUES (1, x'"
                  + header
                  + "')");
      PackageDatabase found = read("var/lib/rpm/rpmdb.sqlite", Files.readAllBytes(file));
      assertTrue(found.problem().isPresent(), header);
      assertEquals(List.of(), found.packages());
    }
  }

  @Test
  void soundOnesAreWhole() throws IOException {
    for (String kind : List.of("rpmdb.sqlite", "Packages")) {
      String path = "var/lib/rpm/" + kind;
      assertEquals(PARTS, read(path, SOUND.get(path)).packages().size(), kind);
    }
    PackageDatabase own = read("var/lib/rpm/Packages.db", RpmTrees.ndb());
    assertEquals(RpmTrees.ndbPackages().size(), own.packages().size());
  }
}
