package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.platter.server.http.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The service is killed in the middle of imports, and started again: it begins them anew, and what
 * it finds of them does not stay.
 */
class RestartIT {
  private static final int SIZE = 3 << 20;

  @TempDir Path directory;
  private final HttpClient client = HttpClient.newHttpClient();
  private final byte[] content = new byte[SIZE];
  private final Semaphore halfway = new Semaphore(0);
  private volatile int stopAfter = Integer.MAX_VALUE;
  private HttpServer web;
  private Process process;
  private String url;

  @BeforeEach
  void prepare() throws IOException {
    new Random(7).nextBytes(content);
    for (String store : new String[] {"fast", "slow"}) {
      Files.createDirectories(directory.resolve(store));
    }
    Files.writeString(
        directory.resolve("config"),
        """
        [DEFAULT]
        bind_port = 0
        enabled_backends = fast:file, slow:file
        [fast]
        filesystem_store_datadir = %1$s/fast
        [slow]
        filesystem_store_datadir = %1$s/slow
        [image_import_opts]
        image_import_plugins = [image_conversion]
        [image_conversion]
        output_format = qcow2
        [import_filtering_opts]
        allowed_ports =
        allowed_networks = 127.0.0.0/8
        """
            .formatted(directory));
    web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, SIZE);
          int now = Math.min(SIZE, stopAfter);
          exchange.getResponseBody().write(content, 0, now);
          exchange.getResponseBody().flush();
          halfway.release();
          if (now == SIZE) {
            exchange.close();
          } // else the rest never comes
        });
    web.start();
  }

  @AfterEach
  void end() {
    web.stop(0);
    client.close();
    if (process != null) {
      process.destroyForcibly();
    }
  }

  private void start() throws IOException {
    launch();
    BufferedReader out = process.inputReader();
    String line = out.readLine();
    assertTrue(
        line != null && line.startsWith("port "),
        () -> "it does not start: " + line + "\n" + log());
    url = "http://127.0.0.1:" + line.substring(5);
  }

  private void launch() throws IOException {
    process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                HaltingServer.class.getName(),
                directory.resolve("config").toString(),
                directory.resolve("data").toString(),
                directory.resolve("halt").toString())
            .redirectError(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
            .start();
  }

  private String log() {
    try {
      return Files.readString(directory.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private HttpResponse<String> ask(String method, String path, String body, String type)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(url + path))
            .header("Accept", "application/json")
            .header("Content-Type", type)
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode get(String path) throws IOException, InterruptedException {
    return Json.parse(ask("GET", path, "", "application/json").body());
  }

  private String create() throws IOException, InterruptedException {
    String record = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";
    return Json.parse(ask("POST", "/v2/images", record, "application/json").body())
        .path("id")
        .textValue();
  }

  private void begin(String id, String more) throws IOException, InterruptedException {
    String uri = "http://127.0.0.1:" + web.getAddress().getPort() + "/disk";
    String body = "{\"method\":{\"name\":\"web-download\",\"uri\":\"" + uri + "\"}" + more + "}";
    HttpResponse<String> begun =
        ask("POST", "/v2/images/" + id + "/import", body, "application/json");
    assertEquals(202, begun.statusCode(), begun::body);
  }

  private void mustDie() throws InterruptedException {
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it lives on");
    assertEquals(137, process.exitValue());
  }

  private JsonNode settled(String id) throws IOException, InterruptedException {
    for (int i = 0; i < 1000; i++) {
      JsonNode image = get("/v2/images/" + id);
      if (!image.has("os_glance_import_task")) {
        return image;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("the import does not end");
  }

  private void haltAt(String point) throws IOException {
    Files.writeString(directory.resolve("halt"), point);
  }

  private Set<String> files(String store) throws IOException {
    return RunningServer.files(directory.resolve(store));
  }

  private void mustBeWhole(String point, String id) throws IOException, InterruptedException {
    JsonNode image = settled(id);
    assertEquals("active", image.path("status").textValue(), point + image + log());
    assertEquals("fast,slow", image.path("stores").textValue(), point + image);
    assertEquals("qcow2", image.path("disk_format").textValue(), point + image);
    JsonNode tasks = get("/v2/images/" + id + "/tasks").path("tasks");
    assertEquals(1, tasks.size(), point + tasks);
    assertEquals("success", tasks.path(0).path("status").textValue(), point + tasks);
    for (String store : List.of("fast", "slow")) {
      assertEquals(
          image.path("size").longValue(), Files.size(directory.resolve(store).resolve(id)), point);
    }
    assertEquals(Set.of(), files("data/staging"), point);
  }

  @Test
  void anImportThatWasKilledBeginsAgain() throws Exception {
    haltAt("");
    start();
    for (String point :
        List.of(
            "phase FETCHING",
            "received 1000000",
            "phase INSPECTING",
            "phase STORING",
            "progress STORING",
            "before stored fast",
            "after stored fast",
            "before stored slow",
            "after stored slow",
            "phase CLEANING",
            "completed")) {
      String id = create();
      stopAfter = Integer.MAX_VALUE;
      if (point.startsWith("received")) {
        stopAfter = Integer.parseInt(point.substring(9));
        halfway.drainPermits();
        begin(id, ",\"all_stores\":true");
        assertTrue(halfway.tryAcquire(20, TimeUnit.SECONDS));
        process.destroyForcibly(); // SIGKILL
        stopAfter = Integer.MAX_VALUE;
      } else {
        haltAt(point);
        begin(id, ",\"all_stores\":true");
      }
      mustDie();
      haltAt("");
      start();
      mustBeWhole(point, id);
    }
  }

  @Test
  void whatWasStagedIsStillThereWhenTheImportBeginsAgain() throws Exception {
    haltAt("before stored slow");
    start();
    String id = create();
    byte[] head = new byte[131_072];
    ask(
        "PUT",
        "/v2/images/" + id + "/stage",
        new String(head, StandardCharsets.US_ASCII),
        "application/octet-stream");
    String direct = "{\"method\":{\"name\":\"glance-direct\"},\"all_stores\":true}";
    ask("POST", "/v2/images/" + id + "/import", direct, "application/json");
    mustDie();
    assertEquals(Set.of(id + ".platter-staged"), files("data/staging"));
    haltAt("");
    start();
    mustBeWhole("staged", id);
  }

  @Test
  void whoeverKillsEachProcessIsGivenUp() throws Exception {
    haltAt("phase INSPECTING");
    start();
    String id = create();
    begin(id, ",\"all_stores\":true");
    for (int i = 0; i < 4; i++) {
      mustDie();
      launch();
    }
    mustDie();
    start();
    JsonNode image = settled(id);
    assertEquals("queued", image.path("status").textValue(), image::toString);
    JsonNode task = get("/v2/images/" + id + "/tasks").path("tasks").path(0);
    assertEquals("failure", task.path("status").textValue(), task::toString);
    assertTrue(task.path("message").asText().contains("5 nodes have died"), task::toString);
    assertEquals(Set.of(), files("fast"));
    assertEquals(Set.of(), files("data/staging"));
  }

  @Test
  void whatIsActiveStaysSo() throws Exception {
    haltAt("before stored slow");
    start();
    String id = create();
    begin(id, ",\"all_stores\":true,\"all_stores_must_succeed\":false");
    mustDie();
    start();
    JsonNode image = settled(id);
    assertEquals("active", image.path("status").textValue(), image::toString);
    assertEquals("fast", image.path("stores").textValue());
    assertEquals("slow", image.path("os_glance_failed_import").textValue());
    assertEquals("", image.path("os_glance_importing_to_stores").textValue());
    assertFalse(files("slow").contains(id));

    String copy = "{\"method\":{\"name\":\"copy-image\"},\"stores\":[\"slow\"]}";
    ask("POST", "/v2/images/" + id + "/import", copy, "application/json");
    mustDie();
    haltAt("");
    start();
    assertEquals("fast,slow", settled(id).path("stores").textValue());
    assertTrue(files("slow").contains(id));
  }

  @Test
  void uploadsThatWereKilledLeaveTheImageQueued() throws Exception {
    haltAt("");
    start();
    String upload = create();
    String stage = create();
    String staged = create();
    assertEquals(
        204,
        ask("PUT", "/v2/images/" + staged + "/stage", "bytes", "application/octet-stream")
            .statusCode());
    for (String path : List.of(upload + "/file", stage + "/stage")) {
      var unused =
          client.sendAsync(
              HttpRequest.newBuilder(URI.create(url + "/v2/images/" + path))
                  .header("Content-Type", "application/octet-stream")
                  .PUT(HttpRequest.BodyPublishers.ofInputStream(Endless::new))
                  .build(),
              HttpResponse.BodyHandlers.discarding());
    }
    for (String id : List.of(upload, stage)) {
      while (get("/v2/images/" + id).path("status").textValue().equals("queued")) {
        Thread.sleep(10);
      }
    }
    process.destroyForcibly();
    mustDie();
    start();
    for (String id : List.of(upload, stage)) {
      assertEquals("queued", get("/v2/images/" + id).path("status").textValue());
      assertFalse(files("fast").contains(id));
    }
    assertEquals("uploading", get("/v2/images/" + staged).path("status").textValue());
    assertEquals(Set.of(staged + ".platter-staged"), files("data/staging"));
  }

  /** Bytes, slowly and without an end. */
  private static final class Endless extends InputStream {
    @Override
    public int read() throws IOException {
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return 1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      bytes[offset] = (byte) read();
      return 1;
    }
  }
}
