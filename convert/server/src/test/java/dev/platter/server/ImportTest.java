package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.platter.server.RunningServer.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Imports over the wire: who may, when, from where, into which stores, and what is left. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImportTest {
  private static final String RAW = "\"disk_format\":\"raw\",\"container_format\":\"bare\"";
  private static final String DIRECT = "{\"method\":{\"name\":\"glance-direct\"}%s}";

  private RunningServer server;
  private HttpServer web;
  private final byte[] content = new byte[1_000_000];
  private final CountDownLatch goOn = new CountDownLatch(1);

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    new Random(5).nextBytes(content);
    server =
        new RunningServer(directory)
            .set(
                "image_import_opts",
                "image_import_plugins",
                "[image_conversion, inject_image_metadata, image_introspection]")
            .set("image_conversion", "output_format", "qcow2")
            .set("inject_metadata_properties", "inject", "site:north,owner_note:a;b")
            .set("import_filtering_opts", "disallowed_hosts", "evil.example")
            .set("DEFAULT", "image_size_cap", "2000000")
            .start();
    web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    web.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          if (path.equals("/redirect")) {
            exchange.getResponseHeaders().set("Location", "http://169.254.169.254/latest");
            exchange.sendResponseHeaders(302, -1);
          } else if (path.equals("/large")) {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(new byte[2_000_001]);
          } else {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, 500_000);
            exchange.getResponseBody().flush();
            if (path.equals("/slow")) {
              await();
            }
            exchange.getResponseBody().write(content, 500_000, 500_000);
          }
          exchange.close();
        });
    web.start();
  }

  private void await() {
    try {
      assertTrue(goOn.await(60, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterAll
  void end() throws IOException {
    goOn.countDown();
    server.close();
    web.stop(0);
  }

  private void expect(int status, String message, Answer answer) {
    assertEquals(status, answer.status(), answer::text);
    assertTrue(answer.text().contains(message), answer::text);
  }

  private Answer begin(String token, String id, String document) throws IOException {
    return server.askAs(token, "POST", "/v2/images/" + id + "/import", document);
  }

  private Answer download(String id, String uri) throws IOException {
    return begin(
        RunningServer.ADMIN,
        id,
        "{\"method\":{\"name\":\"web-download\",\"uri\":\"%s\"}}".formatted(uri));
  }

  private String here(String path) {
    return "http://127.0.0.1:" + web.getAddress().getPort() + path;
  }

  private String staged(String token) throws IOException {
    String id = server.create(token, "{" + RAW + "}");
    expect(204, "", server.askAs(token, "PUT", "/v2/images/" + id + "/stage", content));
    return id;
  }

  private JsonNode failed(String id, String reason) throws IOException {
    JsonNode image = server.settled(id);
    assertEquals("queued", image.path("status").textValue(), image::toString);
    JsonNode task = server.ask("GET", "/v2/images/" + id + "/tasks", null).json();
    String message = task.path("tasks").path(0).path("message").textValue();
    assertEquals("failure", task.path("tasks").path(0).path("status").textValue());
    assertTrue(message.contains(reason), message);
    assertFalse(RunningServer.files(server.staging()).contains(id + ".platter-staged"));
    for (String store : new String[] {"fast", "slow"}) {
      assertFalse(RunningServer.files(server.storeDirectory(store)).contains(id));
    }
    return image;
  }

  @Test
  void whatCannotBeginIsRefusedAtOnce() throws IOException {
    String id = server.create(RunningServer.ADMIN, "{" + RAW + "}");
    String admin = RunningServer.ADMIN;
    expect(400, "requires a 'name' field", begin(admin, id, "{}"));
    expect(400, "Unknown import method", begin(admin, id, "{\"method\":{\"name\":\"x\"}}"));
    expect(409, "needs to be staged", begin(admin, id, DIRECT.formatted("")));
    expect(
        409,
        "Only images with status active",
        begin(admin, id, "{\"method\":{\"name\":\"copy-image\"}}"));
    expect(400, "'uri' field", begin(admin, id, "{\"method\":{\"name\":\"web-download\"}}"));
    String filtered = "URI for web-download does not pass filtering: ";
    for (String uri :
        List.of(
            "ftp://example.org/x", "file:///etc/passwd", "/x", "http://evil.example/x", "a b")) {
      expect(400, filtered + uri, download(id, uri));
    }
    String bare = server.create(admin, "{}");
    expect(409, "'container_format' needs to be set", download(bare, here("/x")));
    String ready = staged(admin);
    expect(
        409,
        "is not an enabled store",
        begin(admin, ready, DIRECT.formatted(",\"stores\":[\"x\"]")));
    expect(
        400,
        "can't be used",
        begin(admin, ready, DIRECT.formatted(",\"stores\":[\"fast\"],\"all_stores\":true")));
    expect(404, "No image", begin("bob:p2:member", ready, DIRECT.formatted("")));
    assertEquals("uploading", server.image(ready).path("status").textValue());
  }

  @Test
  void aStagedImageBecomesWhatTheDeployerWants() throws IOException {
    String id = staged("alice:p1:member");
    expect(202, "", begin("alice:p1:member", id, DIRECT.formatted("")));
    JsonNode image = server.settled(id);
    assertEquals("active", image.path("status").textValue(), image::toString);
    assertEquals("qcow2", image.path("disk_format").textValue());
    assertEquals("bare", image.path("container_format").textValue());
    assertEquals(1_000_448, image.path("virtual_size").intValue());
    assertEquals("north", image.path("site").textValue());
    assertEquals("a;b", image.path("owner_note").textValue());
    assertEquals("", image.path("os_glance_importing_to_stores").textValue());
    assertFalse(RunningServer.files(server.staging()).contains(id + ".platter-staged"));
    Path stored = server.storeDirectory("fast").resolve(id);
    assertEquals(Files.size(stored), image.path("size").longValue());
  }

  @Test
  void administratorsGetNothingInjected() throws IOException {
    String id = staged(RunningServer.ADMIN);
    begin(RunningServer.ADMIN, id, DIRECT.formatted(""));
    assertFalse(server.settled(id).has("site"));
  }

  @Test
  void anImageHasOneImportAtATime() throws IOException {
    String id = server.create(RunningServer.ADMIN, "{" + RAW + "}");
    expect(202, "", download(id, here("/slow")));
    expect(409, "import in progress", download(id, here("/x")));
    expect(409, "", begin(RunningServer.ADMIN, id, DIRECT.formatted("")));
    JsonNode image = server.image(id);
    assertEquals("importing", image.path("status").textValue());
    assertEquals("fast", image.path("os_glance_importing_to_stores").textValue());
    expect(409, "", server.ask("PUT", "/v2/images/" + id + "/file", new byte[1]));
    goOn.countDown();
    assertEquals("active", server.settled(id).path("status").textValue());
  }

  @Test
  void failedDownloadsLeaveTheImageQueuedAndTellTheReason() throws IOException {
    for (String[] pathAndReason :
        new String[][] {{"/redirect", "169.254.169.254"}, {"/large", "2000000"}, {"/x", "qcow2"}}) {
      String format = pathAndReason[0].equals("/x") ? "qcow2" : "raw";
      String id =
          server.create(
              RunningServer.ADMIN,
              "{\"disk_format\":\"%s\",\"container_format\":\"bare\"}".formatted(format));
      expect(202, "", download(id, here(pathAndReason[0])));
      failed(id, pathAndReason[1]);
    }
    String id = server.create(RunningServer.ADMIN, "{" + RAW + "}");
    expect(202, "", download(id, "http://127.0.0.1:1/refused"));
    failed(id, "127.0.0.1");
  }

  @Test
  void hostileImagesAreRefusedWithTheReason() throws IOException {
    byte[] qcow2 = new byte[65536 * 4];
    ByteBuffer header = ByteBuffer.wrap(qcow2);
    header.putInt(0x514649FB).putInt(2).putLong(200).putInt(11).putInt(16).putLong(1 << 20);
    header.putInt(0).putInt(1).putLong(65536).putLong(131_072).putInt(1);
    System.arraycopy("/etc/passwd".getBytes(StandardCharsets.US_ASCII), 0, qcow2, 200, 11);
    byte[] vmdk = new byte[4096];
    byte[] descriptor =
        """
        # Disk DescriptorFile
        version=1
        CID=fffffffe
        parentCID=ffffffff
        createType="monolithicFlat"
        RW 8 FLAT "/etc/passwd" 0
        """
            .getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(descriptor, 0, vmdk, 0, descriptor.length);
    record Hostile(String format, byte[] content, String reason) {}
    for (Hostile hostile :
        List.of(
            new Hostile("qcow2", qcow2, "backing_file"),
            new Hostile("raw", qcow2, "not safe"),
            new Hostile("vmdk", vmdk, "in the file '/etc/passwd'"))) {
      String id =
          server.create(
              RunningServer.ADMIN,
              "{\"disk_format\":\"%s\",\"container_format\":\"bare\"}".formatted(hostile.format()));
      server.ask("PUT", "/v2/images/" + id + "/stage", hostile.content());
      expect(202, "", begin(RunningServer.ADMIN, id, DIRECT.formatted("")));
      failed(id, hostile.reason());
      Answer uploaded = server.ask("PUT", "/v2/images/" + id + "/file", hostile.content());
      assertEquals(400, uploaded.status(), uploaded::text);
    }
  }

  @Test
  void oneStoreThatFailsIsNamedOrUndoesTheRest() throws IOException {
    Path slow = server.storeDirectory("slow");
    Path away = slow.resolveSibling("away");
    String tolerant = staged(RunningServer.ADMIN);
    String strict = staged(RunningServer.ADMIN);
    Files.move(slow, away);
    try {
      String direct = server.create(RunningServer.ADMIN, "{" + RAW + "}");
      expect(
          503,
          "slow",
          server.askAs(
              RunningServer.ADMIN,
              "PUT",
              "/v2/images/" + direct + "/file",
              content,
              "x-image-meta-store",
              "slow"));
      String all = ",\"all_stores\":true,\"all_stores_must_succeed\":%s";
      expect(202, "", begin(RunningServer.ADMIN, tolerant, DIRECT.formatted(all.formatted(false))));
      JsonNode image = server.settled(tolerant);
      assertEquals("active", image.path("status").textValue(), image::toString);
      assertEquals("fast", image.path("stores").textValue());
      assertEquals("slow", image.path("os_glance_failed_import").textValue());
      expect(202, "", begin(RunningServer.ADMIN, strict, DIRECT.formatted(all.formatted(true))));
      JsonNode undone = server.settled(strict);
      assertEquals("queued", undone.path("status").textValue(), undone::toString);
      assertFalse(RunningServer.files(server.storeDirectory("fast")).contains(strict));
    } finally {
      Files.move(away, slow);
    }
  }

  @Test
  void anImageThatIsDeletedMeanwhileLeavesNothing() throws IOException, InterruptedException {
    String id = server.create(RunningServer.ADMIN, "{" + RAW + "}");
    expect(202, "", download(id, here("/x")));
    expect(204, "", server.ask("DELETE", "/v2/images/" + id, null));
    for (int i = 0; i < 200; i++) {
      String metrics = server.ask("GET", "/metrics", null).text();
      if (metrics.contains("platter_imports_in_progress 0")) {
        break;
      }
      Thread.sleep(20);
    }
    Set<String> fast = RunningServer.files(server.storeDirectory("fast"));
    assertFalse(fast.contains(id), fast::toString);
  }

  @Test
  void legacyTasksMakeAnImageOrNothing() throws IOException, InterruptedException {
    String input =
        "{\"type\":\"import\",\"input\":{\"import_from\":\"%s\",\"import_from_format\":\"%s\","
            + "\"image_properties\":{\"name\":\"%s\"}}}";
    expect(400, "Invalid task type", server.ask("POST", "/v2/tasks", "{\"type\":\"x\"}"));
    expect(
        400,
        "'import_from'",
        server.ask("POST", "/v2/tasks", "{\"type\":\"import\",\"input\":{}}"));
    expect(
        400,
        "filtering",
        server.ask("POST", "/v2/tasks", input.formatted("file:///etc/passwd", "raw", "x")));
    expect(403, "tasks_api_access", server.askAs("a:p1:member", "POST", "/v2/tasks", "{}"));
    for (String format : new String[] {"raw", "vmdk"}) {
      Answer made =
          server.ask("POST", "/v2/tasks", input.formatted(here("/x"), format, "t" + format));
      expect(201, "pending", made);
      String id = made.json().path("id").textValue();
      JsonNode task = made.json();
      for (int i = 0; i < 3000 && !Set.of("success", "failure").contains(status(task)); i++) {
        Thread.sleep(20);
        task = server.ask("GET", "/v2/tasks/" + id, null).json();
      }
      assertEquals(format.equals("raw") ? "success" : "failure", status(task), task::toString);
      JsonNode images = server.ask("GET", "/v2/images?name=t" + format, null).json();
      assertEquals(format.equals("raw") ? 1 : 0, images.path("images").size());
    }
    JsonNode list = server.ask("GET", "/v2/tasks?type=import&limit=1", null).json();
    assertEquals(1, list.path("tasks").size());
    String next = list.path("next").textValue();
    assertEquals(1, server.ask("GET", next, null).json().path("tasks").size());
  }

  private static String status(JsonNode task) {
    return task.path("status").textValue();
  }

  @Test
  void stagedDataMayNotBeLargerThanAllowed() throws IOException {
    String id = server.create(RunningServer.ADMIN, "{" + RAW + "}");
    Answer large =
        server.ask("PUT", "/v2/images/" + id + "/stage", Arrays.copyOf(content, 2_000_001));
    assertEquals(413, large.status(), large::text);
    assertEquals("queued", server.image(id).path("status").textValue());
    assertFalse(RunningServer.files(server.staging()).contains(id + ".platter-staged"));
  }
}
