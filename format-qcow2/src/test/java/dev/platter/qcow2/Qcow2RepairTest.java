package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Danger;
import dev.platter.image.DiskImage;
import dev.platter.image.Limits;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.Snapshot;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.OpenRequest;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.HeaderExtension;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a repair does about one fault each; what it keeps to whatever the fault is a property. */
class Qcow2RepairTest {
  private static final int CLUSTER = 512;
  private static final int CLUSTERS = 16;

  /** Clusters 5 to 8 are data, 9 holds a compressed one, 10 to 15 are leaked. */
  private static HandMadeImage image() {
    HandMadeImage image = HandMadeImage.small();
    for (int i = 0; i < 4; i++) {
      image.data(i, 5 + i);
    }
    byte[] compressed = HexFormat.of().parseHex("4b4c4a4e494d4b1c2547280900");
    return image.bytes(9 * CLUSTER, compressed).l2(5, Entries.compressedEntry(9 * CLUSTER, 500, 9));
  }

  private static HandMadeImage withoutLeaks() {
    HandMadeImage image = image();
    for (int cluster = 10; cluster < CLUSTERS; cluster++) {
      image.refcount(cluster, 0);
    }
    return image;
  }

  private static MemoryStorage withSnapshot() throws IOException {
    byte[] image = Qcow2Specimens.withSnapshot(withoutLeaks().storage().toByteArray());
    return MemoryStorage.of("a.img", image);
  }

  private static RepairReport repair(MemoryStorage storage, Repair extent) throws IOException {
    try (ImageEditor editor = new Qcow2Format().edit(storage, EditRequest.strict())) {
      return editor.repair(extent);
    }
  }

