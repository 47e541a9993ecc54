package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.FaultyGateway.Fault;
import dev.platter.server.config.IniFile;
import dev.platter.server.config.StoreConfig;
import dev.platter.server.swift.SwiftSettings;
import dev.platter.server.swift.SwiftStore;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import dev.platter.service.store.StoreWriter;
import dev.platter.service.store.StoredImage;
import dev.platter.storage.Storage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images in a real Swift, as those who read them there find them. */
@Tag("interop")
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SwiftStoreTest {
  private static final String ID = "11111111-1111-4111-8111-111111111111";

  /** A megabyte as Glance counts it for Swift. */
  private static final int CHUNK = 1_024_000;

  private Path directory;
  private RealSwift swift;
  private FaultyGateway gateway;
  private int reached;
  private IOException failure;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    directory = temporary;
    swift = RealSwift.withTempAuth(Files.createDirectory(directory.resolve("swift")));
    gateway = new FaultyGateway(swift.port());
    swift.put("/images", "", Map.of());
  }

  @AfterAll
  void end() throws IOException {
    gateway.close();
    swift.close();
  }

  private Map<String, String> settings(String manifest) {
    Map<String, String> settings = new HashMap<>();
    settings.put("swift_store_auth_version", "1");
    settings.put("swift_store_auth_address", swift.authUrl());
    settings.put("swift_store_user", RealSwift.USER);
    settings.put("swift_store_key", RealSwift.KEY);
    settings.put("swift_store_container", "images");
    settings.put("swift_store_large_object_size", "1");
    settings.put("swift_store_large_object_chunk_size", "1");
    settings.put("swift_store_manifest", manifest);
    settings.put("swift_store_timeout", "20");
    return settings;
  }

  private static SwiftStore store(Map<String, String> settings) throws IOException {
    IniFile ini = IniFile.empty();
    settings.forEach((key, value) -> ini.set("cloud", key, value));
    return SwiftStore.create(
        SwiftSettings.read(StoreConfig.named(ini, "cloud", "swift")), id -> Optional.empty());
  }

  private SwiftStore store(String manifest) throws IOException {
    return store(settings(manifest));
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static void write(StoreWriter writer, byte[] content) throws IOException {
    for (int at = 0; at < content.length; at += 300_007) {
      int end = Math.min(content.length, at + 300_007);
      writer.storage().write(at, MemorySegment.ofArray(Arrays.copyOfRange(content, at, end)));
    }
  }

  private static StoredImage put(SwiftStore store, String id, byte[] content, OptionalLong size)
      throws IOException {
    try (StoreWriter writer = store.begin(id, size)) {
      write(writer, content);
      return writer.commit();
    }
  }

  private static StoredImage put(SwiftStore store, String id, byte[] content) throws IOException {
    return put(store, id, content, OptionalLong.empty());
  }

  private static byte[] read(SwiftStore store, String location) throws IOException {
    try (Storage storage = store.open(location)) {
      byte[] bytes = new byte[(int) storage.size()];
      storage.readFully(0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  private List<String> objects(String id) throws IOException {
    return swift.objects("images", id);
  }

  private static void assertKind(Kind kind, org.junit.jupiter.api.function.Executable action) {
    assertEquals(kind, assertThrows(StoreException.class, action).kind());
  }

  @ParameterizedTest
  @ValueSource(strings = {"slo", "dlo"})
  void smallAndLargeImagesComeBackAsTheyWere(String manifest) throws IOException {
    SwiftStore store = store(manifest);
    for (int size : new int[] {0, 1, 100_000, CHUNK, CHUNK + 1, 3 * CHUNK - 7}) {
      for (OptionalLong known : List.of(OptionalLong.empty(), OptionalLong.of(size))) {
        byte[] content = random(size);
        StoredImage stored = put(store, ID, content, known);
        assertEquals("swift+config://ref1/images/" + ID, stored.location());
        assertEquals(size, stored.size());
        assertArrayEquals(content, read(store, stored.location()));
        assertArrayEquals(content, swift.ask("GET", "/images/" + ID, Map.of()).body());
        int segments = known.isPresent() && size < CHUNK ? 0 : Math.ceilDiv(size, CHUNK);
        assertEquals(1 + segments, objects(ID).size(), () -> size + ", " + known);
        assertTrue(store.exists(stored.location()));
        assertTrue(store.delete(stored.location()));
        assertFalse(store.exists(stored.location()));
        assertFalse(store.delete(stored.location()));
        assertEquals(List.of(), objects(ID));
      }
    }
  }

  @Test
  void rangesAreReadWhereTheyAre() throws IOException {
    byte[] content = random(3 << 20);
    SwiftStore store = store("slo");
    StoredImage stored = put(store, "ranges", content);
    try (Storage storage = store.open(stored.location())) {
      for (int offset : new int[] {2_999_000, 0, 1 << 20, CHUNK - 5, 77}) {
        byte[] bytes = new byte[4096];
        storage.readFully(offset, MemorySegment.ofArray(bytes));
        assertArrayEquals(Arrays.copyOfRange(content, offset, offset + 4096), bytes);
      }
      assertEquals(0, storage.read(content.length, MemorySegment.ofArray(new byte[10])));
    }
    store.delete(stored.location());
  }

  @Test
  void gapsAreZerosAndNothingGoesBack() throws IOException {
    SwiftStore store = store("slo");
    try (StoreWriter writer = store.begin("gaps", OptionalLong.empty())) {
      writer.storage().write(CHUNK - 2, MemorySegment.ofArray(new byte[] {1, 2, 3, 4}));
      writer.storage().zero(CHUNK + 10, CHUNK);
      IOException refused =
          assertThrows(
              IOException.class,
              () -> writer.storage().write(0, MemorySegment.ofArray(new byte[1])));
      assertTrue(refused.getMessage().contains("in order"), refused::getMessage);
      byte[] expected = new byte[2 * CHUNK + 10];
      System.arraycopy(new byte[] {1, 2, 3, 4}, 0, expected, CHUNK - 2, 4);
      assertArrayEquals(expected, read(store, writer.commit().location()));
    }
    store.delete(store.locationOf("gaps"));
  }

  @ParameterizedTest
  @CsvSource({"slo,0", "dlo,0", "slo,2000000"})
  void whatIsNotCommittedIsNotThere(String manifest, long expected) throws IOException {
    SwiftStore store = store(settings(manifest));
    Map<String, String> large = settings(manifest);
    large.put("swift_store_large_object_size", "100");
    SwiftStore single = store(large);
    for (SwiftStore each : List.of(store, single)) {
      OptionalLong size = expected == 0 ? OptionalLong.empty() : OptionalLong.of(expected);
      try (StoreWriter writer = each.begin("aborted", size)) {
        write(writer, random(1_900_000));
        assertFalse(store.exists(store.locationOf("aborted")));
      }
      assertEquals(List.of(), objects("aborted"));
    }
  }

  @Test
  void whatIsGivenUpWhileTheNetworkIsLostMakesNoObject() throws IOException {
    Map<String, String> settings = settings("slo");
    settings.put("swift_store_auth_address", gateway.url() + "/auth/v1.0");
    settings.put("swift_store_large_object_size", "100");
    settings.put("swift_store_timeout", "4");
    SwiftStore store = store(settings);
    gateway.failAt(0, Fault.LOST, false);
    try (StoreWriter writer = store.begin("given-up", OptionalLong.of(2_000_000))) {
      write(writer, random(1_500_000));
      gateway.failAt(1, Fault.LOST, true); // nobody takes it away afterwards
    }
    gateway.failAt(0, Fault.LOST, false);
    assertFalse(store.exists(store.locationOf("given-up")));
    assertEquals(List.of(), objects("given-up"));
  }

  @Test
  void whatAKilledProcessLeftIsRemoved() throws IOException {
    SwiftStore store = store("slo");
    StoreWriter killed = store.begin("killed", OptionalLong.empty());
    write(killed, random(2 * CHUNK + 5));
    StoredImage whole = put(store, "killed-beside", random(2 * CHUNK));
    assertFalse(store.exists(store.locationOf("killed")));
    assertEquals(2, objects("killed/").size());
    store.removeUnfinished("killed");
    assertEquals(List.of(), objects("killed/"));
    store.removeUnfinished("killed-beside");
    assertArrayEquals(random(2 * CHUNK), read(store, whole.location()));
    store.delete(whole.location());
    killed.close();
    assertEquals(List.of(), objects("killed"));
  }

  @Test
  void aSecondImageOfTheSameIdentifierIsRefusedAndHarmsNothing() throws IOException {
    SwiftStore store = store("slo");
    for (OptionalLong size : List.of(OptionalLong.empty(), OptionalLong.of(500_000))) {
      try (StoreWriter late = store.begin("twice", size)) {
        if (size.isEmpty()) {
          write(late, random(2 * CHUNK));
        }
        StoredImage stored = put(store, "twice", random(10), OptionalLong.of(10));
        assertKind(
            Kind.DUPLICATE,
            () -> {
              if (size.isPresent()) {
                write(late, random(500_000));
              }
              late.commit();
            });
        assertKind(Kind.DUPLICATE, () -> put(store, "twice", random(10)));
        late.close();
        assertArrayEquals(random(10), read(store, stored.location()));
        assertEquals(List.of("twice"), objects("twice"));
        store.delete(stored.location());
      }
    }
  }

  @Test
  void strangersLocationsAreNotRead() throws IOException {
    SwiftStore store = store("slo");
    swift.put("/other", "", Map.of());
    swift.put("/other/x", "secret", Map.of());
    swift.put("/images/x", "known", Map.of());
    String host = swift.authUrl().substring("http://".length());
    for (String location :
        new String[] {
          "swift+config://ref2/images/x",
          "swift+config://ref1/other/x",
          "swift+config://ref1/images/../x",
          "swift+config://ref1/images/",
          "swift+config://ref1/x",
          "swift+http://images%3Amallory:a-key@" + host + "/images/x",
          "swift+http://images:glance:a-key@evil.example.org/images/x",
          "swift+https://images:glance:a-key@" + host + "/images/x",
          "swift+http://" + host + "/images/x",
          "file:///etc/passwd"
        }) {
      StoreException refused =
          assertThrows(StoreException.class, () -> store.open(location), location);
      assertEquals(Kind.NOT_FOUND, refused.kind(), location);
      assertFalse(refused.getMessage().contains("a-key"), refused.getMessage());
    }
    for (String location :
        new String[] {
          "swift+config://ref1/images/x",
          "swift+http://images%3Aglance:another-key@" + host + "/images/x",
          "swift+http://images:glance:a-key@" + host + "/images/x"
        }) {
      assertEquals("known", new String(read(store, location), StandardCharsets.UTF_8), location);
    }
    store.delete(store.locationOf("x"));
  }

  /** Runs Glance's own store, and returns what it prints. */
  private String glance(Object... arguments) throws IOException {
    Path script = directory.resolve("glance_images.py");
    try (var resource = getClass().getResourceAsStream("swift/glance_images.py")) {
      Files.write(script, resource.readAllBytes());
    }
    Object[] all = new Object[arguments.length + 2];
    all[0] = script;
    all[1] = swift.authUrl();
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return ExternalTool.at(Path.of("/usr/bin/python3")).mustRun(all).strip();
  }

  @Test
  void glanceFindsOurImagesAndWeFindGlances() throws IOException {
    byte[] content = random(2_500_000);
    Path large = Files.write(directory.resolve("large"), content);
    Path small = Files.write(directory.resolve("small"), random(500_000));
    Path references =
        Files.writeString(
            directory.resolve("references"),
            """
            [ref1]
            auth_version = 1
            auth_address = %s
            user = images:glance
            key = 'a-key'
            """
                .formatted(swift.authUrl()));
    for (String manifest : new String[] {"slo", "dlo"}) {
      Map<String, String> byFile = settings(manifest);
      for (String key : List.of("auth_version", "auth_address", "user", "key")) {
        byFile.remove("swift_store_" + key);
      }
      byFile.put("swift_store_config_file", references.toString());
      put(store(byFile), "ours-" + manifest, content);
    }
    SwiftStore store = store("slo");
    Path slo = directory.resolve("slo");
    Path dlo = directory.resolve("dlo");
    String ours = store.locationOf("ours-slo");
    String other = store.locationOf("ours-dlo");
    String theirs =
        glance(
            references,
            "get",
            ours,
            slo,
            "get",
            other,
            dlo,
            "delete",
            ours,
            "-",
            "delete",
            other,
            "-",
            "add",
            "theirs",
            large);
    assertArrayEquals(content, Files.readAllBytes(slo));
    assertArrayEquals(content, Files.readAllBytes(dlo));
    assertEquals(List.of(), objects("ours"));
    String withKey = glance("-", "add", "with-key", small);
    assertTrue(withKey.contains("a-key"), withKey);
    for (String location : new String[] {theirs, withKey}) {
      byte[] expected = location.equals(theirs) ? content : random(500_000);
      assertArrayEquals(expected, read(store, location));
      store.removeUnfinished(location.equals(theirs) ? "theirs" : "with-key");
      assertArrayEquals(expected, read(store, location));
    }
    assertTrue(store.delete(theirs));
    assertTrue(store.delete(withKey));
    assertEquals(List.of(), objects("theirs"));
    assertEquals(List.of(), objects("with-key"));
  }

  @Test
  void aManifestThatRefersToMoreThanItsImageTakesNothingElseAway() throws IOException {
    SwiftStore store = store("dlo");
    swift.put("/images/bystander", "stays", Map.of());
    swift.put("/images/greedy", "", Map.of("X-Object-Manifest", "images/b"));
    assertTrue(store.delete(store.locationOf("greedy")));
    assertEquals(List.of(), objects("greedy"));
    assertEquals(List.of("bystander"), objects("bystander"));
    store.delete(store.locationOf("bystander"));
  }

  @Test
  void imagesAreSharedOutAmongContainers() throws IOException {
    Map<String, String> settings = settings("slo");
    settings.put("swift_store_container", "many");
    settings.put("swift_store_multiple_containers_seed", "10");
    SwiftStore store = store(settings);
    String id = "FDAE39A1-bac5-4238-aba4-69bcc726e848";
    StoreException missing = assertThrows(StoreException.class, () -> put(store, id, random(5)));
    assertTrue(
        missing.getMessage().contains("swift_store_create_container_on_put"), missing::getMessage);
    settings.put("swift_store_create_container_on_put", "true");
    SwiftStore making = store(settings);
    assertFalse(making.holdsImages());
    String location = put(making, id, random(5)).location();
    assertEquals("swift+config://ref1/many_fdae39a1-ba/" + id, location);
    assertTrue(making.holdsImages());
    settings.put("swift_store_multiple_containers_seed", "0"); // changed later
    assertArrayEquals(random(5), read(store(settings), location));
    making.delete(location);
    assertFalse(making.holdsImages());
  }

  @Test
  void aFullContainerIsSaidToBeFullAndKeepsNothing() throws IOException {
    swift.put("/full", "", Map.of("X-Container-Meta-Quota-Count", "0"));
    Map<String, String> settings = settings("slo");
    settings.put("swift_store_container", "full");
    assertKind(Kind.FULL, () -> put(store(settings), "large", random(4 * CHUNK)));
    assertEquals(List.of(), swift.objects("full", "large"));
  }

  @Test
  void aClusterWithoutManifestsKeepsNoListForAnImage() throws IOException {
    Path place = Files.createDirectory(directory.resolve("plain"));
    try (RealSwift plain = RealSwift.withoutManifests(place)) {
      plain.put("/images", "", Map.of());
      Map<String, String> settings = settings("slo");
      settings.put("swift_store_auth_address", plain.authUrl());
      StoreException refused =
          assertThrows(StoreException.class, () -> put(store(settings), "list", random(2 * CHUNK)));
      assertEquals(Kind.UNAVAILABLE, refused.kind());
      assertTrue(refused.getMessage().contains("does it know SLO"), refused::getMessage);
      assertEquals(List.of(), plain.objects("images", ""));
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void underFailureAtEachRequestAnImageIsThereWholeOrNotAtAll(Fault fault) throws IOException {
    byte[] content = random(CHUNK + 5);
    boolean network = fault == Fault.LOST || fault == Fault.UNANSWERED;
    for (String kind :
        network
            ? List.of("slo", "dlo", "single", "buffered")
            : List.of("slo", "single", "buffered")) {
      Map<String, String> settings = settings(kind.equals("dlo") ? "dlo" : "slo");
      settings.put("swift_store_auth_address", gateway.url() + "/auth/v1.0");
      settings.put("swift_store_timeout", "4");
      if (kind.equals("single")) {
        settings.put("swift_store_large_object_size", "100");
      }
      if (kind.equals("buffered")) {
        settings.put("swift_buffer_on_upload", "true");
        settings.put("swift_upload_buffer_dir", directory.toString());
      }
      SwiftStore store = store(settings);
      gateway.failAt(0, fault, false);
      assertFalse(store.exists(store.locationOf("warm"))); // is logged in
      failAtEach(store, kind, content, fault, false);
      if (network || fault == Fault.FULL) {
        failAtEach(store, kind, content, fault, true);
      }
    }
  }

  /** Whether nobody would ask again. */
  private static boolean isFinal(Fault fault) {
    return fault == Fault.FULL || fault == Fault.TOO_LARGE || fault == Fault.CHANGED;
  }

  private void failAtEach(
      SwiftStore store, String kind, byte[] content, Fault fault, boolean forever)
      throws IOException {
    int successes = 0;
    for (int at = 1; ; at++) {
      gateway.failAt(at, fault, forever);
      boolean done = whole(store, kind, content);
      successes += done ? 1 : 0;
      assertTrue(
          done || forever || !kind.equals("buffered") || isFinal(fault),
          () -> "not repeated: " + failure);
      if (reached < at) { // it was over before the failure
        assertTrue(done, () -> kind + ": " + failure);
        assertTrue(at > 3, kind);
        break;
      }
    }
    assertTrue(fault != Fault.UNAUTHORIZED || successes > 3, () -> "a new token helps: " + kind);
  }

  /** Tries to bring an image; what is there afterwards must be the image, or nothing of it. */
  private boolean whole(SwiftStore store, String kind, byte[] content) throws IOException {
    OptionalLong size =
        kind.equals("single") ? OptionalLong.of(content.length) : OptionalLong.empty();
    boolean done = false;
    try {
      put(store, "faulty", content, size);
      done = true;
    } catch (IOException e) {
      failure = e;
    }
    reached = gateway.requests();
    gateway.failAt(0, Fault.LOST, false);
    String location = store.locationOf("faulty");
    boolean there = store.exists(location);
    if (there) {
      assertArrayEquals(content, read(store, location));
    }
    assertTrue(there || !done, "a success that is none");
    store.removeUnfinished("faulty");
    if (there) {
      assertArrayEquals(content, read(store, location));
      store.delete(location);
    }
    assertEquals(List.of(), objects("faulty"));
    return done;
  }

  @Test
  void aReadThatFailsIsRepeatedAsOftenAsTheSettingsSay() throws IOException {
    byte[] content = random(2 * CHUNK);
    String location = put(store("slo"), "repeated", content).location();
    Map<String, String> settings = settings("slo");
    settings.put("swift_store_auth_address", gateway.url() + "/auth/v1.0");
    settings.put("swift_store_timeout", "4");
    settings.put("swift_store_retry_get_count", "1");
    gateway.failAt(0, Fault.LOST, false);
    SwiftStore patient = store(settings);
    settings.remove("swift_store_retry_get_count");
    SwiftStore hasty = store(settings);
    MemorySegment bytes = MemorySegment.ofArray(new byte[content.length]);
    for (Fault fault : List.of(Fault.BUSY, Fault.LOST, Fault.UNANSWERED, Fault.CUT)) {
      try (Storage storage = patient.open(location)) {
        gateway.failAt(1, fault, false);
        storage.readFully(0, bytes.fill((byte) 0));
        assertEquals(-1, MemorySegment.ofArray(content).mismatch(bytes), fault::name);
      }
    }
    for (Fault fault : List.of(Fault.BUSY, Fault.CUT)) { // Java itself asks twice after others
      try (Storage storage = hasty.open(location)) {
        gateway.failAt(1, fault, false);
        assertThrows(IOException.class, () -> storage.readFully(0, bytes), fault::name);
      }
    }
    gateway.failAt(0, Fault.LOST, false);
    store("slo").delete(location);
  }

  @Test
  void anImageThatIsReplacedIsNotReadOn() throws IOException {
    SwiftStore store = store("slo");
    swift.put("/images/replaced", "a".repeat(3 << 20), Map.of());
    try (Storage storage = store.open(store.locationOf("replaced"))) {
      storage.readFully(0, MemorySegment.ofArray(new byte[100]));
      swift.put("/images/replaced", "b".repeat(3 << 20), Map.of());
      IOException refused =
          assertThrows(
              IOException.class,
              () -> storage.readFully(2 << 20, MemorySegment.ofArray(new byte[100])));
      assertTrue(refused.getMessage().contains("changed"), refused::getMessage);
    }
    store.delete(store.locationOf("replaced"));
  }

  @Test
  void theServiceKeepsImagesInIt() throws IOException {
    try (RunningServer server = new RunningServer(Files.createDirectory(directory.resolve("s")))) {
      server.set("DEFAULT", "enabled_backends", "fast:file, cloud:swift");
      settings("slo").forEach((key, value) -> server.set("cloud", key, value));
      server.start();
      byte[] content = random(6 << 20);
      String id =
          server.create(
              RunningServer.ADMIN, "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}");
      RunningServer.Answer uploaded =
          server.askAs(
              RunningServer.ADMIN,
              "PUT",
              "/v2/images/" + id + "/file",
              content,
              "x-image-meta-store",
              "cloud");
      assertEquals(204, uploaded.status(), uploaded::text);
      JsonNode image = server.image(id);
      assertEquals("cloud", image.path("stores").textValue());
      RunningServer.Answer part =
          server.askAs(
              RunningServer.ADMIN,
              "GET",
              "/v2/images/" + id + "/file",
              null,
              "Range",
              "bytes=5000000-5000009");
      assertEquals(206, part.status());
      assertArrayEquals(Arrays.copyOfRange(content, 5_000_000, 5_000_010), part.response().body());
      String stores = server.ask("GET", "/v2/info/stores/detail", null).text();
      assertTrue(stores.contains("\"large_object_chunk_size\":" + CHUNK), stores);
      server.ask(
          "POST",
          "/v2/images/" + id + "/import",
          "{\"method\":{\"name\":\"copy-image\"},\"stores\":[\"fast\"]}");
      assertEquals("cloud,fast", server.settled(id).path("stores").textValue());
      assertEquals(204, server.ask("DELETE", "/v2/images/" + id, null).status());
      assertEquals(List.of(), objects(id));
    }
  }
}
