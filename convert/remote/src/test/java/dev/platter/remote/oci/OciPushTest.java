package dev.platter.remote.oci;

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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images pushed to a registry over a way on which any request may go wrong, and read again. */
class OciPushTest {
  private static final int PART = 64 << 10;
  private static final Map<String, String> SMALL = Map.of("part_size", "64k");
  private static final OciProvider OCI = new OciProvider(Map.of(), FaultyWay.PATIENCE);

  /** Gives up soon, where nothing ever comes. */
  private static final OciProvider IMPATIENT = new OciProvider(Map.of(), FaultyWay.IMPATIENCE);

  private StubRegistry registry;
  private FaultyWay way;
  private OciProvider oci = OCI;

  @BeforeEach
  void start() throws IOException {
    registry = new StubRegistry();
    way = new FaultyWay(registry.port());
  }

  @AfterEach
  void end() throws IOException {
    way.close();
    registry.close();
  }

  private Location at(String tag) {
    return Location.of("oci", "oci://127.0.0.1:" + way.port() + "/vm/disk:" + tag);
  }

  static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private void push(String tag, byte[] content, Map<String, String> options) throws IOException {
    try (NewStorage made = oci.create(at(tag), options).orElseThrow()) {
      made.expect(content.length);
      for (int from = 0; from < content.length; from += 30_001) {
        int end = Math.min(content.length, from + 30_001);
        made.storage().write(from, MemorySegment.ofArray(content).asSlice(from, end - from));
      }
      made.publish();
    }
  }

  private byte[] pull(String tag) throws IOException {
    try (Storage storage = oci.openForReading(at(tag))) {
      byte[] content = new byte[(int) storage.size()];
      for (int from = 0; from < content.length; from += 50_000) {
        int end = Math.min(content.length, from + 50_000);
        storage.readFully(from, MemorySegment.ofArray(content).asSlice(from, end - from));
      }
      return content;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, PART - 1, PART, PART + 1, 9 * PART + 7})
  void comeBackAsTheyWere(int size) throws IOException {
    push("a", bytes(size), SMALL);
    assertArrayEquals(bytes(size), pull("a"));
    push("c", bytes(size), Map.of("part_size", "64k", "as", "containerdisk"));
    assertArrayEquals(bytes(size), pull("c"));
    assertTrue(registry.uploads.isEmpty());
  }

  @Test
  void holdZerosWhereNothingWasWritten() throws IOException {
    for (String as : new String[] {"artifact", "containerdisk"}) {
      Map<String, String> options = Map.of("part_size", "64k", "as", as);
      try (NewStorage made = oci.create(at(as), options).orElseThrow()) {
        made.expect(3 * PART);
        made.storage().write(PART - 2, MemorySegment.ofArray(new byte[] {1, 2, 3, 4}));
        made.storage().zero(PART + 10, PART);
        made.storage().truncate(3 * PART);
        made.publish();
      }
      byte[] expected = new byte[3 * PART];
      System.arraycopy(new byte[] {1, 2, 3, 4}, 0, expected, PART - 2, 4);
      assertArrayEquals(expected, pull(as));
    }
  }

  @Test
  void keepTheirTagUntilTheNewOneIsWhole() throws IOException {
    push("old", new byte[] {1}, SMALL);
    try (NewStorage made = oci.create(at("old"), SMALL).orElseThrow()) {
      made.storage().write(0, MemorySegment.ofArray(bytes(3 * PART)));
    }
    assertArrayEquals(new byte[] {1}, pull("old"));
    assertTrue(registry.uploads.isEmpty());
  }

  @Test
  void areSentInPartsAsLargeAsTheRegistryWants() throws IOException {
    registry.leastChunk = 200_000;
    push("large", bytes(500_000), SMALL);
    long parts = registry.requests.stream().filter(r -> r.startsWith("PATCH")).count();
    assertEquals(3 + 1, parts); // one has what the image is for
    assertArrayEquals(bytes(500_000), pull("large"));
  }

