package dev.platter.remote.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.remote.FaultyWay;
import dev.platter.storage.Location;
import dev.platter.storage.NewStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobApiMetadata;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;
import org.jclouds.blobstore.domain.MultipartUpload;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Objects in an S3 server that is not ours, over a way on which any request may go wrong. */
@Timeout(60) // also where a server is silent
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class S3ObjectsTest {
  private static final int PART = 5 << 20;
  private static final Map<String, String> SMALL_PARTS = Map.of("part_size", "5M");

  /**
   * The first requests begin an upload (this server refuses one of them, which has a header that it
   * does not know). Where the answer gets lost, nobody here knows what the upload is called.
   */
  private static final int BEGIN = 2;

  private final Map<String, String> before = new HashMap<>();
  private S3Provider s3;
  private BlobStoreContext blobs;
  private BlobStore store;
  private S3Proxy server;
  private FaultyWay way;

  @BeforeAll
  void start() throws Exception {
    blobs =
        ContextBuilder.newBuilder(new TransientNio2BlobApiMetadata())
            .credentials("none", "none")
            .build(BlobStoreContext.class);
    store = blobs.getBlobStore();
    store.createContainerInLocation(null, "disks");
    server =
        S3Proxy.builder()
            .blobStore(store)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "access", "secret")
            .build();
    server.start();
    way = new FaultyWay(server.getPort());
    set("aws.accessKeyId", "access");
    set("aws.secretAccessKey", "secret");
    set("aws.endpointUrlS3", "http://127.0.0.1:" + way.port());
  }

  private void set(String property, String value) {
    before.put(property, System.setProperty(property, value));
  }

  @AfterAll
  void end() throws Exception {
    for (Map.Entry<String, String> entry : before.entrySet()) {
      if (entry.getValue() == null) {
        System.clearProperty(entry.getKey());
      } else {
        System.setProperty(entry.getKey(), entry.getValue());
      }
    }
    way.close();
    server.stop();
    blobs.close();
  }

  @BeforeEach
  void bePatient() {
    bePatient(null);
  }

  @BeforeEach
  void repair() {
    way.spoil(null, 0, 0);
    for (MultipartUpload upload : store.listMultipartUploads("disks")) {
      store.abortMultipartUpload(upload);
    }
  }

  /** As it fits to a fault; null: there is none. */
  private void bePatient(FaultyWay.Fault fault) {
    s3 = new S3Provider(FaultyWay.patience(fault).silence());
  }

  private static Location at(String key) {
    return Location.of("s3", "s3://disks/" + key);
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private void put(String key, byte[] content, Map<String, String> options) throws IOException {
    try (NewStorage made = s3.create(at(key), options).orElseThrow()) {
      for (int from = 0; from < content.length; from += 1_000_003) {
        int end = Math.min(content.length, from + 1_000_003);
        made.storage().write(from, MemorySegment.ofArray(content).asSlice(from, end - from));
      }
      made.publish();
    }
  }

  private byte[] read(String key) throws IOException {
    try (Storage storage = s3.openForReading(at(key))) {
      byte[] content = new byte[(int) storage.size()];
      for (int from = 0; from < content.length; from += 500_000) {
        int end = Math.min(content.length, from + 500_000);
        storage.readFully(from, MemorySegment.ofArray(content).asSlice(from, end - from));
      }
      return content;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100_000, PART - 1, PART, PART + 1, 9 * PART + 7})
  void comeBackAsTheyWere(int size) throws IOException {
    byte[] content = bytes(size);
    put("dir/some key+%41", content, SMALL_PARTS);
    assertArrayEquals(content, read("dir/some key+%41"));
    assertNothingUnfinished();
  }

  private void assertNothingUnfinished() {
    assertEquals(List.of(), store.listMultipartUploads("disks"));
  }

  @Test
  void holdZerosWhereNothingWasWritten() throws IOException {
    try (NewStorage made = s3.create(at("gaps"), SMALL_PARTS).orElseThrow()) {
      made.storage().write(PART - 2, MemorySegment.ofArray(new byte[] {1, 2, 3, 4}));
      made.storage().zero(PART + 10, PART);
      var refused =
          assertThrows(
              IOException.class, () -> made.storage().write(0, MemorySegment.ofArray(new byte[1])));
      assertTrue(refused.getMessage().contains("in order"), refused.getMessage());
      made.storage().truncate(3 * PART);
      made.publish();
    }
    byte[] expected = new byte[3 * PART];
    System.arraycopy(new byte[] {1, 2, 3, 4}, 0, expected, PART - 2, 4);
    assertArrayEquals(expected, read("gaps"));
  }

  @Test
  void keepTheirContentUntilTheNewOneIsWhole() throws IOException {
    put("old", new byte[] {1}, Map.of());
    try (NewStorage made = s3.create(at("old"), SMALL_PARTS).orElseThrow()) {
      made.storage().write(0, MemorySegment.ofArray(bytes(3 * PART)));
    }
    assertArrayEquals(new byte[] {1}, read("old"));
    assertNothingUnfinished();
  }

  @Test
  void areNotPublishedAfterAWriteThatFailed() throws IOException {
    put("whole", new byte[] {1}, Map.of());
    try (NewStorage made = s3.create(at("whole"), SMALL_PARTS).orElseThrow()) {
      way.spoil(FaultyWay.Fault.REFUSED, 1, Integer.MAX_VALUE);
      assertThrows(
          IOException.class, () -> made.storage().write(0, MemorySegment.ofArray(bytes(PART))));
      way.spoil(null, 0, 0);
      assertThrows(IOException.class, made::publish);
    }
    assertArrayEquals(new byte[] {1}, read("whole"));
  }

  @Test
  void areNotReplacedWhereThatIsNotWanted() throws IOException {
    put("kept", new byte[] {1}, Map.of());
    var refused =
        assertThrows(
            IOException.class, () -> put("kept", new byte[] {2}, Map.of("replace", "off")));
    assertTrue(refused.getMessage().contains("already"), refused.getMessage());
    assertArrayEquals(new byte[] {1}, read("kept"));
    put("fresh", new byte[] {3}, Map.of("replace", "off"));
    assertArrayEquals(new byte[] {3}, read("fresh"));
  }

  @Test
  void thatChangeMeanwhileAreAnError() throws IOException {
    put("changing", bytes(5_000_000), Map.of());
    try (Storage storage = s3.openForReading(at("changing"))) {
      storage.readFully(0, MemorySegment.ofArray(new byte[10]));
      put("changing", bytes(5_000_001), Map.of());
      var error =
          assertThrows(
              IOException.class,
              () -> storage.readFully(4_000_000, MemorySegment.ofArray(new byte[10])));
      assertTrue(error.getMessage().contains("has changed"), error.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3://disks", "s3://disks/", "s3:disks/x", "s3:///x", "s3://disks/x/"})
  void haveABucketAndAKey(String name) {
    var error =
        assertThrows(IOException.class, () -> s3.openForReading(Location.of("s3", name)).close());
    assertTrue(error.getMessage().contains("s3://BUCKET/KEY"), error.getMessage());
  }

  @Test
  void thatAreNotThereAreAnError() {
    var error = assertThrows(IOException.class, () -> read("nowhere"));
    assertEquals("s3://disks/nowhere: there is no such object", error.getMessage());
    var bucket =
        assertThrows(
            IOException.class,
            () -> {
              try (NewStorage made =
                  s3.create(Location.of("s3", "s3://none/x"), Map.of()).orElseThrow()) {
                made.publish();
              }
            });
    assertTrue(
        bucket.getMessage().startsWith("s3://none/x: store it: status 404"), bucket.getMessage());
  }

  @Test
  void nameWhatLiesBesideThem() throws IOException {
    Location base = at("a/b/disk.qcow2");
    assertEquals("s3://disks/a/b/base.raw", s3.beside(base, "base.raw").toString());
    assertEquals("s3://disks/a/base.raw", s3.beside(base, "../base.raw").toString());
    assertEquals("s3://disks/base.raw", s3.beside(base, "/base.raw").toString());
    assertThrows(IOException.class, () -> s3.beside(base, "../../../base.raw"));
  }

  /** Each request goes wrong once: whatever is done again must not be done by halves. */
  @ParameterizedTest
  @EnumSource(value = FaultyWay.Fault.class, names = "HALF_SENT", mode = EnumSource.Mode.EXCLUDE)
  void surviveWhatGoesWrongOnce(FaultyWay.Fault fault) throws IOException {
    byte[] content = bytes(2 * PART + 77);
    put("clean", content, SMALL_PARTS);
    int sending = way.requests();
    bePatient(fault);
    for (int i = 1; i <= sending; i++) {
      String key = fault + "-" + i;
      way.spoil(fault, i, i);
      String message = null;
      try {
        put(key, content, SMALL_PARTS);
      } catch (IOException e) {
        message = e.getMessage();
      }
      way.spoil(null, 0, 0);
      if (store.blobExists("disks", key)) {
        assertArrayEquals(content, read(key), key);
      } else {
        assertTrue(message != null && !message.contains("\n"), key + ": " + message);
      }
      if (!fault.servesTheRequest) { // then it is as if it had been made later
        assertNull(message, key);
      }
      if (i > BEGIN || !fault.servesTheRequest) {
        assertNothingUnfinished();
      }
      repair();
    }
    way.spoil(null, 0, 0);
    read("clean");
    int reading = way.requests();
    for (int i = 1; i <= reading; i += fault == FaultyWay.Fault.SILENCE ? 4 : 1) { // takes time
      way.spoil(fault, i, i);
      try {
        assertArrayEquals(content, read("clean"), "read " + i);
      } catch (IOException e) {
        // Of what the object's size is, one answer tells: no later one bears out a wrong one.
        assertTrue(fault.servesTheRequest && i == 1, "read " + i + ": " + e);
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
      }
    }
  }

  /** From some request on all go wrong: an error, and nothing that looks whole. */
  @ParameterizedTest
  @EnumSource(value = FaultyWay.Fault.class, names = "HALF_SENT", mode = EnumSource.Mode.EXCLUDE)
  void failWhereAllGoesWrong(FaultyWay.Fault fault) throws IOException {
    byte[] content = bytes(PART + 77);
    put("good", content, SMALL_PARTS);
    int requests = way.requests();
    bePatient(fault);
    boolean takesTime = fault == FaultyWay.Fault.SILENCE;
    for (int i = takesTime ? 4 : 1; i <= requests; i += takesTime ? 4 : 1) {
      String key = "lost-" + fault + "-" + i;
      way.spoil(fault, i, Integer.MAX_VALUE);
      boolean failed = false;
      try {
        put(key, content, SMALL_PARTS);
      } catch (IOException e) {
        failed = true;
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
      }
      way.spoil(null, 0, 0);
      if (fault != FaultyWay.Fault.SHORT) { // which may leave the lines of a head that count
        assertTrue(failed, key);
      }
      boolean isThere = store.blobExists("disks", key);
      if (isThere) {
        assertArrayEquals(content, read(key), key);
      } else {
        assertTrue(failed, key);
      }
      if (!fault.servesTheRequest) { // the last one only asks whether it is there
        assertEquals(i == requests, isThere, key);
      }
      repair();
    }
    way.spoil(fault, 2, Integer.MAX_VALUE);
    var error = assertThrows(IOException.class, () -> read("good"));
    assertFalse(error.getMessage().contains("\n"), error.getMessage());
  }

  @Test
  void haveMorePartsThanOneSizeAllows() {
    PartSizes sizes = PartSizes.growing();
    long all = 0;
    for (int number = 1; number <= PartSizes.MOST_PARTS; number++) {
      assertTrue(sizes.of(number) >= PartSizes.LEAST && sizes.of(number) <= PartSizes.MOST);
      all += sizes.of(number);
    }
    assertTrue(all > 3L << 40, "" + all);
    assertEquals(8 << 20, sizes.of(100));
    assertEquals(16 << 20, sizes.of(101));
  }

  @Test
  void areOfNoOtherPartSizes() {
    for (String size : List.of("1M", "2G", "x")) {
      assertThrows(IOException.class, () -> s3.create(at("x"), Map.of("part_size", size)), size);
    }
    assertThrows(IOException.class, () -> s3.create(at("x"), Map.of("replace", "maybe")));
    assertEquals(
        "[part_size, replace]",
        Arrays.toString(s3.newOptions().stream().map(o -> o.name()).toArray()));
  }
}
