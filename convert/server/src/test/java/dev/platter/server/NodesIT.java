package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several nodes over one PostgreSQL: what one is at work on, another leaves alone, or takes over.
 */
@Tag("interop")
@Timeout(120)
class NodesIT {
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";
  private static final String DIRECT = "{\"method\":{\"name\":\"glance-direct\"}}";
  private static PostgresCluster cluster;

  @TempDir Path directory;
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch asked = new CountDownLatch(1);
  private HttpServer web;

  @BeforeAll
  static void startCluster() throws Exception {
    cluster = new PostgresCluster();
  }

  @AfterAll
  static void endCluster() throws Exception {
    cluster.close();
  }

  /** A web server whose first answer stops in the middle, until it is let go. */
  @BeforeEach
  void startWeb() throws IOException {
    web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    web.createContext(
        "/",
        exchange -> {
          boolean first = asked.getCount() > 0;
          exchange.sendResponseHeaders(200, 200_000);
          exchange.getResponseBody().write(new byte[100_000]);
          exchange.getResponseBody().flush();
          asked.countDown();
          try {
            if (first) {
              release.await();
            }
            exchange.getResponseBody().write(new byte[100_000]);
          } catch (InterruptedException | IOException e) {
            // Nobody listens any more.
          }
          exchange.close();
        });
    web.start();
  }

  @AfterEach
  void endWeb() {
    release.countDown();
    web.stop(0);
  }

  private RunningServer node(String name) throws IOException {
    return new RunningServer(directory.resolve(name))
        .on(cluster, name, directory.resolve("stores"));
  }

  private RunningServer sharing(String name) throws IOException {
    return node(name)
        .set("DEFAULT", "node_staging_uri", directory.resolve("staging").toString())
        .set("nodes", "shared_staging", "true");
  }

  private String download() {
    return ("{\"method\":{\"name\":\"web-download\",\"uri\":\"http://127.0.0.1:%d/x\"},"
            + "\"all_stores\":true}")
        .formatted(web.getAddress().getPort());
  }

  private byte[] stored(String id) throws IOException {
    return Files.readAllBytes(directory.resolve("stores/fast").resolve(id));
  }

  private static JsonNode task(RunningServer server, String id) throws IOException {
    return server.ask("GET", "/v2/images/" + id + "/tasks", null).json().path("tasks").path(0);
  }

  @Test
  void aNodeThatStartsLeavesAloneWhatAnotherIsAtWorkOn() throws Exception {
    try (RunningServer first = node("first").start()) {
      String imported = first.create(RunningServer.ADMIN, RAW);
      String uploaded = first.create(RunningServer.ADMIN, RAW);
      assertEquals(
          202, first.ask("POST", "/v2/images/" + imported + "/import", download()).status());
      assertTrue(asked.await(20, TimeUnit.SECONDS));
      CountDownLatch sent = new CountDownLatch(1);
      Thread upload =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  first.ask(
                      "PUT", "/v2/images/" + uploaded + "/file", HeldBody.of(sent, release, 5000));
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      assertTrue(sent.await(20, TimeUnit.SECONDS));
      try (RunningServer second = node("second").start()) {
        Thread.sleep(6000); // until it may judge, and has looked for dead ones
        assertEquals("importing", second.image(imported).path("status").textValue());
        assertEquals("saving", second.image(uploaded).path("status").textValue());
        release.countDown();
        upload.join();
        assertEquals("active", second.settled(imported).path("status").textValue());
        assertEquals("active", second.image(uploaded).path("status").textValue());
        assertEquals("success", task(second, imported).path("status").textValue());
        assertArrayEquals(new byte[200_000], stored(imported));
      }
    }
  }

