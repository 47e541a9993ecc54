package dev.platter.remote.ebs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.remote.FaultyWay;
import dev.platter.storage.Location;
import dev.platter.storage.NewStorage;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.testdata.StubSnapshots;
import dev.platter.testdata.StubSnapshots.Lie;
import dev.platter.testdata.StubSnapshots.Snapshot;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots in a stub of EBS, over a way on which any request may go wrong. */
@Timeout(60) // also where a server is silent
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EbsSnapshotsTest {
  private static final int BLOCK = StubSnapshots.BLOCK;
  private static final long SIZE = 1L << 30;
  private static final Location TARGET = Location.of("ebs", "ebs:my disk");

  private final Map<String, String> before = new HashMap<>();
  private EbsProvider ebs;
  private StubSnapshots service;
  private FaultyWay way;

  @BeforeAll
  void start() throws IOException {
    service = new StubSnapshots();
    way = new FaultyWay(service.port());
    set("aws.accessKeyId", "access");
    set("aws.secretAccessKey", "secret");
    set("aws.endpointUrlEbs", "http://127.0.0.1:" + way.port());
  }

  private void set(String property, String value) {
    before.put(property, System.setProperty(property, value));
  }

  @AfterAll
  void end() throws IOException {
    before.forEach((property, value) -> {
      if (value == null) {
        System.clearProperty(property);
      } else {
        System.setProperty(property, value);
      }
    });
    way.close();
    service.close();
  }

  @BeforeEach
  void repair() {
    ebs = new EbsProvider(FaultyWay.PATIENCE);
    way.spoil(null, 0, 0);
    service.clear();
  }

  /** Where a disk has data: bytes by their offsets, everything else is zero. */
  private static TreeMap<Long, byte[]> disk() {
    TreeMap<Long, byte[]> disk = new TreeMap<>();
    Random random = new Random(5);
    for (long offset : new long[] {0, 7L * BLOCK - 100, 30L * BLOCK, SIZE - 512}) {
      byte[] bytes = new byte[offset == 30L * BLOCK ? 3 * BLOCK + 1 : 512];
      random.nextBytes(bytes);
      disk.put(offset, bytes);
    }
    return disk;
  }

  private static List<Integer> blocksOf(TreeMap<Long, byte[]> disk) {
    return disk.entrySet().stream()
        .flatMap(run -> {
          long end = run.getKey() + run.getValue().length;
          return java.util.stream.LongStream.rangeClosed(run.getKey() / BLOCK, (end - 1) / BLOCK)
              .mapToObj(index -> (int) index);
        })
        .distinct()
        .toList();
  }

  private List<String> put(TreeMap<Long, byte[]> disk, Map<String, String> options)
      throws IOException {
    try (NewStorage made = ebs.create(TARGET, options).orElseThrow()) {
      made.expect(SIZE);
      for (Map.Entry<Long, byte[]> run : disk.entrySet()) {
        MemorySegment bytes = MemorySegment.ofArray(run.getValue());
        for (long at = 0; at < bytes.byteSize(); at += 100_000) {
          long count = Math.min(100_000, bytes.byteSize() - at);
          made.storage().write(run.getKey() + at, bytes.asSlice(at, count));
        }
      }
      made.storage().truncate(SIZE);
      made.publish();
      return made.notes();
    }
  }

  private void assertIs(TreeMap<Long, byte[]> disk, String snapshot) throws IOException {
    try (Storage storage = ebs.openForReading(Location.of("ebs", "ebs:" + snapshot))) {
      assertEquals(SIZE, storage.size());
      List<Integer> expected = blocksOf(disk);
      for (long at = 0; at < SIZE; ) {
        Run run = storage.runAt(at, SIZE);
        assertEquals(at, run.offset());
        for (long block = at / BLOCK; block < run.end() / BLOCK; block++) {
          assertEquals(run.hole(), !expected.contains((int) block), "block " + block);
        }
        at = run.end();
      }
      for (Map.Entry<Long, byte[]> run : disk.entrySet()) {
        long from = Math.max(0, run.getKey() - 1000);
        long end = Math.min(SIZE, run.getKey() + run.getValue().length + 1000);
        byte[] wanted = new byte[(int) (end - from)];
        int place = (int) (run.getKey() - from);
        System.arraycopy(run.getValue(), 0, wanted, place, run.getValue().length);
        byte[] read = new byte[wanted.length];
        storage.readFully(from, MemorySegment.ofArray(read));
        assertArrayEquals(wanted, read, "at " + run.getKey());
      }
      assertEquals(0, storage.read(SIZE, MemorySegment.ofArray(new byte[1])));
    }
  }

  private Snapshot only() {
    assertEquals(1, service.snapshots().size());
    return service.snapshots().getFirst();
  }

  @Test
  void comeBackAsTheyWere() throws IOException {
    TreeMap<Long, byte[]> disk = disk();
    List<String> notes = put(disk, Map.of());
    Snapshot made = only();
    assertEquals(List.of("'ebs:my disk' is " + made.id()), notes);
    assertTrue(made.isComplete());
    assertEquals(blocksOf(disk), List.copyOf(made.blocks().keySet()));
    assertTrue(made.request().contains("\"Value\":\"my disk\""), made.request());
    assertFalse(made.request().contains("Encrypted"), made.request());
    for (int perPage : new int[] {10_000, 3, 1}) {
      service.listAtMost(perPage);
      assertIs(disk, made.id());
    }
  }

  @Test
  void ofZerosHaveNoBlocks() throws IOException {
    put(new TreeMap<>(), Map.of("encrypted", "on", "kms_key", "arn:aws:kms:x"));
    assertTrue(only().isComplete());
    assertEquals(Map.of(), only().blocks());
    assertTrue(only().request().contains("\"Encrypted\":true"), only().request());
    assertTrue(only().request().contains("\"KmsKeyArn\":\"arn:aws:kms:x\""), only().request());
    assertIs(new TreeMap<>(), only().id());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 512, SIZE - 512, SIZE + BLOCK})
  void haveWholeGibibytes(long size) throws IOException {
    try (NewStorage made = ebs.create(TARGET, Map.of()).orElseThrow()) {
      IOException error = assertThrows(IOException.class, () -> made.expect(size));
      assertTrue(error.getMessage().contains("--round-size 1G"), error.getMessage());
    }
    assertEquals(List.of(), service.snapshots());
  }

  @Test
  void thatAreNotPublishedNeverBecomeComplete() throws IOException {
    try (NewStorage made = ebs.create(TARGET, Map.of()).orElseThrow()) {
      made.expect(SIZE);
      made.storage().write(0, MemorySegment.ofArray(new byte[] {1}));
      IOException error = assertThrows(IOException.class, made::publish);
      assertTrue(error.getMessage().contains("announced"), error.getMessage());
    }
    assertFalse(only().isComplete());
  }

  @Test
  void areWaitedForWhereTheyAreNotKnownYet() throws IOException {
    service.knowNothingFor(3);
    put(disk(), Map.of());
    assertIs(disk(), only().id());
  }

  @ParameterizedTest
  @CsvSource({
    "BLOCK_SIZE, in blocks of 262144 bytes",
    "PUT_CHECKSUM, other bytes of block",
    "ERROR, error"
  })
  void ofWhichOtherIsToldThanWasSentAreAnError(Lie lie, String words) {
    service.tell(lie);
    IOException error = assertThrows(IOException.class, () -> put(disk(), Map.of()));
    assertTrue(error.getMessage().contains(words), error.getMessage());
    assertFalse(only().isComplete());
  }

  @ParameterizedTest
  @CsvSource({
    "CHECKSUM, SHA-256",
    "BLOCK_SIZE, blocks have 262144",
    "ORDER, where it cannot be",
    "BEYOND, where it cannot be",
    "ENDLESS, does not end",
    "NO_VOLUME_SIZE, 0 GiB"
  })
  void thatAreNotWhatIsSaidOfThemAreNotRead(Lie lie, String words) throws IOException {
    put(disk(), Map.of());
    service.tell(lie);
    IOException error = assertThrows(IOException.class, () -> assertIs(disk(), only().id()));
    assertTrue(error.getMessage().contains(words), error.getMessage());
    assertFalse(error.getMessage().contains("\n"), error.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ebs:", "ebs://x", "ebs:disk", "ebs:snap-xyz", "ebs:snap-0"})
  void areReadByTheirNumbers(String name) {
    assertThrows(IOException.class, () -> ebs.openForReading(Location.of("ebs", name)).close());
  }

  @Test
  void areMadeByOtherNamesAndSaidOptionsOnly() {
    for (String name : List.of("ebs:", "ebs:snap-0123456789abcdef0", "ebs:a\nb")) {
      Location location = Location.of("ebs", name);
      assertThrows(IOException.class, () -> ebs.create(location, Map.of()), name);
    }
    assertThrows(IOException.class, () -> ebs.create(TARGET, Map.of("encrypted", "x")));
    Map<String, String> contrary = Map.of("encrypted", "off", "kms_key", "arn:x");
    assertThrows(IOException.class, () -> ebs.create(TARGET, contrary));
    assertThrows(IOException.class, () -> ebs.openForWriting(TARGET));
    assertThrows(IOException.class, () -> ebs.beside(TARGET, "x"));
    IOException missing =
        assertThrows(
            IOException.class,
            () -> ebs.openForReading(Location.of("ebs", "ebs:snap-0123456789")).close());
    assertTrue(missing.getMessage().contains("status 404"), missing.getMessage());
  }

  /** Each request goes wrong once: whatever is done again must not be done by halves. */
  @ParameterizedTest
  @EnumSource(FaultyWay.Fault.class)
  void surviveWhatGoesWrongOnce(FaultyWay.Fault fault) throws IOException {
    put(disk(), Map.of());
    int sending = way.requests();
    assertTrue(sending >= 2 + blocksOf(disk()).size(), sending + " requests");
    ebs = new EbsProvider(FaultyWay.patience(fault));
    for (int i = 1; i <= sending; i += fault == FaultyWay.Fault.SILENCE ? 3 : 1) { // takes time
      service.clear();
      way.spoil(fault, i, i);
      put(disk(), Map.of());
      way.spoil(null, 0, 0);
      assertEquals(1, service.snapshots().size(), fault + " at " + i);
      assertIs(disk(), only().id());
    }
    String snapshot = only().id();
    way.spoil(null, 0, 0);
    assertIs(disk(), snapshot);
    int reading = way.requests();
    for (int i = 1; i <= reading; i += fault == FaultyWay.Fault.SILENCE ? 4 : 1) { // takes time
      way.spoil(fault, i, i);
      assertIs(disk(), snapshot);
    }
  }

  /** From some request on all go wrong: an error, and nothing that looks whole. */
  @ParameterizedTest
  @EnumSource(FaultyWay.Fault.class)
  void failWhereAllGoesWrong(FaultyWay.Fault fault) throws IOException {
    put(disk(), Map.of());
    int sending = way.requests();
    ebs = new EbsProvider(FaultyWay.patience(fault));
    int step = fault == FaultyWay.Fault.SILENCE ? 10 : 6; // takes time
    for (int i = 1; i <= sending; i += step) {
      service.clear();
      way.spoil(fault, i, Integer.MAX_VALUE);
      String message = null;
      try {
        put(disk(), Map.of());
      } catch (IOException e) {
        message = e.getMessage();
      }
      way.spoil(null, 0, 0);
      boolean isComplete = service.snapshots().stream().anyMatch(Snapshot::isComplete);
      String at = fault + " from " + i + ": " + message;
      if (isComplete) { // the answer alone got lost
        assertTrue(fault.servesTheRequest, at);
        assertTrue(message == null || message.contains("is not known"), at);
      } else {
        assertNotNull(message, at);
        assertFalse(message.contains("\n"), at);
      }
    }
    service.clear();
    way.spoil(null, 0, 0);
    put(disk(), Map.of());
    String snapshot = only().id();
    for (int i = 1; i <= 3; i += 2) {
      way.spoil(fault, i, Integer.MAX_VALUE);
      IOException error = assertThrows(IOException.class, () -> assertIs(disk(), snapshot));
      assertFalse(error.getMessage().contains("\n"), error.getMessage());
    }
  }
}
