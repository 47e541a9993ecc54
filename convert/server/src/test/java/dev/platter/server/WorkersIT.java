package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Workers that are killed at random while they import: afterwards each image is active and right,
 * or queued with a task that says why, and nothing else lies in stores and in the staging area.
 * Longer with {@code -Dnodes.imports=200 -Dnodes.kills=100 -Dnodes.seed=2}.
 */
@Tag("interop")
class WorkersIT {
  private static final int IMPORTS = Integer.getInteger("nodes.imports", 24);
  private static final int KILLS = Integer.getInteger("nodes.kills", 6);
  private static final int WORKERS = 3;
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";

  @TempDir Path directory;
  private final Random random = new Random(Integer.getInteger("nodes.seed", 1));
  private final Map<String, byte[]> contents = new TreeMap<>();
  private HttpServer web;
  private int started;

  /** An image of its own for each number, which takes some hundred milliseconds to come. */
  private static byte[] content(int number) {
    byte[] content = new byte[300_000 + number % 7 * 40_000];
    new Random(number).nextBytes(content);
    return content;
  }

  private void startWeb() throws IOException {
    web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    web.createContext(
        "/",
        exchange -> {
          byte[] content =
              content(Integer.parseInt(exchange.getRequestURI().getPath().substring(1)));
          exchange.sendResponseHeaders(200, content.length);
          try {
            for (int done = 0; done < content.length; done += 50_000) {
              int length = Math.min(50_000, content.length - done);
              exchange.getResponseBody().write(content, done, length);
              exchange.getResponseBody().flush();
              Thread.sleep(60);
            }
          } catch (InterruptedException | IOException e) {
            // Whoever asked is dead.
          }
          exchange.close();
        });
    web.start();
  }

  private String settings(PostgresCluster cluster, int number) {
    return """
    [DEFAULT]
    graceful_shutdown_timeout = 0
    enabled_backends = fast:file, slow:file
    node_staging_uri = %1$s/staging
    node_name = worker-%3$d
    [glance_store]
    default_backend = fast
    [fast]
    filesystem_store_datadir = %1$s/stores/fast
    [slow]
    filesystem_store_datadir = %1$s/stores/slow
    [import_filtering_opts]
    allowed_ports =
    allowed_networks = 127.0.0.0/8
    [taskflow_executor]
    max_workers = 4
    [database]
    connection = %2$s
    user = platter
    max_pool_size = 8
    [nodes]
    heartbeat = 1
    project_priorities = nobody:1
    shared_staging = true
    """
        .formatted(directory, cluster.url(), number);
  }

  private NodeProcess worker(PostgresCluster cluster) throws IOException {
    int number = started++;
    return new NodeProcess(
        directory.resolve("worker" + number), settings(cluster, number), "--worker");
  }

  /** Asks for an import: of what is staged, or of what is on the web, into one store or both. */
  private void begin(RunningServer api, int number) throws IOException {
    String id = api.create("u:p" + number % 3 + ":member", RAW);
    contents.put(id, content(number));
    String method =
        "{\"name\":\"web-download\",\"uri\":\"http://127.0.0.1:%d/%d\"}"
            .formatted(web.getAddress().getPort(), number);
    if (number % 4 == 0) {
      assertEquals(204, api.ask("PUT", "/v2/images/" + id + "/stage", content(number)).status());
      method = "{\"name\":\"glance-direct\"}";
    }
    String stores = number % 2 == 0 ? "\"all_stores\":true" : "\"stores\":[\"slow\"]";
    boolean all = number % 5 != 0;
    String body =
        "{\"method\":%s,%s,\"all_stores_must_succeed\":%s}".formatted(method, stores, all);
    RunningServer.Answer begun = api.ask("POST", "/v2/images/" + id + "/import", body);
    assertEquals(202, begun.status(), begun::text);
  }

  @Test
  void killsOfWorkersLoseNothingAndLeaveNothing() throws Exception {
    startWeb();
    List<NodeProcess> workers = new ArrayList<>();
    try (PostgresCluster cluster = new PostgresCluster();
        RunningServer api =
            new RunningServer(directory.resolve("api"))
                .on(cluster, "api", directory.resolve("stores"))
                .set("nodes", "role", "api")
                .set("nodes", "shared_staging", "true")
                .set("DEFAULT", "node_staging_uri", directory.resolve("staging").toString())
                .start()) {
      for (int i = 0; i < WORKERS; i++) {
        workers.add(worker(cluster));
      }
      for (NodeProcess worker : workers) {
        worker.awaitUrl();
      }
      for (int i = 0; i < IMPORTS; i++) {
        begin(api, i);
      }
      for (int i = 0; i < KILLS; i++) {
        int victim = random.nextInt(WORKERS);
        workers.get(victim).awaitUrl();
        Thread.sleep(random.nextInt(1000));
        workers.get(victim).kill();
        workers.set(victim, worker(cluster));
      }
      int active = 0;
      for (String id : contents.keySet()) {
        active += check(api, id) ? 1 : 0;
      }
      System.out.printf(
          "%d imports, %d kills: %d active, %d queued again%n",
          IMPORTS, KILLS, active, IMPORTS - active);
      assertTrue(active > IMPORTS / 2, "most come through");
      nothingElseIsThere(api);
    } finally {
      workers.forEach(NodeProcess::close);
      web.stop(0);
    }
  }

  /** Whether an image is active; it is right, then. */
  private boolean check(RunningServer api, String id) throws Exception {
    JsonNode image = settled(api, id);
    JsonNode task =
        api.ask("GET", "/v2/images/" + id + "/tasks", null).json().path("tasks").path(0);
    if (image.path("status").textValue().equals("active")) {
      for (String store : image.path("stores").textValue().split(",", -1)) {
        Path file = directory.resolve("stores").resolve(store).resolve(id);
        assertArrayEquals(contents.get(id), Files.readAllBytes(file), store);
      }
      assertEquals(contents.get(id).length, image.path("size").longValue());
      return true;
    }
    assertEquals("queued", image.path("status").textValue(), image::toString);
    assertEquals("failure", task.path("status").textValue(), task::toString);
    assertFalse(task.path("message").asText().isEmpty(), task::toString);
    System.out.println("queued: " + task.path("message").asText());
    return false;
  }

  private static JsonNode settled(RunningServer api, String id) throws Exception {
    long end = System.nanoTime() + Duration.ofMinutes(5).toNanos();
    while (System.nanoTime() < end) {
      JsonNode image = api.image(id);
      if (!image.has("os_glance_import_task")) {
        return image;
      }
      Thread.sleep(50);
    }
    throw new AssertionError("the import does not end: " + api.image(id));
  }

  /** In the stores are the images that are active, and in the staging area is nothing. */
  private void nothingElseIsThere(RunningServer api) throws Exception {
    for (String store : List.of("fast", "slow")) {
      Set<String> known = new TreeSet<>();
      for (String id : contents.keySet()) {
        if (List.of(api.image(id).path("stores").asText().split(",", -1)).contains(store)) {
          known.add(id);
        }
      }
      assertEquals(known, RunningServer.files(directory.resolve("stores").resolve(store)), store);
    }
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!RunningServer.files(directory.resolve("staging")).isEmpty()
        && System.nanoTime() < end) {
      Thread.sleep(100); // a node looks now and then
    }
    assertEquals(Set.of(), RunningServer.files(directory.resolve("staging")));
  }
}