  @Test
  void whatIsStagedWithANodeIsImportedThereWhoeverIsAsked() throws Exception {
    try (RunningServer first = node("one").set("nodes", "role", "api").start();
        RunningServer second = node("two").start()) {
      String id = first.create(RunningServer.ADMIN, RAW);
      assertEquals(204, first.ask("PUT", "/v2/images/" + id + "/stage", new byte[5000]).status());
      assertEquals(202, second.ask("POST", "/v2/images/" + id + "/import", DIRECT).status());
      JsonNode image = second.settled(id);
      assertEquals("active", image.path("status").textValue(), image::toString);
      assertArrayEquals(new byte[5000], stored(id));
      assertEquals(Set.of(), RunningServer.files(first.staging()));

      String deleted = first.create(RunningServer.ADMIN, RAW);
      first.ask("PUT", "/v2/images/" + deleted + "/stage", new byte[5000]);
      assertEquals(204, second.ask("DELETE", "/v2/images/" + deleted, null).status());
      while (!RunningServer.files(first.staging()).isEmpty()) {
        Thread.sleep(50);
      }
    }
  }

  @Test
  void anImportWaitsForTheNodeThatHasItsDataAndNotForEver() throws Exception {
    try (RunningServer other = node("stays").set("nodes", "longest_absence", "8").start()) {
      String id;
      try (RunningServer gone = node("leaves").start()) {
        id = gone.create(RunningServer.ADMIN, RAW);
        gone.ask("PUT", "/v2/images/" + id + "/stage", new byte[5000]);
      }
      assertEquals("uploading", other.image(id).path("status").textValue());
      other.ask("POST", "/v2/images/" + id + "/import", DIRECT);
      while (!task(other, id).path("message").asText().startsWith("Waits for node leaves")) {
        Thread.sleep(50);
      }
      try (RunningServer back = node("leaves").start()) {
        assertEquals("active", back.settled(id).path("status").textValue());
        id = back.create(RunningServer.ADMIN, RAW);
        back.ask("PUT", "/v2/images/" + id + "/stage", new byte[5000]);
      }
      other.ask("POST", "/v2/images/" + id + "/import", DIRECT);
      JsonNode image = other.settled(id);
      assertEquals("queued", image.path("status").textValue(), image::toString);
      JsonNode task = task(other, id);
      assertEquals("failure", task.path("status").textValue());
      assertTrue(task.path("message").asText().contains("has not been seen"), task::toString);
      RunningServer back = node("leaves").start(); // what was given up does not stay there
      back.close();
      assertEquals(Set.of(), RunningServer.files(back.staging()));
    }
  }

  @Test
  void aNodeThatIsDrainedHandsItsImportsOver() throws Exception {
    RunningServer leaving = sharing("leaving").start();
    String id = leaving.create(RunningServer.ADMIN, RAW);
    leaving.ask("POST", "/v2/images/" + id + "/import", download());
    assertTrue(asked.await(20, TimeUnit.SECONDS));
    String staged = leaving.create(RunningServer.ADMIN, RAW);
    leaving.ask("PUT", "/v2/images/" + staged + "/stage", new byte[5000]);
    try (RunningServer stays = sharing("stays").start()) {
      leaving.close();
      JsonNode image = stays.settled(id);
      assertEquals("active", image.path("status").textValue(), image::toString);
      assertArrayEquals(new byte[200_000], stored(id));
      assertEquals("success", task(stays, id).path("status").textValue());
      stays.ask("POST", "/v2/images/" + staged + "/import", DIRECT);
      assertEquals("active", stays.settled(staged).path("status").textValue());
      assertEquals(Set.of(), RunningServer.files(directory.resolve("staging")));
    }
  }

  @Test
  void imagesAreDeletedByAnyNode() throws Exception {
    try (RunningServer first = sharing("first").start()) {
      String id = first.create(RunningServer.ADMIN, RAW);
      first.ask("POST", "/v2/images/" + id + "/import", download());
      assertTrue(asked.await(20, TimeUnit.SECONDS));
      try (RunningServer second = sharing("second").set("nodes", "role", "api").start()) {
        assertEquals(204, second.ask("DELETE", "/v2/images/" + id, null).status());
        while (first.server().importsUnderWay() > 0) {
          Thread.sleep(20); // although its web server says nothing any more
        }
      }
      assertFalse(Files.exists(directory.resolve("stores/fast").resolve(id)));
    }
  }