  /** Each request goes wrong once: whatever is done again must not be done by halves. */
  @ParameterizedTest
  @EnumSource(FaultyWay.Fault.class)
  void surviveWhatGoesWrongOnce(FaultyWay.Fault fault) throws IOException {
    byte[] content = bytes(3 * PART + 77);
    push("clean", content, SMALL);
    int sending = way.requests();
    boolean takesTime = fault == FaultyWay.Fault.SILENCE;
    oci = takesTime ? IMPATIENT : OCI;
    int step = takesTime ? 6 : 2;
    int first = 1 + fault.ordinal() % 2; // each request, by some of the faults
    for (int i = first; i <= sending; i += step) {
      String tag = fault.name().toLowerCase(Locale.ROOT) + i;
      registry.blobs.clear();
      way.spoil(fault, i, i);
      String message = null;
      try {
        push(tag, content, SMALL);
      } catch (IOException e) {
        message = e.getMessage();
      }
      way.spoil(null, 0, 0);
      if (registry.manifests.containsKey(tag)) {
        assertArrayEquals(content, pull(tag), tag);
      } else {
        assertTrue(message != null && !message.contains("\n"), tag + ": " + message);
      }
      if (!fault.servesTheRequest) { // then it is as if it had been made later
        assertNull(message, tag);
      }
    }
    push("read", content, SMALL);
    way.spoil(null, 0, 0);
    pull("read");
    int reading = way.requests();
    for (int i = first; i <= reading; i += step) {
      way.spoil(fault, i, i);
      try {
        assertArrayEquals(content, pull("read"), "read " + i);
      } catch (IOException e) {
        assertTrue(fault.servesTheRequest, "read " + i + ": " + e);
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
      }
    }
  }

  /** From some request on all go wrong: an error, and nothing that looks whole. */
  @ParameterizedTest
  @EnumSource(
      value = FaultyWay.Fault.class,
      names = {"RESET", "LONGER_TOLD"})
  void failWhereAllGoesWrong(FaultyWay.Fault fault) throws IOException {
    byte[] content = bytes(PART + 77);
    push("good", content, SMALL);
    int requests = way.requests();
    for (int i = 1; i <= requests; i += 5) {
      String tag = "lost" + i;
      registry.blobs.clear();
      way.spoil(fault, i, Integer.MAX_VALUE);
      String message = null;
      try {
        push(tag, content, SMALL);
      } catch (IOException e) {
        message = e.getMessage();
      }
      way.spoil(null, 0, 0);
      if (registry.manifests.containsKey(tag)) { // the last answer says more than is read of it
        assertTrue(fault.servesTheRequest, tag);
        assertArrayEquals(content, pull(tag), tag);
      } else {
        assertTrue(message != null && !message.contains("\n"), tag + ": " + message);
      }
    }
  }

  /** The registry is asked how much it has, and gets the rest. */
  @Test
  void goOnWhereTheConnectionBroke() throws IOException {
    byte[] content = bytes(2 * PART);
    way.spoil(FaultyWay.Fault.HALF_SENT, 3, 3);
    push("resumed", content, SMALL);
    way.spoil(null, 0, 0);
    assertEquals(1, registry.requests.stream().filter(r -> r.startsWith("GET")).count());
    assertArrayEquals(content, pull("resumed"));
  }

  /** What a registry says it has and has not is no image. */
  @Test
  void areNotPublishedWhereTheRegistryHasOtherBytes() throws IOException {
    byte[] content = bytes(2 * PART + 5);
    registry.lieOfUploads = -1;
    notPublished("the registry has 65535 bytes of the upload, 65536 were sent", content);
    registry.lieOfUploads = 1;
    notPublished("the registry has 65537 bytes of the upload, 65536 were sent", content);
    registry.lieOfUploads = 0;
    registry.losesBlobs = true;
    notPublished("and it is not there", content);
    registry.losesBlobs = false;
    registry.lieOfBlobs = -1;
    notPublished("the registry has " + (content.length - 1) + " bytes of sha256:", content);
    registry.lieOfBlobs = 0;
    registry.stored = 200;
    IOException error = assertThrows(IOException.class, () -> push("lie", content, SMALL));
    assertTrue(error.getMessage().contains("the registry answers 200"), error.getMessage());
  }

  private void notPublished(String reason, byte[] content) {
    IOException error = assertThrows(IOException.class, () -> push("lie", content, SMALL));
    assertTrue(error.getMessage().contains(reason), error.getMessage());
    assertFalse(registry.manifests.containsKey("lie"));
    registry.blobs.clear();
  }

