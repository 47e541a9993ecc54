package dev.platter.remote.azure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.remote.FaultyWay;
import dev.platter.testdata.StubBlobs;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Page blobs in a strict stub of the service, over a way on which any request may go wrong. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class NewPageBlobTest {
  private static final int AT_ONCE = 4 << 20;
  private static final String NAME = "disk.vhd";

  /** Of the disk below: to make the blob, six runs of data, and to complete it. */
  private static final int REQUESTS = 8;

  private StubBlobs store;

  @BeforeAll
  void start() throws IOException {
    store = new StubBlobs();
  }

  @AfterAll
  void stop() {
    store.close();
  }

  @BeforeEach
  void clear() {
    store.clear();
  }

  private NewPageBlob begin(Map<String, String> options) throws IOException {
    return begin(store.url(NAME) + "?" + StubBlobs.SIGNATURE, options);
  }

  private static NewPageBlob begin(String url, Map<String, String> options) throws IOException {
    return NewPageBlob.begin(url, options, Map.of(), FaultyWay.PATIENCE);
  }

  /** A disk of a few requests: noise, zeros that are written, and what is left out. */
  private static byte[] disk() {
    byte[] disk = new byte[3 * AT_ONCE + 512];
    Random random = new Random(1);
    fill(disk, random, 0, 10_000);
    fill(disk, random, 1_000_000, 1_000_700);
    fill(disk, random, AT_ONCE - 5, AT_ONCE + 5);
    fill(disk, random, 2 * AT_ONCE + 40_000, 2 * AT_ONCE + 41_000);
    fill(disk, random, disk.length - 512, disk.length);
    return disk;
  }

  /** As many requests of less. */
  private static byte[] smallDisk() {
    byte[] disk = new byte[1 << 20];
    Random random = new Random(1);
    for (int at = 0; at < 6; at++) {
      fill(disk, random, at * 160_000, at * 160_000 + 700);
    }
    return disk;
  }

  private static void fill(byte[] disk, Random random, int from, int end) {
    byte[] bytes = new byte[end - from];
    random.nextBytes(bytes);
    System.arraycopy(bytes, 0, disk, from, bytes.length);
  }

  private static void write(NewPageBlob made, byte[] disk) throws IOException {
    made.expect(disk.length);
    Random random = new Random(2);
    for (int at = 0; at < disk.length; ) {
      int end = Math.min(disk.length, at + 1 + random.nextInt(700_000));
      if (isZero(disk, at, end) && random.nextBoolean()) {
        made.storage().zero(at, end - at);
      } else {
        made.storage().write(at, MemorySegment.ofArray(disk).asSlice(at, end - at));
      }
      at = end;
    }
    made.storage().truncate(disk.length);
    made.publish();
  }

  private static boolean isZero(byte[] disk, int from, int end) {
    return Arrays.equals(disk, from, end, new byte[end - from], 0, end - from);
  }

  private void isThere(byte[] disk) {
    isThere(NAME, disk);
  }

  private void isThere(String name, byte[] disk) {
    StubBlobs.Blob blob = store.blob(name);
    assertNotNull(blob);
    assertArrayEquals(disk, blob.content());
    assertEquals(Map.of(), blob.metadata());
  }

  /** Nothing is there that could be taken for a disk. */
  private void isNotWhole(String name) {
    StubBlobs.Blob blob = store.blob(name);
    assertTrue(blob == null || blob.metadata().containsKey("unfinished"));
  }

  private static void hidesTheSignature(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      assertFalse(String.valueOf(e).contains("s3cret"), String.valueOf(e));
      for (Throwable suppressed : e.getSuppressed()) {
        hidesTheSignature(suppressed);
      }
    }
  }

  @Test
  void pagesThatHoldDataArePut() throws IOException {
    byte[] disk = disk();
    try (NewPageBlob made = begin(Map.of())) {
      write(made, disk);
      assertFalse((made.storage().name() + made).contains("s3cret"));
    }
    isThere(disk);
    assertEquals(8 * 4096 + 512, store.bytesPut());
    assertEquals(disk.length - 512, store.blob(NAME).lastPut());
    assertEquals(0, store.blob(NAME).besideLast());
    assertEquals("PUT comp=metadata", store.requests().getLast());
    assertEquals(REQUESTS, store.requests().size());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 512, AT_ONCE, AT_ONCE + 512})
  void aDiskOfZerosTakesNoPages(int size) throws IOException {
    try (NewPageBlob made = begin(Map.of())) {
      write(made, new byte[size]);
    }
    isThere(new byte[size]);
    assertEquals(0, store.bytesPut());
  }

  @Test
  void manyRequestsAreUnderWayAndTheLastIsAlone() throws IOException {
    byte[] disk = new byte[20 * AT_ONCE];
    new Random(3).nextBytes(disk);
    try (NewPageBlob made = begin(Map.of())) {
      write(made, disk);
    }
    isThere(disk);
    assertEquals(disk.length - AT_ONCE, store.blob(NAME).lastPut());
    assertEquals(0, store.blob(NAME).besideLast());
  }

  @Test
  void whatIsNotPublishedIsDeleted() throws IOException {
    byte[] disk = disk();
    try (NewPageBlob made = begin(Map.of())) {
      made.expect(disk.length);
      made.storage().write(0, MemorySegment.ofArray(disk));
      assertEquals(disk.length, store.blob(NAME).content().length);
      isNotWhole(NAME);
    }
    assertNull(store.blob(NAME));
  }

  /** One request that fails among others that do not is enough, whichever it is. */
  @ParameterizedTest
  @ValueSource(ints = {0, AT_ONCE, 3 * AT_ONCE})
  void pagesThatAreNotTakenLeaveNoBlob(int offset) throws IOException {
    store.refusePageAt(offset);
    try (NewPageBlob made = begin(Map.of())) {
      IOException error = assertThrows(IOException.class, () -> write(made, disk()));
      assertTrue(error.getMessage().contains("AuthorizationFailure"), error.getMessage());
      isNotWhole(NAME);
    }
    assertNull(store.blob(NAME));
  }

  @Test
  void anotherBlobIsReplacedOnlyWhereThatIsAskedFor() throws IOException {
    byte[] disk = disk();
    try (NewPageBlob made = begin(Map.of())) {
      write(made, disk);
    }
    try (NewPageBlob made = begin(Map.of())) {
      IOException error = assertThrows(IOException.class, () -> made.expect(1024));
      assertTrue(error.getMessage().contains("there is such a blob already"), error.getMessage());
    }
    isThere(disk);
    try (NewPageBlob made = begin(Map.of("replace", "on"))) {
      write(made, new byte[1024]);
    }
    isThere(new byte[1024]);
  }

  /** Of a refusal the user sees the service's word for it. */
  @Test
  void aRefusalIsToldInTheServicesWord() throws IOException {
    String url = StubBlobs.url(store.port(), NAME);
    NewPageBlob made = begin(url + "?sv=1&sig=s3cret", Map.of());
    IOException error = assertThrows(IOException.class, () -> made.expect(1024));
    assertTrue(
        error.getMessage().endsWith("make it: the service answers 403 (AuthenticationFailed)"),
        error.getMessage());
    assertTrue(error.getMessage().startsWith(url + ":"), error.getMessage());
    hidesTheSignature(error);
    hidesTheSignature(assertThrows(IOException.class, made::close));
  }

  @Test
  void sizesThatABlobCannotHaveAreRefused() throws IOException {
    for (long size : new long[] {100, 513, (8L << 40) + 512}) {
      try (NewPageBlob made = begin(Map.of())) {
        IOException error = assertThrows(IOException.class, () -> made.expect(size));
        assertTrue(error.getMessage().contains(Long.toString(size)), error.getMessage());
      }
    }
    assertEquals(0, store.requests().size());
  }

  @Test
  void whatIsWrittenIsAsLongAsItWasSaidAndInOrder() throws IOException {
    MemorySegment page = MemorySegment.ofArray(new byte[512]);
    try (NewPageBlob made = begin(Map.of())) {
      assertThrows(IOException.class, () -> made.storage().write(0, page));
      made.expect(1024);
      made.storage().write(0, page);
      assertThrows(IOException.class, () -> made.storage().write(0, page));
      assertThrows(IOException.class, () -> made.storage().write(1024, page));
      assertThrows(IOException.class, made::publish);
    }
    assertNull(store.blob(NAME));
  }

  /** A managed disk is there before, of the size that the image must have, and is never deleted. */
  @Test
  void aDiskThatWaitsIsFilled() throws IOException {
    byte[] disk = disk();
    Map<String, String> said = Map.of("managed_disk", "on");
    store.make(NAME, disk.length);
    Arrays.fill(store.blob(NAME).content(), (byte) 7); // what another attempt has left
    try (NewPageBlob made = begin(said)) {
      write(made, disk);
    }
    isThere(disk);
    assertEquals("HEAD ", store.requests().getFirst());
    assertEquals("PUT comp=page", store.requests().getLast());
    assertEquals(disk.length - 512, store.blob(NAME).lastPut());
    store.make(NAME, disk.length + 512);
    try (NewPageBlob made = begin(said)) {
      IOException error = assertThrows(IOException.class, () -> made.expect(disk.length));
      assertTrue(error.getMessage().contains("takes " + (disk.length + 512)), error.getMessage());
    }
    store.make(NAME, disk.length);
    store.refusePageAt(AT_ONCE);
    try (NewPageBlob made = begin(said)) {
      assertThrows(IOException.class, () -> write(made, disk));
    }
    byte[] footer = Arrays.copyOfRange(store.blob(NAME).content(), disk.length - 512, disk.length);
    assertArrayEquals(new byte[512], footer);
    store.clear();
    try (NewPageBlob made = begin(said)) {
      IOException error = assertThrows(IOException.class, () -> made.expect(disk.length));
      assertTrue(error.getMessage().contains("404"), error.getMessage());
    }
  }

  /**
   * What becomes of a blob whose requests go wrong.
   *
   * @param requests how many were made
   */
  private record Ending(
      FaultyWay.Fault fault, String name, int requests, Optional<IOException> error) {}

  /** Each request of a blob goes wrong in each way; all at the same time, as there are pauses. */
  private List<Ending> spoilEachRequest(boolean forGood) throws Exception {
    List<Callable<Ending>> cases = new ArrayList<>();
    for (FaultyWay.Fault fault : FaultyWay.Fault.values()) {
      for (int request = 1; request <= REQUESTS; request++) {
        int first = request;
        cases.add(() -> spoil(fault, first, forGood ? Integer.MAX_VALUE : first));
      }
    }
    List<Ending> endings = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Ending> each : threads.invokeAll(cases)) {
        endings.add(each.get());
      }
    }
    return endings;
  }

  private Ending spoil(FaultyWay.Fault fault, int first, int last) throws IOException {
    String name = fault + "-" + first;
    try (FaultyWay bad = new FaultyWay(store.port())) {
      bad.spoil(fault, first, last);
      String url = StubBlobs.url(bad.port(), name) + "?" + StubBlobs.SIGNATURE;
      try (NewPageBlob made =
          NewPageBlob.begin(url, Map.of(), Map.of(), FaultyWay.patience(fault))) {
        write(made, smallDisk());
      } catch (IOException e) {
        return new Ending(fault, name, bad.requests(), Optional.of(e));
      }
      return new Ending(fault, name, bad.requests(), Optional.empty());
    }
  }

  /** A request that fails once is repeated, whatever became of it. */
  @Test
  void aFaultAtAnyRequestPasses() throws Exception {
    for (Ending ending : spoilEachRequest(false)) {
      assertEquals(Optional.empty(), ending.error(), ending.name());
      assertTrue(ending.requests() >= REQUESTS, ending.name());
      isThere(ending.name(), smallDisk());
    }
  }

  /** From some request on nothing works any more. */
  @Test
  void aServiceThatFailsLeavesNothingThatLooksWhole() throws Exception {
    for (Ending ending : spoilEachRequest(true)) {
      if (ending.error().isEmpty()) {
        isThere(ending.name(), smallDisk()); // an answer without a body may not be spoiled by this
        assertEquals(FaultyWay.Fault.LONGER_TOLD, ending.fault());
      } else {
        hidesTheSignature(ending.error().get());
        String message = ending.error().get().getMessage();
        assertFalse(message.contains("\n"), message);
        isNotWhole(ending.name());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://a.blob.core.windows.net/c/d.vhd",
        "https://a.blob.core.windows.net/c/d.vhd?sv=1",
        "https://a.blob.core.windows.net/c/d.vhd?sv=1&sig=",
        "https://a.blob.core.windows.net/d.vhd?sig=s3cret",
        "https://a.blob.core.windows.net/c/?sig=s3cret",
        "https://joe@a.blob.core.windows.net/c/d?sig=s3cret",
        "https://a.blob.core.windows.net/c/d?sig=s3cret#x",
        "http://a.blob.core.windows.net/c/d?sig=s3cret",
        "https:///c/d?sig=s3cret",
        "https://a.blob.core.windows.net/c/d?sig=s3cret word"
      })
  void urlsThatOpenNoBlobAreRefusedWithoutTheirSignature(String url) {
    IOException error = assertThrows(IOException.class, () -> begin(url, Map.of()));
    hidesTheSignature(error);
  }

  @Test
  void theSignatureMayBeInTheEnvironment() throws IOException {
    Map<String, String> environment =
        Map.of("AZURE_STORAGE_SAS_TOKEN", "?" + StubBlobs.SIGNATURE + "\n");
    try (NewPageBlob made = NewPageBlob.begin(store.url(NAME), Map.of(), environment)) {
      write(made, new byte[512]);
    }
    isThere(new byte[512]);
  }

  @Test
  void blobsAreToldByTheirHosts() throws IOException {
    for (String host : new String[] {"a.blob.core.windows.net", "a.z1.blob.core.windows.net"}) {
      assertTrue(NewPageBlob.isMeant("https://" + host + "/c/d?sig=x", Map.of()), host);
    }
    for (String host : new String[] {"blob.core.windows.net.evil", "127.0.0.1", "example.org"}) {
      assertFalse(NewPageBlob.isMeant("https://" + host + "/c/d?sig=x", Map.of()), host);
    }
    String disk = "https://md-impexp-x1.z10.blob.storage.azure.net/a/abcd?sig=x";
    assertTrue(NewPageBlob.isMeant(disk, Map.of()));
    assertFalse(NewPageBlob.isMeant("https://blob.storage.azure.net.evil/a/b?sig=x", Map.of()));
    Map<String, String> said = Map.of("page_blob", "on");
    assertTrue(NewPageBlob.isMeant("http://127.0.0.1/c/d?sig=x", said));
    assertThrows(
        IOException.class, () -> NewPageBlob.isMeant("http://h/c", Map.of("page_blob", "maybe")));
  }
}