  @Test
  void twoNodesDoNotShareAStagingAreaUnsaid() throws Exception {
    try (RunningServer first = node("first").start();
        RunningServer second =
            node("second").set("DEFAULT", "node_staging_uri", first.staging().toString())) {
      IOException refused = assertThrows(IOException.class, second::start);
      assertTrue(refused.getMessage().contains("shared_staging"), refused.getMessage());
    }
  }

  @Test
  void twoNodesDoNotHaveOneName() throws Exception {
    try (RunningServer first = sharing("same").start();
        RunningServer second = sharing("same")) {
      IOException refused = assertThrows(IOException.class, second::start);
      assertTrue(refused.getMessage().contains("node_name = same"), refused.getMessage());
      assertEquals(200, first.ask("GET", "/v2/images", null).status());
    }
    sharing("same").start().close();
  }

  private String settings() {
    return """
    [DEFAULT]
    graceful_shutdown_timeout = 0
    node_name = process
    enabled_backends = fast:file, slow:file
    [glance_store]
    default_backend = fast
    [fast]
    filesystem_store_datadir = %1$s/stores/fast
    [slow]
    filesystem_store_datadir = %1$s/stores/slow
    [import_filtering_opts]
    allowed_ports =
    allowed_networks = 127.0.0.0/8
    [database]
    connection = %2$s
    user = platter
    [nodes]
    heartbeat = 1
    """
        .formatted(directory, cluster.url());
  }

  @Test
  void aWorkerRunsImportsAndAnswersNobody() throws Exception {
    try (RunningServer api = sharing("api").set("nodes", "role", "api").start();
        HttpClient client = HttpClient.newHttpClient()) {
      while (!api.ask("GET", "/healthcheck", null).text().contains("workers: none is seen")) {
        Thread.sleep(100); // nodes of other tests have died before
      }
      String waiting = api.create(RunningServer.ADMIN, RAW);
      release.countDown();
      api.ask("POST", "/v2/images/" + waiting + "/import", download());
      try (NodeProcess worker =
          new NodeProcess(directory.resolve("worker"), settings(), "--worker")) {
        URI url = worker.awaitUrl();
        assertEquals("active", api.settled(waiting).path("status").textValue(), worker.log());
        assertEquals("OK", api.ask("GET", "/healthcheck", null).json().path("status").asText());
        assertEquals(200, get(client, url.resolve("/healthcheck")).statusCode());
        assertEquals(404, get(client, url.resolve("/v2/images")).statusCode());
        assertEquals(404, get(client, url.resolve("/ui")).statusCode());
        String metrics = get(client, url.resolve("/metrics")).body();
        assertTrue(metrics.contains("\nplatter_workers 1.0"), metrics);
        assertTrue(metrics.contains("\nplatter_imports_waiting 0.0"), metrics);
      }
    }
  }

  private static HttpResponse<String> get(HttpClient client, URI url) throws Exception {
    return client.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString());
  }

  @Test
  void whatWasSentToANodeThatDiesIsQueuedAgain() throws Exception {
    try (RunningServer stays = sharing("stays").start();
        HttpClient client = HttpClient.newHttpClient()) {
      NodeProcess dies = new NodeProcess(directory.resolve("dies"), settings());
      URI url = dies.awaitUrl();
      String id = stays.create(RunningServer.ADMIN, RAW);
      CountDownLatch sent = new CountDownLatch(1);
      var unused =
          client.sendAsync(
              HttpRequest.newBuilder(url.resolve("/v2/images/" + id + "/file"))
                  .header("Content-Type", "application/octet-stream")
                  .PUT(HeldBody.of(sent, release, 5000))
                  .build(),
              BodyHandlers.discarding());
      assertTrue(sent.await(20, TimeUnit.SECONDS));
      long killed = System.nanoTime();
      dies.kill();
      while (!stays.image(id).path("status").textValue().equals("queued")) {
        assertTrue(System.nanoTime() - killed < Duration.ofSeconds(60).toNanos());
        Thread.sleep(50);
      }
      assertEquals(204, stays.ask("PUT", "/v2/images/" + id + "/file", new byte[] {1, 2}).status());
    }
  }
}