  /** Where a registry has uploads go on elsewhere, they do, and its credentials do not. */
  @Test
  void areSentElsewhereWithoutCredentials(@TempDir Path directory) throws IOException {
    String pair = "me:s3cret";
    String auth = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    Files.writeString(
        directory.resolve("config.json"),
        "{\"auths\":{\"127.0.0.1:%d\":{\"auth\":\"%s\"}}}".formatted(way.port(), auth));
    Map<String, String> environment = Map.of("DOCKER_CONFIG", directory.toString());
    oci = new OciProvider(environment, FaultyWay.PATIENCE);
    registry.door = StubRegistry.Door.BASIC;
    registry.pair = pair;
    try (StubRegistry other = new StubRegistry()) {
      registry.uploadsAt = "http://127.0.0.1:" + other.port();
      assertThrows(IOException.class, () -> push("a", bytes(2 * PART), SMALL)); // other has none
      assertTrue(other.requests.stream().anyMatch(r -> r.startsWith("PATCH")));
      assertEquals(List.of(), other.authorizations);
    }
    for (String place : List.of("ftp://127.0.0.1", "http://joe@127.0.0.1", "http://")) {
      registry.uploadsAt = place;
      IOException error = assertThrows(IOException.class, () -> push("a", bytes(1), SMALL));
      assertTrue(error.getMessage().contains("says to send"), error.getMessage());
    }
    registry.uploadsAt = "";
    push("a", bytes(2 * PART), SMALL);
    assertArrayEquals(bytes(2 * PART), pull("a"));
  }

  @Test
  void areNotPublishedAfterAWriteThatFailed() throws IOException {
    try (NewStorage made = oci.create(at("lost"), SMALL).orElseThrow()) {
      way.spoil(FaultyWay.Fault.REFUSED, 1, Integer.MAX_VALUE);
      made.storage().write(0, MemorySegment.ofArray(bytes(PART)));
      assertThrows(
          IOException.class, () -> made.storage().write(PART, MemorySegment.ofArray(bytes(PART))));
      way.spoil(null, 0, 0);
      assertThrows(IOException.class, made::publish);
    }
    assertFalse(registry.manifests.containsKey("lost"));
  }

  @Test
  void sayWhatTheyAre() throws IOException {
    push("plain", bytes(100), SMALL);
    push("typed", bytes(100), Map.of("media_type", "application/x-disk"));
    assertTrue(manifest("plain").contains("\"application/vnd.kubevirt.disk.raw\""));
    assertTrue(manifest("plain").contains("disk.raw\"}"), manifest("plain"));
    assertTrue(manifest("typed").contains("\"application/x-disk\""));
    push("container", bytes(100), Map.of("as", "containerdisk", "architecture", "arm64"));
    assertTrue(manifest("container").contains("vnd.oci.image.layer.v1.tar"));
    assertTrue(
        registry.blobs.values().stream()
            .anyMatch(blob ->
                new String(blob, StandardCharsets.UTF_8).contains("\"architecture\":\"arm64\"")));
  }

  private String manifest(String tag) {
    return new String(registry.manifests.get(tag), StandardCharsets.UTF_8);
  }

  @Test
  void areOfAKnownSizeInAContainer() throws IOException {
    Map<String, String> options = Map.of("as", "containerdisk");
    try (NewStorage made = oci.create(at("size"), options).orElseThrow()) {
      var error =
          assertThrows(
              IOException.class, () -> made.storage().write(0, MemorySegment.ofArray(bytes(1))));
      assertTrue(error.getMessage().contains("must be known"), error.getMessage());
    }
    try (NewStorage made = oci.create(at("size"), options).orElseThrow()) {
      made.expect(100);
      made.storage().write(0, MemorySegment.ofArray(bytes(99)));
      assertThrows(IOException.class, made::publish);
    }
    assertFalse(registry.manifests.containsKey("size"));
  }

  @Test
  void takeOnlyOptionsThatMeanSomething() {
    for (var wrong :
        Map.of("as", "tar", "media_type", "x\"y", "part_size", "1k", "architecture", "arm64")
            .entrySet()) {
      assertThrows(
          IOException.class,
          () -> oci.create(at("x"), Map.of(wrong.getKey(), wrong.getValue())).get().close());
    }
    assertTrue(registry.requests.isEmpty());
  }
}
