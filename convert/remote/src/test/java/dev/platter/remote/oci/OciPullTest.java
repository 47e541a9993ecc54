package dev.platter.remote.oci;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.archive.TarHeader;
import dev.platter.remote.FaultyWay;
import dev.platter.storage.Location;
import dev.platter.storage.Storage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images as others push them, and registries that lie or let not everybody in. */
@Timeout(60)
class OciPullTest {
  private static final String IMAGE = "application/vnd.oci.image.config.v1+json";
  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
  private static final byte[] DISK = OciPushTest.bytes(3_000_000);

  @TempDir Path directory;
  private StubRegistry registry;

  @BeforeEach
  void start() throws IOException {
    registry = new StubRegistry();
  }

  @AfterEach
  void end() {
    registry.close();
  }

  private Storage open(String rest, Map<String, String> environment) throws IOException {
    String text = "oci://127.0.0.1:" + registry.port() + "/vm/disk" + rest;
    return new OciProvider(environment, FaultyWay.PATIENCE)
        .openForReading(Location.of("oci", text));
  }

  private byte[] read(String rest, Map<String, String> environment) throws IOException {
    try (Storage storage = open(rest, environment)) {
      byte[] content = new byte[(int) storage.size()];
      for (int at = 0; at < content.length; at += 100_000) {
        int end = Math.min(content.length, at + 100_000);
        storage.readFully(at, MemorySegment.ofArray(content).asSlice(at, end - at));
      }
      return content;
    }
  }

  private byte[] read(String rest) throws IOException {
    return read(rest, Map.of());
  }

  private String refusal(String rest) {
    IOException error = assertThrows(IOException.class, () -> read(rest));
    assertFalse(error.getMessage().contains("\n"), error.getMessage());
    return error.getMessage();
  }

  private Descriptor blob(String type, byte[] bytes) {
    Digest digest = Digest.of(bytes);
    registry.blobs.put(digest.toString(), bytes);
    return Descriptor.of(type, digest, bytes.length);
  }

  private Descriptor manifest(String tag, String config, Descriptor... layers) {
    String text =
        "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
            .formatted(
                blob(config, new byte[] {'{', '}'}).json(),
                String.join(",", Arrays.stream(layers).map(Descriptor::json).toList()));
    return put(tag, text);
  }

  private Descriptor put(String tag, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    registry.manifests.put(tag, bytes);
    registry.manifests.put(Digest.of(bytes).toString(), bytes);
    return Descriptor.of(Manifest.TYPE, Digest.of(bytes), bytes.length);
  }

