package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.platter.server.RunningServer.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Senders that hardly send, and stores that never answer: they do not keep others waiting. */
class SlowImportsTest {
  private static final String SLOW = "mallory:p1:member";
  private static final String QUICK = "alice:p2:member";
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";

  @TempDir Path directory;
  private final CountDownLatch end = new CountDownLatch(1);
  private HttpServer web;
  private RunningServer server;

  @BeforeEach
  void startWeb() throws IOException {
    web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    web.createContext(
        "/quick",
        exchange -> {
          exchange.sendResponseHeaders(200, 100_000);
          exchange.getResponseBody().write(new byte[100_000]);
          exchange.close();
        });
    web.createContext(
        "/drip",
        exchange -> {
          exchange.sendResponseHeaders(200, 100_000);
          try {
            for (int i = 0; i < 100_000 && end.getCount() > 0; i++) {
              exchange.getResponseBody().write(7);
              exchange.getResponseBody().flush();
              Thread.sleep(100);
            }
          } catch (IOException | InterruptedException e) {
            exchange.close();
          }
        });
    web.createContext(
        "/silent",
        exchange -> {
          exchange.sendResponseHeaders(200, 100_000);
          exchange.getResponseBody().flush();
          try {
            end.await();
          } catch (InterruptedException e) {
            exchange.close();
          }
        });
    web.start();
    server =
        new RunningServer(directory)
            .set("taskflow_executor", "max_workers", "3")
            .set("import_limits", "least_rate", "1000");
  }

  @AfterEach
  void end() throws IOException {
    end.countDown();
    server.close();
    web.stop(0);
  }

  private String begin(String token, String path) throws IOException {
    String id = server.create(token, RAW);
    Answer begun =
        server.askAs(
            token,
            "POST",
            "/v2/images/" + id + "/import",
            "{\"method\":{\"name\":\"web-download\",\"uri\":\"http://127.0.0.1:%d%s\"}}"
                .formatted(web.getAddress().getPort(), path));
    assertEquals(202, begun.status(), begun::text);
    return id;
  }

  private String taskMessage(String id) throws IOException {
    return server
        .ask("GET", "/v2/images/" + id + "/tasks", null)
        .json()
        .path("tasks")
        .path(0)
        .path("message")
        .asText();
  }

  @Test
  void oneProjectDoesNotTakeAllTurns() throws IOException {
    server.set("import_limits", "least_rate_window", "3600").start();
    List<String> slow = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      slow.add(begin(SLOW, "/drip"));
    }
    String id = begin(QUICK, "/quick");
    assertEquals("active", server.settled(id).path("status").textValue());
    for (String each : slow) {
      assertEquals("importing", server.image(each).path("status").textValue());
      assertEquals(204, server.askAs(SLOW, "DELETE", "/v2/images/" + each, null).status());
    }
  }

  @Test
  void sendersThatAreTooSlowAreGivenUp() throws IOException {
    server.set("import_limits", "least_rate_window", "1").start();
    String id = begin(SLOW, "/drip");
    JsonNode image = server.settled(id);
    assertEquals("queued", image.path("status").textValue());
    assertTrue(taskMessage(id).contains("more slowly than 1000 bytes"), taskMessage(id));
    String upload = server.create(SLOW, RAW);
    Answer refused =
        server.askAs(
            SLOW,
            "PUT",
            "/v2/images/" + upload + "/file",
            BodyPublishers.ofInputStream(Dripping::new));
    assertEquals(400, refused.status(), refused::text);
    assertEquals("queued", server.image(upload).path("status").textValue());
  }

  @Test
  void importsEndAtTheLatestWhenTheirTimeIsOver() throws IOException {
    server.set("import_limits", "longest_time", "2").start();
    String id = begin(SLOW, "/silent");
    assertEquals("queued", server.settled(id).path("status").textValue());
    assertTrue(taskMessage(id).contains("longer than 2 seconds"), taskMessage(id));
  }

  @Test
  void deletingAnImageEndsItsDownloadAtOnce() throws Exception {
    server.set("taskflow_executor", "max_workers", "1").start();
    String id = begin(SLOW, "/silent");
    Thread.sleep(500);
    assertEquals(204, server.askAs(SLOW, "DELETE", "/v2/images/" + id, null).status());
    long begun = System.nanoTime();
    String next = begin(QUICK, "/quick");
    assertEquals("active", server.settled(next).path("status").textValue());
    assertTrue(System.nanoTime() - begun < Duration.ofSeconds(30).toNanos());
  }

  @Test
  void aProjectThatWaitsForTooMuchIsRefused() throws IOException {
    server.set("import_limits", "waiting_per_project", "2").start();
    for (int i = 0; i < 4; i++) {
      begin(SLOW, "/drip");
    }
    String id = server.create(SLOW, RAW);
    Answer refused =
        server.askAs(
            SLOW,
            "POST",
            "/v2/images/" + id + "/import",
            "{\"method\":{\"name\":\"web-download\",\"uri\":\"http://127.0.0.1:%d/drip\"}}"
                .formatted(web.getAddress().getPort()));
    assertEquals(429, refused.status(), refused::text);
    assertEquals("queued", server.image(id).path("status").textValue());
  }

  @Test
  void nobodyElseLearnsTheRequestAndNobodyItsSecrets() throws IOException {
    List<String> logged = RunningServer.logged();
    server.start();
    String id = begin(QUICK, "/nothing?signature=SECRET");
    server.settled(id);
    Answer own = server.askAs(QUICK, "GET", "/v2/images/" + id + "/tasks", null);
    assertTrue(own.text().contains("/nothing?..."), own::text);
    server.patch(
        "root:p2:admin",
        id,
        "[{\"op\":\"replace\",\"path\":\"/visibility\",\"value\":\"public\"}]");
    Answer other = server.askAs(SLOW, "GET", "/v2/images/" + id + "/tasks", null);
    assertEquals("{\"tasks\":[]}", other.text());
    for (String text :
        List.of(own.text(), server.ask("GET", "/v2/tasks", null).text(), logged.toString())) {
      assertFalse(text.contains("SECRET"), text);
      assertFalse(text.contains(directory.toString()), text);
    }
  }

  @Test
  void aStoreThatNeverAnswersEndsTheWork() throws IOException {
    try (ServerSocket silent = new ServerSocket(0)) {
      server
          .set("DEFAULT", "enabled_backends", "fast:file, slow:s3")
          .set("slow", "s3_store_host", "http://127.0.0.1:" + silent.getLocalPort())
          .set("slow", "s3_store_bucket", "images")
          .set("slow", "s3_store_access_key", "a")
          .set("slow", "s3_store_secret_key", "b")
          .set("slow", "s3_store_timeout", "1")
          .start();
      String id = server.create(QUICK, RAW);
      long begun = System.nanoTime();
      Answer refused =
          server.askAs(
              QUICK,
              "PUT",
              "/v2/images/" + id + "/file",
              new byte[1000],
              "x-image-meta-store",
              "slow");
      assertEquals(503, refused.status(), refused::text);
      assertTrue(System.nanoTime() - begun < Duration.ofSeconds(40).toNanos());
      assertEquals("queued", server.image(id).path("status").textValue());
    }
  }

  /** A byte every tenth of a second. */
  private static final class Dripping extends InputStream {
    @Override
    public int read() throws IOException {
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return 7;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      target[offset] = (byte) read();
      return 1;
    }
  }
}
