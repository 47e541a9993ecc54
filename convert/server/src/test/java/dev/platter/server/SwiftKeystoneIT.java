package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.config.IniFile;
import dev.platter.server.config.StoreConfig;
import dev.platter.server.swift.ImageOwners;
import dev.platter.server.swift.SwiftSettings;
import dev.platter.server.swift.SwiftStore;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreWriter;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images in a real Swift that a real Keystone lets at. */
@Tag("interop")
@Timeout(180)
class SwiftKeystoneIT {
  @TempDir static Path directory;
  private static RealKeystone keystone;
  private static RealSwift swift;
  private static String project;

  @BeforeAll
  static void start() throws IOException {
    keystone = new RealKeystone(Files.createDirectory(directory.resolve("keystone")));
    swift = RealSwift.behind(Files.createDirectory(directory.resolve("swift")), keystone);
    project = keystone.make("project", "{\"name\":\"images\"}");
    keystone.user("glance", "member", project);
    String porter = keystone.user("porter", "member", project);
    keystone.ask(
        "PUT",
        "/projects/" + project + "/users/" + porter + "/roles/" + keystone.role("ResellerAdmin"),
        "");
    String service = keystone.make("service", "{\"type\":\"object-store\"}");
    endpoint(service, "elsewhere", "http://127.0.0.1:1/v1/AUTH_%(project_id)s");
    endpoint(service, "here", swift.url() + "/v1/AUTH_%(project_id)s/");
  }

  @AfterAll
  static void stop() throws IOException {
    if (swift != null) {
      swift.close();
    }
    if (keystone != null) {
      keystone.close();
    }
  }

  private static Map<String, String> settings(String user) {
    Map<String, String> settings = new HashMap<>();
    settings.put("swift_store_auth_address", keystone.url());
    settings.put("swift_store_user", "images:" + user);
    settings.put("swift_store_key", RealKeystone.PASSWORD);
    settings.put("swift_store_region", "here");
    settings.put("swift_store_endpoint_type", "internalURL");
    settings.put("swift_store_create_container_on_put", "true");
    settings.put("swift_store_large_object_size", "1");
    settings.put("swift_store_large_object_chunk_size", "1");
    return settings;
  }

  private static Map<String, String> multiTenant(String user) {
    Map<String, String> settings = settings(user);
    settings.put("swift_store_multi_tenant", "true");
    settings.put("swift_store_admin_tenants", "auditors, " + project);
    return settings;
  }

  private static SwiftStore store(Map<String, String> settings, ImageOwners owners)
      throws IOException {
    IniFile ini = IniFile.empty();
    settings.forEach((key, value) -> ini.set("cloud", key, value));
    return SwiftStore.create(SwiftSettings.read(StoreConfig.named(ini, "cloud", "swift")), owners);
  }

  private static SwiftStore store(Map<String, String> settings) throws IOException {
    return store(settings, id -> Optional.empty());
  }

  private static byte[] content() {
    byte[] content = new byte[2_500_000];
    Arrays.fill(content, (byte) 7);
    return content;
  }

  private static String put(SwiftStore store, String id) throws IOException {
    byte[] content = content();
    try (StoreWriter writer = store.begin(id, OptionalLong.of(content.length))) {
      writer.storage().write(0, MemorySegment.ofArray(content));
      return writer.commit().location();
    }
  }

  private static void assertHolds(SwiftStore store, String location) throws IOException {
    byte[] back = new byte[content().length];
    try (Storage storage = store.open(location)) {
      storage.readFully(0, MemorySegment.ofArray(back));
    }
    assertArrayEquals(content(), back);
  }

  /** What a user of a project gets there by a token of their own. */
  private static HttpResponse<byte[]> ask(String token, String method, String url)
      throws IOException {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create(url))
                  .header("X-Auth-Token", token)
                  .method(method, HttpRequest.BodyPublishers.noBody())
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static String member(String name, String of) throws IOException {
    keystone.user(name, "member", of);
    return keystone.token(name, "{\"project\":{\"id\":\"" + of + "\"}}");
  }

  private static void endpoint(String service, String region, String url) throws IOException {
    keystone.ask("PUT", "/regions/" + region, "{\"region\":{}}");
    keystone.make(
        "endpoint",
        "{\"service_id\":\"%s\",\"interface\":\"internal\",\"region_id\":\"%s\",\"url\":\"%s\"}"
            .formatted(service, region, url));
  }

  @Test
  void theCatalogueTellsWhereTheAccountIs() throws IOException {
    Map<String, String> settings = settings("glance");
    SwiftStore store = store(settings);
    String location = put(store, "image");
    assertEquals("swift+config://ref1/glance/image", location);
    assertHolds(store, location);
    settings.put("swift_store_endpoint", swift.url() + "/v1/AUTH_" + project);
    settings.put("swift_store_region", "nowhere");
    assertTrue(store(settings).exists(location));
    settings.remove("swift_store_endpoint");
    assertSaid("no internal endpoint of object-store in region nowhere", settings, location);
    settings.put("swift_store_region", "here");
    settings.put("swift_store_key", "wrong");
    assertSaid("answered with status 401", settings, location);
    assertTrue(store.delete(location));
  }

