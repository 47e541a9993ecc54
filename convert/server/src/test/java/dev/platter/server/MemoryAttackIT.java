package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.http.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Users who say as much as they may, and ask for all of it at once: the service, with the heap that
 * it is shipped with, goes on. A service that is out of memory ends, so that an answer afterwards
 * is the proof.
 */
class MemoryAttackIT {
  private static final int BUSY = -1;

  /** For 200 pages of 25 MB each, which one connection after the other reads, on a busy machine. */
  private static final Duration PATIENCE = Duration.ofMinutes(6);

  private static final int QUOTA = 256 << 10;

  /**
   * @param count how often a property's value holds the text
   */
  private static String image(int properties, int count, String text) {
    StringBuilder document = new StringBuilder("{");
    for (int i = 0; i < properties; i++) {
      document.append("\"p%02d\":\"%s\",".formatted(i, text.repeat(count)));
    }
    return document.append("\"name\":\"n\"}").toString();
  }

  @Test
  void oneListOfManyLargeImagesDoesNotEndTheService(@TempDir Path directory) throws Exception {
    attack(directory, "");
  }

  @Test
  @Tag("interop")
  void neitherDoesItOnPostgres(@TempDir Path directory) throws Exception {
    try (PostgresCluster cluster = new PostgresCluster()) {
      attack(
          directory,
          "[database]\nconnection = " + cluster.url() + "\nuser = platter\npassword =\n");
    }
  }

  private static void attack(Path directory, String settings) throws Exception {
    try (ServiceProcess service = new ServiceProcess(directory, settings)) {
      // What used to end it: 64 images with 4 MB of properties each.
      for (int i = 0; i < 64; i++) {
        assertEquals(413, service.ask("POST", "/v2/images", image(64, 65_000, "x")).statusCode());
      }
      // As much as one may: characters that take the most room in a JSON answer.
      int made = 0;
      for (int status = 201; status == 201 && made < 1000; made++) {
        String document = made % 2 == 0 ? image(4, 32_700, "\u00e4") : image(3, 50_000, "\\u0001");
        status = service.ask("POST", "/v2/images", document).statusCode();
        assertTrue(status == 201 || status == 413, "status " + status);
      }
      assertTrue(made > 200 && made < 1000, made + " images of " + QUOTA + " bytes");
      assertEquals(made - 1, walk(service).size());
      askAtOnce(service, 200, "/v2/images?limit=1000");
      askSlowly(service, 300, "/v2/images?limit=1000");
      sendAtOnce(service, 200);
      assertEquals(200, service.ask("GET", "/v2/images?limit=2", "").statusCode());
      assertFalse(service.log().contains("OutOfMemory"), service::toString);
      long peak = service.peakMiB();
      assertTrue(peak < 512, peak + " MiB at most");
    }
  }

  /** All pages, each of which is small enough; no image is on two of them. */
  private static Set<String> walk(ServiceProcess service) throws IOException {
    Set<String> ids = new HashSet<>();
    for (String page = "/v2/images?limit=1000"; !page.isEmpty(); ) {
      String text = service.ask("GET", page, "").body();
      assertTrue(text.length() < 26 << 20, "a page of " + text.length() + " characters");
      JsonNode document = Json.parse(text);
      for (JsonNode image : document.path("images")) {
        assertTrue(ids.add(image.path("id").textValue()));
      }
      page = document.path("next").asText("");
    }
    return ids;
  }

  private static void askAtOnce(ServiceProcess service, int count, String path) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> answers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        answers.add(threads.submit(() -> page(service, path)));
      }
      for (Future<Integer> answer : answers) {
        int bytes = answer.get();
        assertTrue(bytes != BUSY, "busy all the time");
        assertTrue(bytes > 1 << 20, "an answer of " + bytes + " bytes");
      }
    }
  }

  /** Who has waited in vain for a connection of the database's is told so (503), and asks again. */
  private static int page(ServiceProcess service, String path) throws Exception {
    int bytes = BUSY;
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (bytes == BUSY && System.nanoTime() < end) {
      bytes = read(service, path, Long.MAX_VALUE);
    }
    return bytes;
  }

  /** Callers who begin to read, and then leave the answer where it is. */
  private static void askSlowly(ServiceProcess service, int count, String path) throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(ask(service, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"));
      }
      for (Socket socket : sockets) {
        assertTrue(socket.getInputStream().read() > 0);
      }
      assertEquals(200, service.ask("GET", "/v2/images?limit=2", "").statusCode());
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  /** Large documents of small parts, all at once, and none of them ends. */
  private static void sendAtOnce(ServiceProcess service, int count) throws Exception {
    String head =
        "POST /v2/images HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + "Content-Length: 1000000\r\n\r\n";
    List<Socket> sockets = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> sent = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Socket socket = ask(service, head);
        sockets.add(socket);
        sent.add(
            threads.submit(() -> {
              socket
                  .getOutputStream()
                  .write(("[" + "{},".repeat(40_000)).getBytes(StandardCharsets.US_ASCII));
              return null;
            }));
      }
      Thread.sleep(2000);
      assertEquals(201, service.ask("POST", "/v2/images", "{}").statusCode());
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static Socket ask(ServiceProcess service, String head) throws IOException {
    Socket socket = new Socket("127.0.0.1", URI.create(service.url()).getPort());
    socket.setSoTimeout(120_000);
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  /** How many bytes an answer has, or {@link #BUSY} for a 503. */
  private static int read(ServiceProcess service, String path, long most) throws IOException {
    try (Socket socket =
        ask(service, "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
      InputStream input = socket.getInputStream();
      byte[] part = new byte[1 << 16];
      int count = 0;
      for (int n = input.read(part); n >= 0 && count < most; n = input.read(part)) {
        boolean busy =
            count == 0
                && new String(part, 0, n, StandardCharsets.US_ASCII).startsWith("HTTP/1.1 503");
        if (busy) {
          return BUSY;
        }
        count += n;
      }
      return count;
    }
  }
}