  private static void put(MemoryStorage storage, long offset, long value) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Long.BYTES]);
    bytes.set(Qcow2Header.LONG, 0, value);
    storage.write(offset, bytes);
  }

  private static void putInt(MemoryStorage storage, long offset, int value) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Integer.BYTES]);
    bytes.set(Qcow2Header.INT, 0, value);
    storage.write(offset, bytes);
  }

  private static long get(MemoryStorage storage, long offset) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Long.BYTES]);
    storage.readFully(offset, bytes);
    return bytes.get(Qcow2Header.LONG, 0);
  }

  private static Qcow2Header header(MemoryStorage storage) throws IOException {
    return ImageHead.read(storage, Limits.DEFAULT).header();
  }

  /** The disk and those of all snapshots, sector by sector, as far as they can be read. */
  private static List<String> guest(MemoryStorage storage) throws IOException {
    List<String> sectors = new ArrayList<>();
    try (DiskImage image = new Qcow2Format().open(storage, OpenRequest.strict());
        GuestReader reader = new GuestReader()) {
      byte[] sector = new byte[CLUSTER];
      for (long at = 0; at < image.map().size(); at += CLUSTER) {
        String text;
        try {
          reader.read(image.map(), at, MemorySegment.ofArray(sector));
          text = HexFormat.of().formatHex(sector, 0, 8);
        } catch (IOException e) {
          text = "unreadable";
        }
        sectors.add(text);
      }
    }
    return sectors;
  }

  private static void assertClean(CheckReport report) {
    assertEquals(0, report.corruptions() + report.leaks() + report.checkErrors(), report::toString);
  }

  private static void assertRefused(MemoryStorage storage, Repair extent, String words)
      throws IOException {
    byte[] before = storage.toByteArray();
    Exception refused = assertThrows(CorruptImageException.class, () -> repair(storage, extent));
    assertTrue(refused.getMessage().contains(words), refused::getMessage);
    assertArrayEquals(before, storage.toByteArray());
  }

  static Stream<Long> placesOfBlocks() {
    Stream<Long> living = Stream.iterate(1L, cluster -> cluster < CLUSTERS, cluster -> cluster + 1);
    return Stream.concat(
        living.map(cluster -> cluster * CLUSTER),
        Stream.of(
            0L,
            1L,
            (long) CLUSTERS * CLUSTER,
            1L << 40,
            Long.MIN_VALUE,
            Long.MIN_VALUE + CLUSTER,
            -512L));
  }

  @ParameterizedTest
  @MethodSource("placesOfBlocks")
  void refcountsAreNotWrittenWhereSomethingLives(long place) throws IOException {
    for (int entry = 0; entry < 2; entry++) {
      MemoryStorage storage =
          image().number(HandMadeImage.REFTABLE * CLUSTER + 8L * entry, 8, place).storage();
      List<String> guest = guest(storage);
      MemoryStorage leaks = MemoryStorage.of("leaks", storage.toByteArray());
      try {
        repair(leaks, Repair.LEAKS);
      } catch (CorruptImageException e) {
        assertArrayEquals(storage.toByteArray(), leaks.toByteArray());
      }
      assertEquals(guest, guest(leaks));

      assertClean(repair(storage, Repair.ALL).after());
      assertEquals(guest, guest(storage));
      assertTrue(storage.size() <= 2L * CLUSTERS * CLUSTER, "size " + storage.size());
    }
  }

  @Test
  void leaksAreNotToldFromRefcountsThatMayBeAnything() throws IOException {
    MemoryStorage storage = image().number(HandMadeImage.REFTABLE * CLUSTER, 8, 0x800).storage();
    assertRefused(storage, Repair.LEAKS, "refcounts are damaged");
    assertRefused(image().refcount(5, 0).storage(), Repair.LEAKS, "cluster 5 refcount=0");
  }

  @ParameterizedTest
  @ValueSource(longs = {0x80ff_ffff_ffff_fe00L, 0x00ff_ffff_ffff_fe00L, 0x8000_0100_0000_0000L})
  void anEntryForTheFarthestClusterIsLeftAsItIs(long entry) throws IOException {
    MemoryStorage storage =
        new HandMadeImage(3, 9, 3 * 64 * 512, CLUSTERS)
            .data(0, 5)
            .number(HandMadeImage.L1 * CLUSTER + 8, 8, entry)
            .storage();
    List<String> guest = guest(storage);
    RepairReport report = repair(storage, Repair.ALL);
    assertTrue(report.after().corruptions() > 0, report::toString);
    assertEquals(0, report.after().leaks());
    assertEquals(guest, guest(storage));
  }

  @Test
  void whatPointsPastTheEndShowsNothingNewThere() throws IOException {
    MemoryStorage full = image().number(HandMadeImage.REFTABLE * CLUSTER, 8, 0).storage();
    for (int i = 10; i < CLUSTERS; i++) {
      put(full, HandMadeImage.L2 * CLUSTER + 8L * i, (long) i * CLUSTER | Entries.COPIED);
    }
    put(full, HandMadeImage.L2 * CLUSTER + 8 * 20, (long) CLUSTERS * CLUSTER | Entries.COPIED);
    assertRefused(full, Repair.ALL, "there is no room");
    // Farther away it hinders nothing.
    put(full, HandMadeImage.L2 * CLUSTER + 8 * 20, 8L * CLUSTERS * CLUSTER | Entries.COPIED);
    List<String> guest = guest(full);
    RepairReport report = repair(full, Repair.ALL);
    assertEquals(1, report.after().corruptions(), report::toString);
    assertEquals(guest, guest(full));
  }

  @Test
  void aHeaderThatIsSomethingElseBesidesIsNotChanged() throws IOException {
    MemoryStorage storage = image().l2(9, Entries.COMPRESSED).storage();
    assertRefused(storage, Repair.ALL, "points into the header");
  }

  @Test
  void aReferenceThatNoRefcountCanTellIsRefused() throws IOException {
    MemoryStorage storage =
        MemoryStorage.of("a.img", Files.readAllBytes(Golden.path("refcount-1.qcow2")));
    Qcow2Header header = header(storage);
    long l2 = get(storage, header.l1TableOffset()) & Entries.OFFSET_MASK;
    put(storage, l2 + header.clusterSize() - 8, l2 | Entries.COPIED);
    assertRefused(storage, Repair.ALL, "more often than refcounts of 1 bits can tell");
  }

  /** As a data cluster of the guest, tables must not get their flags where they are. */
  @ParameterizedTest
  @ValueSource(ints = {HandMadeImage.REFTABLE, HandMadeImage.REFBLOCK, HandMadeImage.L1, 4})
  void tablesMoveOutOfTheGuestsWay(int cluster) throws IOException {
    MemoryStorage storage = image().data(20, cluster).storage();
    List<String> guest = guest(storage);
    assertClean(repair(storage, Repair.ALL).after());
    assertEquals(guest, guest(storage));
  }

  @ParameterizedTest
  @CsvSource({"1, refcount table", "3, active L1 table"})
  void aSharedTableThatRefcountsTellOfIsFoundAndMoves(int cluster, String table)
      throws IOException {
    MemoryStorage storage =
        withoutLeaks().l2(20, (long) cluster * CLUSTER).refcount(cluster, 2).storage();
    List<String> guest = guest(storage);
    RepairReport report = repair(storage, Repair.ALL);
    assertTrue(
        report.found().messages().toString().contains("of the " + table + " reference=2"),
        report::toString);
    assertClean(report.after());
    assertEquals(guest, guest(storage));
  }

  /** Refcounts and flags count at once, by new tables. */
  @ParameterizedTest
  @ValueSource(strings = {"LEAKS", "ALL"})
  void flagsFollowRefcountsThatBecomeOne(Repair extent) throws IOException {
    MemoryStorage storage =
        image()
            .l2(0, 5 * CLUSTER)
            .refcount(5, 2)
            .number(3 * CLUSTER, 8, 4 * CLUSTER)
            .refcount(4, 3)
            .storage();
    List<String> guest = guest(storage);
    RepairReport report = repair(storage, extent);
    assertEquals(8, report.leaksFixed());
    assertClean(report.after());
    assertEquals(guest, guest(storage));
    long table = get(storage, header(storage).l1TableOffset());
    assertEquals(Entries.COPIED, table & Entries.COPIED);
    long entry = get(storage, table & Entries.OFFSET_MASK);
    assertEquals(5L * CLUSTER | Entries.COPIED, entry);
  }

  @Test
  void noFlagGoesWrongWhereThereIsOtherDamage() throws IOException {
    MemoryStorage storage =
        image().l2(0, 5 * CLUSTER).refcount(5, 2).refcount(40, 1).l2(30, 1L << 40).storage();
    RepairReport report = repair(storage, Repair.LEAKS);
    assertEquals(report.found().leaks() - 1, report.leaksFixed());
    assertEquals(1, report.after().leaks());
    assertEquals(report.found().corruptions(), report.after().corruptions());
    assertEquals(5L * CLUSTER, get(storage, 4 * CLUSTER));
  }

  @ParameterizedTest
  @ValueSource(strings = {"LEAKS", "ALL"})
  void flagsThatAreNotKnownAndMarksThatAreNotTrueAreCleared(Repair extent) throws IOException {
    MemoryStorage storage =
        withoutLeaks().number(72, 8, 3).number(88, 8, 0xf0f0_0000_0000_0002L).storage();
    assertClean(repair(storage, extent).after());
    assertEquals(0, get(storage, 72));
    assertEquals(2, get(storage, 88));
  }

  @Test
  void anL1EntryThatSaysSomethingOfNoTableIsTakenOut() throws IOException {
    for (MemoryStorage storage : List.of(withoutLeaks().storage(), withSnapshot())) {
      MemoryStorage wide = MemoryStorage.of("a.img", storage.toByteArray());
      putInt(wide, 36, 3);
      put(wide, header(wide).l1TableOffset() + 8, Entries.COPIED);
      put(wide, header(wide).l1TableOffset() + 16, 1);
      List<String> guest = guest(wide);
      assertClean(repair(wide, Repair.ALL).after());
      assertEquals(0, get(wide, header(wide).l1TableOffset() + 8));
      assertEquals(guest, guest(wide));
    }
  }

  @Test
  void aRefcountBeyondAllNumbersIsALeak() throws IOException {
    byte[] image = Files.readAllBytes(Golden.path("refcount-64.qcow2"));
    MemoryStorage storage = MemoryStorage.of("a.img", image);
    long block = get(storage, header(storage).refcountTableOffset());
    put(storage, block, Long.MIN_VALUE + 1);
    RepairReport report = repair(storage, Repair.LEAKS);
    assertEquals(1, report.leaksFixed());
    assertEquals(1, get(storage, block));
    assertClean(report.after());
  }

  @Test
  void theLargestClustersHaveRoomForNewTables() throws IOException {
    HandMadeImage image = new HandMadeImage(3, 21, 1 << 24, 7).data(0, 5).data(1, 6);
    MemoryStorage storage = image.number(1 << 21, 8, 4 << 21).storage();
    assertClean(repair(storage, Repair.ALL).after());
    assertEquals(5L << 21 | Entries.COPIED, get(storage, 4 << 21));
  }

  /** The guest's clusters are not in this file, and nothing that is can be one of them. */
  @Test
  void entriesForADataFileStay() throws IOException {
    for (Repair extent : Repair.values()) {
      HandMadeImage image = withoutLeaks().number(72, 8, 4);
      for (int cluster = 5; cluster < 10; cluster++) {
        image.refcount(cluster, extent == Repair.ALL ? 0 : 1).l2(cluster - 5, 0);
      }
      image.l2(0, Entries.COPIED).l2(1, 512 | Entries.COPIED).l2(5, 5 * 512 | Entries.COPIED);
      if (extent == Repair.ALL) {
        image.number(HandMadeImage.REFTABLE * CLUSTER, 8, HandMadeImage.L2 * CLUSTER);
      }
      MemoryStorage storage = image.storage();
      assertClean(repair(storage, extent).after());
      long l2 = get(storage, header(storage).l1TableOffset()) & Entries.OFFSET_MASK;
      assertEquals(Entries.COPIED, get(storage, l2));
      assertEquals(512 | Entries.COPIED, get(storage, l2 + 8));
      assertEquals(5 * 512 | Entries.COPIED, get(storage, l2 + 40));
      assertEquals(0, get(storage, l2 + 16));
    }
  }

  @Test
  void marksStayWhereDamageDoes() throws IOException {
    MemoryStorage storage = image().number(72, 8, 2).l2(30, 1L << 40).storage();
    repair(storage, Repair.ALL);
    assertEquals(2, get(storage, 72));
  }

  @Test
  void aMisplacedZeroClusterBecomesZeros() throws IOException {
    HandMadeImage image = new HandMadeImage(3, 12, 1 << 20, 8).data(0, 5).data(1, 6).data(2, 7);
    MemoryStorage storage = image.l2(8, 0x5201).storage();
    RepairReport report = repair(storage, Repair.ALL);
    assertFalse(report.found().messages().toString().contains("refcount=1 reference=2"));
    assertClean(report.after());
    assertEquals(1, get(storage, 4 * 4096 + 64));
    assertEquals("0000000000000000", guest(storage).get(8 * 8));
  }

  @Test
  void whatCompressedEntriesCannotSayIsTakenAway() throws IOException {
    MemoryStorage storage =
        withoutLeaks()
            .l2(5, Entries.compressedEntry(9 * CLUSTER, 500, 9) | Entries.COPIED)
            .storage();
    List<String> guest = guest(storage);
    assertClean(repair(storage, Repair.ALL).after());
    assertEquals(guest, guest(storage));
  }

  @Test
  void aCompressedClusterWithABitmapIsNotGivenAway() throws IOException {
    for (Repair extent : Repair.values()) {
      HandMadeImage image = new HandMadeImage(3, 14, 1 << 20, 7).number(72, 8, 16);
      image.data(0, 5).l2(1, 0xffff_ffffL);
      byte[] compressed =
          HexFormat.of()
              .parseHex("edc13101000000c2a0f54f6d0c1fa000000000000000000000000000000080b701");
      image.bytes(6 << 14, compressed).l2(2, Entries.compressedEntry(6 << 14, 400, 14)).l2(3, 5);
      MemoryStorage storage = image.storage();
      RepairReport report = repair(storage, extent);
      assertEquals(extent == Repair.ALL ? 0 : 1, report.after().corruptions(), report::toString);
      long block = get(storage, header(storage).refcountTableOffset());
      assertEquals(1, get(storage, block + 12) >>> 48);
    }
  }

  /** Of a table with two entries, the first is damaged. */
  static Stream<SnapshotDamage> snapshotDamages() {
    return Stream.of(
        new SnapshotDamage("extra data cut off", 36, 8, "entry 0 is incomplete", 1),
        new SnapshotDamage("too much extra data", 36, 2000, "(2000 > 1024)", 1),
        new SnapshotDamage("far too much", 36, Integer.MAX_VALUE, "snapshot table is too big", 0));
  }

  record SnapshotDamage(String what, int at, int value, String words, int left) {}

  @ParameterizedTest
  @MethodSource("snapshotDamages")
  void aDamagedSnapshotTableIsPutRight(SnapshotDamage damage) throws IOException {
    MemoryStorage storage = withSnapshot();
    List<String> guest = guest(storage);
    putInt(storage, header(storage).snapshotsOffset() + damage.at, damage.value);
    RepairReport report = repair(storage, Repair.ALL);
    assertTrue(report.found().messages().toString().contains(damage.words), report::toString);
    assertClean(report.after());
    assertEquals(damage.left, snapshots(storage).size());
    assertEquals(guest, guest(storage));
  }

  @Test
  void snapshotsThatThereCannotBeAreTakenOut() throws IOException {
    for (int count : new int[] {2, 70_000, -1}) {
      MemoryStorage storage = withSnapshot();
      Snapshot before = snapshots(storage).getFirst();
      List<String> guest = guest(storage);
      putInt(storage, 60, count);
      RepairReport report = repair(storage, Repair.ALL);
      assertEquals(
          count < 0 || count > 2, report.found().messages().toString().contains("Discard"));
      List<Snapshot> after = snapshots(storage);
      assertEquals(before, after.getFirst());
      assertEquals(guest, guest(storage));
    }
  }

  @Test
  void aSnapshotTableBehindTheEndIsTakenOut() throws IOException {
    MemoryStorage storage = withSnapshot();
    List<String> guest = guest(storage);
    put(storage, 64, 1 << 30);
    assertClean(repair(storage, Repair.ALL).after());
    assertTrue(snapshots(storage).isEmpty());
    assertEquals(guest, guest(storage));
  }

  @Test
  void aSnapshotWhoseTableIsOutOfRangeStays() throws IOException {
    MemoryStorage storage = withSnapshot();
    List<String> guest = guest(storage);
    put(storage, header(storage).snapshotsOffset(), 1L << 40);
    RepairReport report = repair(storage, Repair.ALL);
    assertEquals(1, report.after().corruptions(), report::toString);
    assertEquals(0, report.after().leaks());
    assertEquals(1, snapshots(storage).size());
    assertEquals(guest, guest(storage));
  }

  @Test
  void aDiskWithoutItsTableDoesNotBecomeLeaks() throws IOException {
    for (Repair extent : Repair.values()) {
      MemoryStorage storage = image().number(40, 8, 1L << 40).storage();
      assertRefused(storage, extent, "active L1 table at 0x10000000000 ends past");
    }
  }

  private static List<Snapshot> snapshots(MemoryStorage storage) throws IOException {
    try (DiskImage image = new Qcow2Format().open(storage, OpenRequest.strict())) {
      return image.info().snapshots();
    }
  }

  private static HandMadeImage withExtensions(int type, String first, String second) {
    HandMadeImage image = image().number(8, 8, 200).number(16, 4, 4).text(200, "base");
    return image
        .number(104, 4, type)
        .number(108, 4, 8)
        .text(112, first)
        .number(120, 4, type)
        .number(124, 4, 8)
        .text(128, second);
  }

  @Test
  void theLastOfTwoExtensionsCountsAndIsADanger() throws IOException {
    int format = HeaderExtension.BACKING_FORMAT;
    try (DiskImage image = withExtensions(format, "parallel", "raw     ").open()) {
      assertEquals("raw     ", image.parent().orElseThrow().format().orElseThrow());
      assertTrue(checks(image).contains("header_extensions"), checks(image)::toString);
    }
    try (DiskImage image = withExtensions(0x1234, "unknown1", "unknown2").open()) {
      assertFalse(checks(image).contains("header_extensions"), checks(image)::toString);
    }
  }

  private static List<String> checks(DiskImage image) throws IOException {
    return image.dangers().stream().map(Danger::check).toList();
  }
}
