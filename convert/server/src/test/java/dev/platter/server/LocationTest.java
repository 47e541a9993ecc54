package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images whose data lie on a web server: both ways to say so, and what is checked. */
class LocationTest {
  private static final String MEMBER = "u:p:member";
  private static final String SERVICE = "nova:services:service";
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";

  @TempDir Path directory;
  private WebFiles web;
  private byte[] content;
  private String url;

  @BeforeEach
  void serve() throws IOException {
    web = new WebFiles();
    content = new byte[3_000_000];
    new Random(1).nextBytes(content);
    url = web.put("disk.raw", content);
  }

  @AfterEach
  void end() {
    web.close();
  }

  private RunningServer server() throws IOException {
    return new RunningServer(directory)
        .set("DEFAULT", "enabled_backends", "fast:file, slow:file, web:http");
  }

  private String digest(String algorithm) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
  }

  private String body(String algorithm, String value) {
    return "{\"url\":\"%s\",\"validation_data\":{\"os_hash_algo\":\"%s\",\"os_hash_value\":\"%s\"}}"
        .formatted(url, algorithm, value);
  }

  private static String places(String id) {
    return "/v2/images/" + id + "/locations";
  }

  @Test
  void digestsThatWereSaidAreCheckedBeforeTheImageCanBeUsed() throws Exception {
    try (RunningServer server = server().start()) {
      String good = server.create(MEMBER, RAW);
      web.gate = new CountDownLatch(1);
      String body = body("sha256", digest("SHA-256"));
      assertEquals(202, server.askAs(MEMBER, "POST", places(good), body).status());
      assertEquals("importing", server.image(good).path("status").textValue());
      assertEquals(409, server.askAs(MEMBER, "POST", places(good), body).status());
      assertEquals(
          409, server.askAs(MEMBER, "PUT", "/v2/images/" + good + "/file", new byte[1]).status());
      web.gate.countDown();
      JsonNode image = server.settled(good);
      assertEquals("active", image.path("status").textValue());
      assertEquals("sha256", image.path("os_hash_algo").textValue());
      assertEquals(digest("SHA-256"), image.path("os_hash_value").textValue());
      assertEquals(digest("MD5"), image.path("checksum").textValue());
      assertEquals(content.length, image.path("size").intValue());
      assertArrayEquals(
          content,
          server.askAs(MEMBER, "GET", "/v2/images/" + good + "/file", null).response().body());

      String bad = server.create(MEMBER, RAW);
      String wrong = body("sha512", "0".repeat(128));
      assertEquals(202, server.askAs(MEMBER, "POST", places(bad), wrong).status());
      image = server.settled(bad);
      assertEquals("queued", image.path("status").textValue());
      assertTrue(image.path("os_hash_value").isNull() && image.path("size").isNull());
      assertEquals("[]", server.askAs(RunningServer.ADMIN, "GET", places(bad), null).text());
      JsonNode task =
          server.ask("GET", "/v2/images/" + bad + "/tasks", null).json().path("tasks").path(0);
      assertEquals("failure", task.path("status").textValue());
      assertTrue(task.path("message").textValue().contains("os_hash_value"), task::toString);
    }
  }

  @Test
  void withoutThemTheImageCanBeUsedAtOnceAndItsDigestsFollow() throws Exception {
    try (RunningServer server = server().set("DEFAULT", "http_retries", "2").start()) {
      String id = server.create(MEMBER, RAW);
      web.gate = new CountDownLatch(1);
      web.failures.set(2);
      String body = "{\"url\":\"" + url + "\"}";
      assertEquals(202, server.askAs(MEMBER, "POST", places(id), body).status());
      JsonNode image = server.image(id);
      for (int i = 0; i < 6000 && !image.path("status").textValue().equals("active"); i++) {
        Thread.sleep(10);
        image = server.image(id);
      }
      assertEquals("active", image.path("status").textValue());
      assertEquals("sha512", image.path("os_hash_algo").textValue());
      assertTrue(image.path("os_hash_value").isNull());
      web.gate.countDown();
      image = server.settled(id);
      assertEquals(digest("SHA-512"), image.path("os_hash_value").textValue());

      String never = server.create(MEMBER, RAW);
      web.failures.set(Integer.MAX_VALUE);
      server.askAs(MEMBER, "POST", places(never), body);
      image = server.settled(never);
      assertEquals("active", image.path("status").textValue());
      assertTrue(image.path("os_hash_algo").isNull(), "nobody waits for digests that do not come");
    }
  }

  @Test
  void whoDoesNotWantDigestsBelievesWhatWasSaid() throws Exception {
    try (RunningServer server = server().set("DEFAULT", "do_secure_hash", "false").start()) {
      String said = server.create(MEMBER, RAW);
      web.failures.set(Integer.MAX_VALUE);
      server.askAs(MEMBER, "POST", places(said), body("sha512", "ab".repeat(64)));
      JsonNode image = server.settled(said);
      assertEquals("active", image.path("status").textValue());
      assertEquals("ab".repeat(64), image.path("os_hash_value").textValue());
    }
  }

  @Test
  void placesAreToldToServicesAndAddedByOwners() throws Exception {
    try (RunningServer server = server().start()) {
      String id =
          server.create(
              MEMBER,
              "{\"disk_format\":\"raw\",\"container_format\":\"bare\","
                  + "\"visibility\":\"community\"}");
      String body = "{\"url\":\"" + url + "\"}";
      String[] wrong = {
        "{}",
        "{\"url\":1}",
        "{\"url\":\"file:///etc/passwd\"}",
        "{\"url\":\"" + url + "\",\"x\":1}",
        body("sha123", digest("SHA-512")),
        body("sha512", digest("SHA-256")),
        body("sha512", "zz".repeat(64)),
        "{\"url\":\"" + url + "\",\"validation_data\":{\"os_hash_value\":\"00\"}}"
      };
      for (String each : wrong) {
        assertEquals(400, server.askAs(MEMBER, "POST", places(id), each).status(), each);
      }
      assertEquals(403, server.askAs("x:q:member", "POST", places(id), body).status());
      try (RunningServer strict =
          new RunningServer(directory.resolve("strict"))
              .set("DEFAULT", "enabled_backends", "fast:file, web:http")
              .set("import_filtering_opts", "allowed_ports", "80")
              .start()) {
        String other = strict.create(MEMBER, RAW);
        assertEquals(400, strict.askAs(MEMBER, "POST", places(other), body).status());
      }
      assertEquals(202, server.askAs(MEMBER, "POST", places(id), body).status());
      server.settled(id);
      assertEquals(403, server.askAs(MEMBER, "GET", places(id), null).status());
      JsonNode list = server.askAs(SERVICE, "GET", places(id), null).json();
      assertEquals(url, list.path(0).path("url").textValue());
      assertEquals("web", list.path(0).path("metadata").path("store").textValue());
      assertEquals(409, server.askAs(MEMBER, "POST", places(id), body).status());
      String missing = server.create(MEMBER, RAW);
      String gone = "{\"url\":\"" + url + ".gone\"}";
      assertEquals(202, server.askAs(MEMBER, "POST", places(missing), gone).status());
      assertEquals("queued", server.settled(missing).path("status").textValue());
    }
  }

  @Test
  void digestsThatAServiceWasComputingWhenItDiedAreComputedByTheNext() throws Exception {
    Path copy = Files.createDirectories(directory.resolve("copy"));
    try (RunningServer server = server().start()) {
      String id = server.create(MEMBER, RAW);
      web.gate = new CountDownLatch(1);
      server.askAs(MEMBER, "POST", places(id), "{\"url\":\"" + url + "\"}");
      while (web.reads.get() == 0) {
        Thread.sleep(10);
      }
      assertEquals("sha512", server.image(id).path("os_hash_algo").textValue());
      // What a dead service leaves.
      Files.copy(directory.resolve("database.mv.db"), copy.resolve("database.mv.db"));
      web.gate.countDown();
      try (RunningServer again =
          new RunningServer(copy)
              .set("DEFAULT", "enabled_backends", "fast:file, slow:file, web:http")
              .start()) {
        JsonNode image = again.settled(id);
        assertEquals("active", image.path("status").textValue());
        assertEquals(128, image.path("os_hash_value").asText().length(), image::toString);
        assertEquals("web", image.path("stores").asText(), image::toString);
      }
    }
  }

  @Test
  void slowServersOfUsersKeepNobodyFromTheDatabase() throws Exception {
    try (RunningServer server =
            server()
                .set("DEFAULT", "show_multiple_locations", "true")
                .set("database", "max_pool_size", "2")
                .start();
        ServerSocket silent = new ServerSocket(0)) {
      String slow = "http://127.0.0.1:" + silent.getLocalPort() + "/x";
      List<Thread> asking = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        String id = server.create(MEMBER, RAW);
        String value = "{\"url\":\"" + slow + i + "\",\"metadata\":{}}";
        asking.add(Thread.ofVirtual().start(() -> quietly(() -> add(server, id, value))));
      }
      for (int i = 0; i < 6; i++) {
        silent.accept(); // They all wait for an answer now.
      }
      long begin = System.nanoTime();
      server.create(MEMBER, RAW);
      assertTrue(System.nanoTime() - begin < 4_000_000_000L);
      asking.forEach(Thread::interrupt);
    }
  }

  private interface Request {
    int send() throws IOException;
  }

  private static void quietly(Request request) {
    try {
      request.send();
    } catch (IOException e) {
      // The service has ended.
    }
  }

  @Test
  void deletingAnImageEndsTheReadingOfItsData() throws Exception {
    try (RunningServer server = server().start()) {
      String id = server.create(MEMBER, RAW);
      web.gate = new CountDownLatch(1);
      server.askAs(MEMBER, "POST", places(id), body("sha512", digest("SHA-512")));
      while (web.reads.get() == 0) {
        Thread.sleep(10);
      }
      assertEquals(204, server.askAs(MEMBER, "DELETE", "/v2/images/" + id, null).status());
      web.gate.countDown();
      String task = "";
      for (int i = 0; i < 6000 && !task.contains("failure"); i++) {
        Thread.sleep(10);
        task = server.ask("GET", "/v2/tasks?type=location_import", null).text();
      }
      assertTrue(task.contains("failure"), task);
      assertEquals(1, web.reads.get());
    }
  }

  @Test
  void patchesSetPlacesAndDigestsWherePlacesAreShown() throws Exception {
    try (RunningServer server =
        server().set("DEFAULT", "show_multiple_locations", "true").start()) {
      String id = server.create(MEMBER, RAW);
      String digests = "{\"os_hash_algo\":\"%s\",\"os_hash_value\":\"%s\"}";
      String place = "{\"url\":\"%s\",\"metadata\":{\"k\":\"v\"},\"validation_data\":%s}";
      String sha = digests.formatted("sha512", digest("SHA-512"));
      String[][] wrong = {
        {digests.formatted("sha256", digest("SHA-256")), "409"},
        {digests.formatted("sha512", "00"), "409"},
        {"{}", "400"}
      };
      for (String[] each : wrong) {
        String value = place.formatted(url, each[0]);
        assertEquals(each[1], String.valueOf(add(server, id, value)), value);
      }
      assertEquals(400, add(server, id, "{\"url\":\"" + url + "\"}"));
      assertEquals(200, add(server, id, place.formatted(url, sha)));
      JsonNode image = server.image(id);
      assertEquals("active", image.path("status").textValue());
      assertEquals(digest("SHA-512"), image.path("os_hash_value").textValue());
      assertEquals(
          "{\"k\":\"v\",\"store\":\"web\"}",
          image.path("locations").path(0).path("metadata").toString());
      // The same digests again are no change; others are one.
      String other = web.put("other.raw", content);
      assertEquals(400, add(server, id, place.formatted(url, sha)), "twice");
      assertEquals(
          409,
          add(server, id, place.formatted(other, digests.formatted("sha512", "00".repeat(64)))));
      assertEquals(200, add(server, id, place.formatted(other, sha)));
      assertEquals(2, server.image(id).path("locations").size());
      String exchange = "[{\"op\":\"replace\",\"path\":\"/locations\",\"value\":[%s]}]";
      String third = web.put("third.raw", content);
      String one = "{\"url\":\"%s\",\"metadata\":{}}";
      assertEquals(
          400,
          server.patch(RunningServer.ADMIN, id, exchange.formatted(one.formatted(third))).status());
      String both = one.formatted(other) + "," + one.formatted(url);
      assertEquals(200, server.patch(RunningServer.ADMIN, id, exchange.formatted(both)).status());
      assertEquals(other, server.image(id).path("locations").path(0).path("url").textValue());
    }
  }

  private static int add(RunningServer server, String id, String value) throws IOException {
    String patch = "[{\"op\":\"add\",\"path\":\"/locations/-\",\"value\":" + value + "}]";
    return server.patch(MEMBER, id, patch).status();
  }
}
