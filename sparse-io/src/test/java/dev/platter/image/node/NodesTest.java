package dev.platter.image.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.Secrets;
import dev.platter.image.name.ImageName;
import dev.platter.image.name.References;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.StorageOpener;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Location;
import dev.platter.storage.Storage;
import dev.platter.storage.SystemException;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodesTest {
  private static final int SECTOR = 512;
  private static final int SIZE = 8 * SECTOR;

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void makeFile() throws IOException {
    file = file("a", 1, 2, 3, 4, 5, 6, 7, 8);
  }

  /** A file whose sectors are filled with these. */
  private Path file(String name, int... sectors) throws IOException {
    byte[] bytes = new byte[sectors.length * SECTOR];
    for (int i = 0; i < sectors.length; i++) {
      Arrays.fill(bytes, i * SECTOR, (i + 1) * SECTOR, (byte) sectors[i]);
    }
    return Files.write(directory.resolve(name), bytes);
  }

  private Storage open(String options) throws IOException {
    return open(options, false, Map.of());
  }

  /** Opens what options name; F/ stands for the directory. */
  private Storage open(String options, boolean writes, Map<String, ThrottleGroup> throttles)
      throws IOException {
    StorageOpener files =
        new StorageOpener() {
          @Override
          public Storage open(Location location) throws IOException {
            if (Nodes.isMade(location)) {
              return Nodes.open(location, terms(this, writes, throttles));
            }
            return FileStorage.openForWriting(location.file());
          }
        };
    ImageName name = ImageName.parseOptions(options.replace("F/", directory + "/"));
    assertTrue(Nodes.isMade(name.location()), options);
    return files.open(name.location());
  }

  private static Nodes.Terms terms(
      StorageOpener files, boolean writes, Map<String, ThrottleGroup> throttles) {
    return new Nodes.Terms(
        ImageFormats.present(),
        References.allow(),
        below -> files,
        throttles,
        Secrets.NONE,
        writes);
  }

  private static byte[] read(Storage storage, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    storage.readFully(offset, MemorySegment.ofArray(bytes));
    return bytes;
  }

  private byte[] content() throws IOException {
    return Files.readAllBytes(file);
  }

  // null-co

  @Test
  void nothingReadsAsZerosAndForgetsWhatIsWritten() throws IOException {
    try (WritableStorage nothing = (WritableStorage) open("driver=null-co,size=1M")) {
      assertEquals(1 << 20, nothing.size());
      nothing.write(0, MemorySegment.ofArray(new byte[] {1, 2, 3}));
      assertArrayEquals(new byte[3], read(nothing, 0, 3));
      assertTrue(nothing.runAt(0, 100).hole());
      assertEquals(0, nothing.allocatedSize());
      assertEquals(5, nothing.read((1 << 20) - 5, MemorySegment.ofArray(new byte[10])));
      assertThrows(IOException.class, () -> nothing.truncate(1));
    }
  }

  @Test
  void nothingTakesItsTimeWhereThatIsAskedFor() throws IOException {
    try (Storage nothing = open("driver=null-aio,latency-ns=20000000")) {
      long begin = System.nanoTime();
      read(nothing, 0, 1);
      assertTrue(System.nanoTime() - begin >= 20_000_000);
    }
  }

  // blkdebug

  private static int errno(Storage storage, long offset) throws IOException {
    try {
      read(storage, offset, 1);
      return 0;
    } catch (SystemException e) {
      return e.errno();
    }
  }

  private static final String FAULTY = "driver=blkdebug,image.filename=F/a,";

  @Test
  void aRuleHoldsForItsSectorAlone() throws IOException {
    String rule = "inject-error.0.event=none,inject-error.0.sector=2,inject-error.0.errno=28";
    try (Storage storage = open(FAULTY + rule)) {
      assertEquals(0, errno(storage, 2 * SECTOR - 1));
      assertEquals(28, errno(storage, 2 * SECTOR));
      assertEquals(28, errno(storage, 3 * SECTOR - 1));
      assertEquals(0, errno(storage, 3 * SECTOR));
      assertThrows(SystemException.class, () -> read(storage, 0, SIZE));
    }
  }

  @Test
  void aRuleThatHoldsOnceLetsTheNextRequestGo() throws IOException {
    try (Storage storage = open(FAULTY + "inject-error.0.event=read_aio,inject-error.0.once=on")) {
      assertEquals(5, errno(storage, 0));
      assertEquals(0, errno(storage, 0));
    }
  }

  @Test
  void aRuleWaitsForItsEventInItsState() throws IOException {
    String rules =
        "set-state.0.event=flush_to_disk,set-state.0.state=1,set-state.0.new_state=2,"
            + "inject-error.0.event=read_aio,inject-error.0.state=2,inject-error.0.errno=121";
    try (WritableStorage storage = (WritableStorage) open(FAULTY + rules, true, Map.of())) {
      assertEquals(0, errno(storage, 0));
      storage.sync();
      assertEquals(121, errno(storage, 0));
      assertEquals(121, errno(storage, 0));
    }
  }

  @Test
  void aRuleHoldsForItsKindOfRequestAlone() throws IOException {
    String rule = "inject-error.0.event=none,inject-error.0.iotype=";
    try (WritableStorage storage =
        (WritableStorage) open(FAULTY + rule + "write", true, Map.of())) {
      assertEquals(0, errno(storage, 0));
      storage.sync();
      MemorySegment bytes = MemorySegment.ofArray(new byte[] {9});
      assertThrows(SystemException.class, () -> storage.write(0, bytes));
    }
    assertEquals(1, content()[0]);
    try (WritableStorage storage =
        (WritableStorage) open(FAULTY + rule + "flush", true, Map.of())) {
      storage.write(0, MemorySegment.ofArray(new byte[] {9}));
      assertThrows(SystemException.class, storage::sync);
    }
    assertEquals(9, content()[0]);
  }

  @Test
  void rulesMayStandInAFile() throws IOException {
    Files.writeString(
        directory.resolve("rules"),
        "# a remark\n[inject-error]\nevent = \"none\"\nsector = \"1\"\n\n"
            + "[inject-error]\n event = \"none\"\n sector = \"3\"\n errno = \"28\"\n");
    try (Storage storage = open("driver=blkdebug,config=F/rules,image.filename=F/a")) {
      assertEquals(0, errno(storage, 0));
      assertEquals(5, errno(storage, SECTOR));
      assertEquals(28, errno(storage, 3 * SECTOR));
    }
    Files.writeString(directory.resolve("rules"), "event = none\n");
    assertThrows(
        IllegalOptionException.class,
        () -> open("driver=blkdebug,config=F/rules,image.filename=F/a"));
  }

  /** A rule that waited for what never happens would be a fault that is never injected. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "inject-error.0.event=l2_load",
        "inject-error.0.event=x",
        "inject-error.0.errno=5",
        "inject-error.0.event=none,inject-error.0.x=1",
        "inject-error.0.event=none,inject-error.0.errno=x",
        "inject-error.0.event=none,inject-error.0.iotype=x",
        "set-state.0.event=read_aio",
        "set-state.0.event=none,set-state.0.new_state=2",
        "x=1",
        "align=3"
      })
  void rulesThatMakeNoSenseAreRefused(String rule) {
    assertThrows(IllegalOptionException.class, () -> open(FAULTY + rule));
  }

  // quorum

  private static String quorum(String... names) {
    StringBuilder options = new StringBuilder("driver=quorum");
    for (int i = 0; i < names.length; i++) {
      String child = ",children." + i + ".";
      options.append(child).append("driver=file").append(child).append("filename=F/" + names[i]);
    }
    return options.toString();
  }

  @Test
  void theMajorityIsRightSectorBySector() throws IOException {
    file("b", 1, 2, 3, 4, 5, 9, 7, 8);
    file("c", 1, 0, 3, 4, 5, 6, 7, 8);
    try (Storage storage = open(quorum("a", "b", "c") + ",vote-threshold=2")) {
      assertArrayEquals(content(), read(storage, 0, SIZE));
      assertArrayEquals(new byte[] {2, 2}, read(storage, 2 * SECTOR - 2, 2));
    }
  }

  @Test
  void whereTooFewAgreeNothingIsRead() throws IOException {
    file("b", 1, 2, 3, 4, 5, 9, 7, 8);
    file("c", 1, 2, 3, 4, 5, 8, 7, 8);
    try (Storage storage = open(quorum("a", "b", "c") + ",vote-threshold=2")) {
      read(storage, 0, 5 * SECTOR);
      assertEquals(5, errno(storage, 5 * SECTOR));
      read(storage, 6 * SECTOR, 2 * SECTOR);
    }
  }

  @Test
  void whatMoreAgreeOnWins() throws IOException {
    file("b", 1, 2, 3, 4, 5, 9, 7, 8);
    file("c", 1, 2, 3, 4, 5, 9, 7, 8);
    try (Storage storage = open(quorum("a", "b", "c") + ",vote-threshold=1")) {
      assertEquals(9, read(storage, 5 * SECTOR, 1)[0]);
    }
  }

  @Test
  void aChildThatCannotBeReadIsOutvoted() throws IOException {
    String faulty =
        ",children.2.driver=blkdebug,children.2.image.filename=F/a,"
            + "children.2.inject-error.0.event=none";
    try (Storage storage = open(quorum("a", "a") + faulty + ",vote-threshold=2")) {
      assertArrayEquals(content(), read(storage, 0, SIZE));
    }
    try (Storage storage = open(quorum("a", "a") + faulty + ",vote-threshold=3")) {
      assertEquals(5, errno(storage, 0));
    }
  }

  @Test
  void fifoTakesTheFirstThatCanBeRead() throws IOException {
    file("b", 9, 2, 3, 4, 5, 6, 7, 8);
    String faulty =
        "driver=quorum,children.0.driver=blkdebug,children.0.image.filename=F/a,"
            + "children.0.inject-error.0.event=none,children.1.driver=file,"
            + "children.1.filename=F/b,vote-threshold=1,read-pattern=fifo";
    try (Storage storage = open(faulty)) {
      assertEquals(9, read(storage, 0, 1)[0]);
    }
    try (Storage storage = open(quorum("a", "b") + ",vote-threshold=1,read-pattern=fifo")) {
      assertEquals(1, read(storage, 0, 1)[0]);
    }
  }

  @Test
  void childrenOfDifferentSizesAreRefused() throws IOException {
    file("b", 1, 2, 3);
    assertThrows(IOException.class, () -> open(quorum("a", "b") + ",vote-threshold=1"));
  }

  @Test
  void aHoleIsOneWhereAllHaveOne() throws IOException {
    Path sparse = directory.resolve("sparse");
    try (WritableStorage storage = FileStorage.create(sparse)) {
      storage.truncate(1 << 20);
    }
    try (Storage storage =
        open(
            "driver=quorum,vote-threshold=1,children.0.driver=file,children.0.filename=F/sparse")) {
      assertTrue(storage.runAt(0, 1 << 20).hole());
    }
    Files.write(directory.resolve("full"), new byte[1 << 20]);
    try (Storage storage = open(quorum("sparse", "full") + ",vote-threshold=2")) {
      assertFalse(storage.runAt(0, 1 << 20).hole());
    }
  }

  // throttle

  @Test
  void aGroupLetsNoMoreThroughThanItsLimit() throws IOException {
    ThrottleGroup group = ThrottleGroup.of(Map.of("x-bps-total", "10000"));
    String options = "driver=throttle,throttle-group=t,file.filename=F/a";
    try (Storage storage = open(options, false, Map.of("t", group));
        Storage other = open(options, false, Map.of("t", group))) {
      long begin = System.nanoTime();
      read(storage, 0, 2000);
      read(other, 0, 2000);
      read(storage, 0, 1);
      // 1,000 bytes may pass at once; the other 3,000 take 0.3 s.
      long millis = (System.nanoTime() - begin) / 1_000_000;
      assertTrue(millis >= 280, millis + " ms");
      assertTrue(millis < 3000, millis + " ms");
    }
  }

  @Test
  void aBurstMayPassAtOnce() throws IOException, InterruptedException {
    ThrottleGroup group =
        ThrottleGroup.of(Map.of("x-iops-total", "10", "x-iops-total-max", "1000"));
    long begin = System.nanoTime();
    for (int i = 0; i < 100; i++) {
      group.await(true, 1);
    }
    long millis = (System.nanoTime() - begin) / 1_000_000;
    assertTrue(millis < 2000, millis + " ms: without bursts it would be 10 s");
  }

  @Test
  void readsDoNotWaitForTheLimitOfWrites() throws IOException, InterruptedException {
    ThrottleGroup group = ThrottleGroup.of(Map.of("limits.bps-write", "1"));
    long begin = System.nanoTime();
    group.await(true, 1 << 20);
    group.await(true, 1 << 20);
    assertTrue(System.nanoTime() - begin < 1_000_000_000L);
  }

  @Test
  void largeRequestsCountAsSeveral() throws IOException, InterruptedException {
    ThrottleGroup group = ThrottleGroup.of(Map.of("x-iops-total", "100", "x-iops-size", "1000"));
    long begin = System.nanoTime();
    group.await(true, 40_000);
    group.await(true, 1);
    long millis = (System.nanoTime() - begin) / 1_000_000;
    assertTrue(millis >= 280, millis + " ms");
  }

  // All of them

  @ParameterizedTest
  @ValueSource(
      strings = {
        "driver=throttle,file.filename=F/a",
        "driver=throttle,throttle-group=x,file.filename=F/a",
        "driver=compress,file.filename=F/a",
        "driver=copy-on-read,file.filename=F/a",
        "driver=blkdebug",
        "driver=blkdebug,image=x",
        "driver=quorum,vote-threshold=1",
        "driver=quorum,vote-threshold=1,children.0.filename=F/a",
        "driver=quorum,vote-threshold=1,children.1.driver=file,children.1.filename=F/a",
        "driver=quorum,vote-threshold=2,children.0.driver=file,children.0.filename=F/a",
        "driver=null-co,size=x",
        "driver=null-co,latency-ns=-1"
      })
  void whatMakesNoSenseIsRefused(String options) {
    assertThrows(IllegalOptionException.class, () -> open(options));
  }

  @Test
  void driversOverDriversAreBounded() {
    String deep = "file.".repeat(100);
    IllegalOptionException e =
        assertThrows(
            IllegalOptionException.class,
            () -> ImageName.parseOptions("driver=preallocate," + deep + "filename=x"));
    assertEquals("options are nested too deeply", e.getMessage());
  }

  @Test
  void relativeNamesAreThoseOfTheFileBelow() throws IOException {
    Location location =
        ImageName.parseOptions(
                "driver=raw,file.driver=blkdebug,file.image.driver=preallocate,"
                    + "file.image.file.filename=/d/over")
            .location();
    var reference =
        new dev.platter.image.Reference(
            dev.platter.image.Reference.Kind.PARENT, "base", location.toString());
    assertEquals(
        Path.of("/d/base"), References.allow().resolve(reference, location).path().orElseThrow());
  }

  @Test
  void filesBelowAreTold() throws IOException {
    try (Storage storage = open(quorum("a", "a") + ",vote-threshold=1")) {
      assertEquals(2, Nodes.filesBelow(storage).size());
    }
    try (Storage storage = open("driver=preallocate,file.filename=F/a")) {
      assertEquals(List.of(file.toString()), names(Nodes.filesBelow(storage)));
    }
  }

  private static List<String> names(List<Storage> storages) {
    return storages.stream().map(Storage::name).toList();
  }
}