  private static byte[] tar(Object... namesAndContents) throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndContents.length; i += 2) {
      String name = namesAndContents[i].toString();
      byte[] content = (byte[]) namesAndContents[i + 1];
      tar.write(new TarHeader(name, content.length, name.endsWith("/") ? '5' : '0').toBlock(0));
      tar.write(content);
      tar.write(new byte[Math.floorMod(-content.length, 512)]);
    }
    tar.write(new byte[1024]);
    return tar.toByteArray();
  }

  @Test
  void aDiskIsReadByRangesWhereItLies() throws IOException {
    manifest("a", "application/vnd.unknown.config.v1+json", blob("application/x", DISK));
    try (Storage storage = open(":a", Map.of())) {
      byte[] part = new byte[1000];
      storage.readFully(2_000_000, MemorySegment.ofArray(part));
      assertArrayEquals(Arrays.copyOfRange(DISK, 2_000_000, 2_001_000), part);
    }
    assertTrue(registry.sent.get() < 300_000, registry.sent + " bytes");
    assertArrayEquals(DISK, read(":a"));
  }

  @Test
  void aRegistryWithoutRangesIsReadAsWell() throws IOException {
    registry.ranges = false;
    manifest("a", "application/x", blob("application/x", DISK));
    assertArrayEquals(DISK, read(":a"));
    registry.blobs.put(Digest.of(DISK).toString(), OciPushTest.bytes(3_000_001));
    assertTrue(refusal(":a").contains("the manifest says 3000000"), refusal(":a"));
  }

  @Test
  void theFileInALayerIsFound() throws IOException {
    byte[] layer = tar("etc/x", new byte[10], "./disk/", new byte[0], "./disk/d.img", DISK);
    manifest("c", IMAGE, blob(LAYER, layer));
    assertArrayEquals(DISK, read(":c"));
    byte[] upper = tar("etc/passwd", new byte[700]);
    manifest("two", IMAGE, blob(LAYER, layer), blob(LAYER, upper));
    assertArrayEquals(DISK, read(":two"));
    manifest("none", IMAGE, blob(LAYER, upper));
    assertTrue(refusal(":none").contains("no file in /disk"), refusal(":none"));
  }

  @Test
  void aFileThatIsNoneIsRefused() throws IOException {
    manifest(
        "gone",
        IMAGE,
        blob(LAYER, tar("disk/a", DISK)),
        blob(LAYER, tar("disk/.wh.a", new byte[0])));
    assertTrue(refusal(":gone").contains("removes"), refusal(":gone"));
    byte[] cut = Arrays.copyOf(tar("disk/a", DISK), 100_000);
    manifest("cut", IMAGE, blob(LAYER, cut));
    assertTrue(refusal(":cut").contains("ends within"), refusal(":cut"));
    manifest("text", IMAGE, blob(LAYER, "no archive at all".getBytes(StandardCharsets.UTF_8)));
    assertTrue(refusal(":text").contains("no archive"), refusal(":text"));
  }

  @Test
  void oneOfSeveralFilesIsNamed() throws IOException {
    manifest("c", IMAGE, blob(LAYER, tar("disk/a.img", DISK, "disk/b.img", new byte[5])));
    assertTrue(refusal(":c").contains("2 files: disk/a.img, disk/b.img"), refusal(":c"));
    assertEquals(5, read(":c?file=b.img").length);
    assertTrue(refusal(":c?file=c.img").contains("no such file"), refusal(":c?file=c.img"));
  }

  @Test
  void anIndexTellsPlatformsApart() throws IOException {
    Descriptor amd = manifest("x1", "application/x", blob("application/x", DISK));
    Descriptor arm = manifest("x2", "application/x", blob("application/x", new byte[7]));
    put("index", index(entry(amd, "amd64"), entry(arm, "arm64"), entry(arm, "unknown")));
    assertEquals(7, read(":index?platform=linux/arm64").length);
    assertTrue(refusal(":index").contains("linux/amd64 @" + amd.digest()), refusal(":index"));
    assertTrue(refusal(":index?platform=linux/s390x").contains("no image for linux/s390x"));
    put("one", index(entry(arm, "arm64")));
    assertEquals(7, read(":one").length);
    assertEquals(7, read("@" + arm.digest()).length);
    Descriptor nested = put("nested", index(entry(arm, "arm64")));
    put("outer", index(entry(nested, "arm64")));
    assertTrue(refusal(":outer").contains("within an index"), refusal(":outer"));
  }

  /** What an index names is just that: of its digest, and of its size. */
  @Test
  void anImageOfAnIndexIsTheOneThatItNames() throws IOException {
    Descriptor image = manifest("x", "application/x", blob("application/x", DISK));
    Descriptor other = manifest("y", "application/x", blob("application/x", new byte[7]));
    put("index", index(entry(image, "amd64")));
    registry.manifests.put(
        image.digest().toString(), registry.manifests.get(other.digest().toString()));
    assertTrue(refusal(":index").contains("expected " + image.digest()), refusal(":index"));
    put("long", index(entry(Descriptor.of(Manifest.TYPE, other.digest(), 5), "amd64")));
    assertTrue(refusal(":long").contains("the index says 5"), refusal(":long"));
  }

  private static String entry(Descriptor image, String architecture) {
    String os = architecture.equals("unknown") ? "unknown" : "linux";
    return image.json().replaceFirst("\\}$", "")
        + ",\"platform\":{\"os\":\""
        + os
        + "\",\"architecture\":\""
        + architecture
        + "\"}}";
  }

  private static String index(String... entries) {
    return "{\"schemaVersion\":2,\"manifests\":[" + String.join(",", entries) + "]}";
  }

  @Test
  void whatDoesNotAgreeIsRefused() throws IOException {
    Descriptor layer = blob("application/x", DISK);
    Descriptor image = manifest("a", "application/x", layer);
    registry.toldDigests.put("a", Digest.of(DISK).toString());
    assertTrue(refusal(":a").contains("the manifest has the digest"), refusal(":a"));
    registry.toldDigests.clear();
    registry.manifests.put(image.digest().toString(), registry.manifests.get("a").clone());
    registry.manifests.get(image.digest().toString())[20] ^= 1;
    assertTrue(refusal("@" + image.digest()).contains("expected " + image.digest()));
    byte[] other = DISK.clone();
    other[2_500_000] ^= 1;
    registry.blobs.put(layer.digest().toString(), other);
    assertTrue(refusal(":a").contains("expected " + layer.digest()), refusal(":a"));
    registry.blobs.put(layer.digest().toString(), Arrays.copyOf(DISK, 2_999_999));
    assertTrue(refusal(":a").contains("the manifest says 3000000"), refusal(":a"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{",
        "{}",
        "{\"fsLayers\":[]}",
        "{\"layers\":[],\"manifests\":[]}",
        "{\"config\":{},\"layers\":[]}",
        "{\"config\":{\"mediaType\":\"x\",\"digest\":\"md5:00\",\"size\":2},\"layers\":[]}",
        "{\"config\":{\"mediaType\":\"x\",\"digest\":\"sha256:00\",\"size\":-2},\"layers\":[]}",
        "{\"manifests\":[]}",
        "{\"manifests\":[1]}"
      })
  void aManifestThatIsNoneIsRefused(String text) {
    put("bad", text);
    refusal(":bad");
    assertEquals(1, registry.requests.size()); // asking again is vain
  }

  @Test
  void aManifestHasAnEnd() {
    put("huge", "{\"layers\":[" + "1,".repeat(3 << 20) + "1]}");
    assertTrue(refusal(":huge").contains("more than 4194304 bytes"), refusal(":huge"));
    registry.endless = true;
    assertTrue(refusal(":huge").contains("more than 4194304 bytes"), refusal(":huge"));
  }

  @Test
  void aRedirectToItselfHasAnEnd() {
    manifest("a", "application/x", blob("application/x", DISK));
    registry.blobsAt = "http://127.0.0.1:" + registry.port();
    assertTrue(refusal(":a").contains("redirects"), refusal(":a"));
  }

  private Map<String, String> login(String json) throws IOException {
    Files.writeString(directory.resolve("config.json"), json);
    return Map.of("DOCKER_CONFIG", directory.toString());
  }

  private Map<String, String> login(String host, String pair) throws IOException {
    String auth = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    return login("{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(host, auth));
  }

  private String host() {
    return "127.0.0.1:" + registry.port();
  }

  @ParameterizedTest
  @ValueSource(strings = {"BASIC", "TOKEN"})
  void credentialsOpenTheDoor(String door) throws IOException {
    manifest("a", "application/x", blob("application/x", DISK));
    registry.door = StubRegistry.Door.valueOf(door);
    registry.pair = "me:s3cret:x";
    registry.tokenUses = 3; // and then it is asked for once more
    assertArrayEquals(DISK, read(":a", login(host(), "me:s3cret:x")));
    assertArrayEquals(DISK, read(":a", login("https://" + host() + "/v1/", "me:s3cret:x")));
    assertArrayEquals(DISK, read(":a", login(host() + "/vm", "me:s3cret:x")));
    for (Map<String, String> wrong :
        List.of(
            login(host(), "me:wr0ng"),
            Map.<String, String>of(),
            login("example.org", "me:wr0ng"))) {
      IOException error = assertThrows(IOException.class, () -> read(":a", wrong));
      assertFalse(error.getMessage().contains("wr0ng"), error.getMessage());
      assertFalse(error.getMessage().contains("\n"), error.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"BASIC", "TOKEN"})
  void credentialsOfAnotherRegistryStayHere(String door) throws IOException {
    manifest("a", "application/x", blob("application/x", DISK));
    registry.door = StubRegistry.Door.valueOf(door);
    registry.pair = "me:s3cret";
    for (String host :
        List.of("example.org", "127.0.0.1", "127.0.0.1:1", host() + "0", host() + "/other")) {
      assertThrows(IOException.class, () -> read(":a", login(host, "me:s3cret")), host);
      assertEquals(List.of(), registry.authorizations, host);
    }
  }

  /** A server of tokens gets the password, so it is none that is no server, or hides another. */
  @ParameterizedTest
  @ValueSource(
      strings = {"ftp://127.0.0.1/token", "http://joe@127.0.0.1/token", "/token", "http:///token"})
  void tokensComeFromServersOnly(String realm) throws IOException {
    manifest("a", "application/x", blob("application/x", DISK));
    registry.door = StubRegistry.Door.TOKEN;
    registry.pair = "me:s3cret";
    registry.realm = realm;
    IOException error =
        assertThrows(IOException.class, () -> read(":a", login(host(), "me:s3cret")));
    assertTrue(error.getMessage().contains("tokens are not fetched"), error.getMessage());
    assertEquals(0, registry.tokens.get());
  }

  /** The password of what is spoken to by HTTPS goes to no server of tokens by HTTP. */
  @Test
  void tokensOfASecuredRegistryComeEncrypted() throws IOException {
    OciName name = OciName.of(Location.of("oci", "oci://registry.example/vm/disk:a"));
    Map<String, String> environment = login("registry.example", "me:s3cret");
    Credentials known = Credentials.of(environment, name.host(), name.repository());
    assertEquals(Optional.of("me:s3cret"), known.basic());
    try (Registry secured = new Registry(name, environment, "pull", FaultyWay.PATIENCE)) {
      Authority authority = new Authority(name, known, "pull", secured);
      List<String> asked = List.of("Bearer realm=\"http://" + host() + "/token\"");
      IOException error =
          assertThrows(IOException.class, () -> authority.renewed(asked, Optional.empty()));
      assertTrue(error.getMessage().contains("tokens are not fetched"), error.getMessage());
    }
    assertEquals(List.of(), registry.requests);
  }

  @Test
  void aProgramThatKeepsCredentialsIsNotRun() throws IOException {
    registry.door = StubRegistry.Door.BASIC;
    var helper = login("{\"credHelpers\":{\"" + host() + "\":\"pass\"}}");
    IOException error = assertThrows(IOException.class, () -> read(":a", helper));
    assertTrue(error.getMessage().contains("program 'pass', which is not run"), error.getMessage());
    var broken = login("{\"auths\":{\"" + host() + "\":{\"auth\":s3cret}}}");
    error = assertThrows(IOException.class, () -> read(":a", broken));
    assertTrue(error.getMessage().endsWith("not JSON"), error.getMessage());
  }

  @Test
  void credentialsGoToNobodyElse() throws IOException {
    manifest("a", "application/x", blob("application/x", DISK));
    registry.door = StubRegistry.Door.BASIC;
    registry.pair = "me:s3cret";
    try (StubRegistry other = new StubRegistry()) {
      other.blobs.putAll(registry.blobs);
      registry.blobsAt = "http://127.0.0.1:" + other.port();
      assertArrayEquals(DISK, read(":a", login(host(), "me:s3cret")));
      assertEquals(List.of(), other.authorizations);
      assertFalse(other.requests.isEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "oci://127.0.0.1",
        "oci:127.0.0.1/x",
        "oci://h/Upper",
        "oci://h/a//b",
        "oci://h/a:b:c",
        "oci://h/a@sha256:00",
        "oci://u:p@h/a",
        "oci://h/a?x=y",
        "oci://h/a?platform=x",
        "oci://h/a?tls=no"
      })
  void namesAreStrict(String name) {
    IOException error =
        assertThrows(
            IOException.class, () -> new OciProvider().openForReading(Location.of("oci", name)));
    assertFalse(error.getMessage().contains("\n"), error.getMessage());
  }

  @Test
  void namesMeanWhatDockerMeansByThem() throws IOException {
    OciName hub = OciName.of(Location.of("oci", "oci://docker.io/fedora"));
    assertEquals("library/fedora", hub.repository());
    assertEquals("latest", hub.reference());
    assertEquals("https://registry-1.docker.io/v2/", hub.uri("/v2/").toString());
    OciName own = OciName.of(Location.of("oci", "oci://localhost:5000/a/b_c:1.0"));
    assertEquals("http://localhost:5000/v2/", own.uri("/v2/").toString());
    assertEquals("1.0", own.tag());
    assertEquals(
        "http://h.example/",
        OciName.of(Location.of("oci", "oci://h.example/a?tls=off")).uri("/").toString());
  }
}