  @Test
  void imagesLieInTheAccountsOfTheirOwners() throws IOException {
    String owner = keystone.make("project", "{\"name\":\"owner\"}");
    String token = member("olga", owner);
    ImageOwners owners =
        id -> id.startsWith("theirs") ? Optional.of(owner) : Optional.<String>empty();
    SwiftStore store = store(multiTenant("porter"), owners);
    String account = swift.url() + "/v1/AUTH_" + owner;
    String location = put(store, "theirs");
    assertEquals("swift+" + account + "/glance_theirs/theirs", location);
    assertHolds(store, location);
    assertThrows(StoreException.class, () -> store.begin("theirs", OptionalLong.empty()));
    HttpResponse<byte[]> got = ask(token, "GET", account + "/glance_theirs/theirs");
    assertEquals(200, got.statusCode());
    assertArrayEquals(content(), got.body());
    HttpResponse<byte[]> container = ask(token, "GET", account + "/glance_theirs?format=json");
    String readers = "auditors:*," + project + ":*";
    assertEquals(readers, container.headers().firstValue("X-Container-Read").orElse(""));
    assertEquals(readers, container.headers().firstValue("X-Container-Write").orElse(""));
    // Whoever it belongs to by now: the location says where it is.
    SwiftStore later = store(multiTenant("porter"), id -> Optional.empty());
    assertHolds(later, location);
    assertTrue(later.delete(location));
    assertEquals(404, ask(token, "GET", account + "/glance_theirs?format=json").statusCode());
    assertFalse(later.delete(location));

    String nobodys = put(store, "nobodys");
    assertEquals(
        "swift+" + swift.url() + "/v1/AUTH_" + project + "/glance_nobodys/nobodys", nobodys);
    assertTrue(store.holdsImages());
    assertTrue(store.delete(nobodys));
    assertFalse(store.holdsImages());
  }

  @Test
  void whatBreaksOffLeavesNothingInTheOwnersAccount() throws IOException {
    String owner = keystone.make("project", "{\"name\":\"unlucky\"}");
    String token = member("uma", owner);
    SwiftStore store = store(multiTenant("porter"), id -> Optional.of(owner));
    String container = swift.url() + "/v1/AUTH_" + owner + "/glance_half";
    try (StoreWriter writer = store.begin("half", OptionalLong.of(2_500_000))) {
      writer.storage().write(0, MemorySegment.ofArray(content()).asSlice(0, 1_500_000));
      assertEquals(200, ask(token, "GET", container + "?format=json").statusCode());
    }
    assertEquals(404, ask(token, "GET", container + "?format=json").statusCode());
    // A process that died has not closed its writer.
    ask(token, "PUT", container);
    ask(token, "PUT", container + "/half/0011223344556677/00000001");
    store.removeUnfinished("half");
    assertEquals(404, ask(token, "GET", container + "?format=json").statusCode());
    String whole = put(store, "half");
    store.removeUnfinished("half");
    assertHolds(store, whole);
    assertTrue(store.delete(whole));
  }

  @Test
  void otherAccountsAreForUsersWhoMayAndForLocationsOfTheStore() throws IOException {
    String owner = keystone.make("project", "{\"name\":\"other\"}");
    SwiftStore denied = store(multiTenant("glance"), id -> Optional.of(owner));
    StoreException refused =
        assertThrows(StoreException.class, () -> denied.begin("a", OptionalLong.empty()));
    assertTrue(refused.getMessage().contains("refuses the store's user (status 403)"));
    SwiftStore store = store(multiTenant("porter"), id -> Optional.of("no/project"));
    assertThrows(StoreException.class, () -> store.locationOf("a"));
    String account = "swift+" + swift.url() + "/v1/AUTH_" + owner;
    for (String location :
        List.of(
            "swift+config://ref1/glance/a",
            "swift+http://127.0.0.1:1/v1/AUTH_" + owner + "/glance_a/a",
            account + "/glance_b/a",
            account + "/glance/a",
            account + "/more/glance_a/a",
            "swift+" + swift.url() + "/v1/AUTH_/glance_a/a")) {
      StoreException foreign =
          assertThrows(StoreException.class, () -> store.exists(location), location);
      assertEquals(StoreException.Kind.NOT_FOUND, foreign.kind(), location);
    }
  }

  @Test
  void theServiceKnowsTheOwners() throws IOException {
    String owner = keystone.make("project", "{\"name\":\"served\"}");
    String token = member("sven", owner);
    try (RunningServer server = new RunningServer(Files.createDirectory(directory.resolve("s")))) {
      server.set("DEFAULT", "enabled_backends", "cloud:swift");
      server.set("glance_store", "default_backend", "cloud");
      multiTenant("porter").forEach((key, value) -> server.set("cloud", key, value));
      server.start();
      String caller = "sven:" + owner + ":member";
      String id = server.create(caller, "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}");
      String file = "/v2/images/" + id + "/file";
      assertEquals(204, server.askAs(caller, "PUT", file, content()).status());
      String object = swift.url() + "/v1/AUTH_" + owner + "/glance_" + id + "/" + id;
      assertArrayEquals(content(), ask(token, "GET", object).body());
      assertArrayEquals(content(), server.askAs(caller, "GET", file, null).response().body());
      assertEquals(200, server.ask("GET", "/healthcheck", null).status());
      assertEquals(204, server.askAs(caller, "DELETE", "/v2/images/" + id, null).status());
      assertEquals(404, ask(token, "HEAD", object).statusCode());
    }
  }

  private static void assertSaid(String words, Map<String, String> settings, String location) {
    StoreException refused =
        assertThrows(StoreException.class, () -> store(settings).exists(location));
    assertEquals(StoreException.Kind.UNAVAILABLE, refused.kind());
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
  }
}
