package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.RunningServer.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads and downloads that take long: they keep no other project waiting, and end. */
class TransferTurnsTest {
  private static final String SLOW = "mallory:p1:member";
  private static final String QUICK = "alice:p2:member";
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";
  private static final byte[] CONTENT = new byte[32 << 20];

  @TempDir Path directory;
  private RunningServer server;

  @BeforeEach
  void prepare() throws IOException {
    server =
        new RunningServer(directory)
            .set("transfer_limits", "uploads", "2")
            .set("transfer_limits", "downloads", "2")
            .set("transfer_limits", "longest_wait", "1");
  }

  @AfterEach
  void end() throws IOException {
    server.close();
  }

  private Socket begin(String method, String id, String last, String headers) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.server().port());
    socket.setReceiveBufferSize(1 << 18);
    socket.setSoTimeout(30_000);
    String head =
        "%s /v2/images/%s/%s HTTP/1.1\r\nHost: x\r\nX-Auth-Token: %s\r\n%s\r\n"
            .formatted(method, id, last, SLOW, headers);
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private Socket send(String id, String last) throws IOException {
    return begin(
        "PUT", id, last, "Content-Type: application/octet-stream\r\nContent-Length: 100000000\r\n");
  }

  private void awaitStatus(String id, String status) throws Exception {
    for (int i = 0; i < 500 && !status.equals(status(id)); i++) {
      Thread.sleep(20);
    }
    assertEquals(status, status(id));
  }

  private String status(String id) throws IOException {
    return server.image(id).path("status").textValue();
  }

  private String uploaded(String token) throws IOException {
    String id = server.create(token, RAW);
    assertEquals(204, put(token, id).status());
    return id;
  }

  private Answer put(String token, String id) throws IOException {
    return server.askAs(token, "PUT", "/v2/images/" + id + "/file", CONTENT);
  }

  @Test
  void oneProjectsUploadsDoNotTakeAllTurns() throws Exception {
    server.start();
    String first = server.create(SLOW, RAW);
    try (Socket staging = send(first, "stage")) {
      awaitStatus(first, "uploading");
      String second = server.create(SLOW, RAW);
      Answer refused = put(SLOW, second);
      assertEquals(503, refused.status(), refused::text);
      assertEquals("queued", status(second));
      uploaded(QUICK);
      staging.close();
      awaitStatus(first, "queued");
      assertEquals(204, put(SLOW, second).status());
    }
  }

  @Test
  void oneProjectsDownloadsDoNotTakeAllTurns() throws Exception {
    server.start();
    String id = uploaded(SLOW);
    String other = uploaded(QUICK);
    try (Socket reader = begin("GET", id, "file", "")) {
      assertTrue(reader.getInputStream().read() > 0);
      assertEquals(503, server.askAs(SLOW, "GET", "/v2/images/" + id + "/file", null).status());
      Answer read = server.askAs(QUICK, "GET", "/v2/images/" + other + "/file", null);
      assertEquals(CONTENT.length, read.response().body().length);
    }
  }

  @Test
  void whoHasTooManyWaitingIsRefusedAtOnce() throws Exception {
    server
        .set("transfer_limits", "longest_wait", "3600")
        .set("transfer_limits", "waiting_per_project", "0")
        .start();
    String first = server.create(SLOW, RAW);
    try (Socket sender = send(first, "file")) {
      awaitStatus(first, "saving");
      String id = server.create(SLOW, RAW);
      assertEquals(429, put(SLOW, id).status());
      assertEquals("queued", status(id));
    }
  }

  @Test
  void readersThatHardlyReadAreCutOff() throws Exception {
    server.set("import_limits", "least_rate_window", "1").start();
    String id = uploaded(SLOW);
    try (Socket reader = begin("GET", id, "file", "")) {
      InputStream input = reader.getInputStream();
      assertTrue(input.read() > 0);
      Thread.sleep(3000);
      long count = 0;
      byte[] buffer = new byte[1 << 16];
      try {
        for (int n = input.read(buffer); n > 0; n = input.read(buffer)) {
          count += n;
        }
      } catch (SocketException e) {
        assertTrue(count < CONTENT.length, "cut off after " + count);
      }
      assertTrue(count < CONTENT.length, "all came: " + count);
    }
    Answer read = server.askAs(SLOW, "GET", "/v2/images/" + id + "/file", null);
    assertEquals(CONTENT.length, read.response().body().length);
  }

  @Test
  void sendersThatSendNothingAreGivenUp() throws Exception {
    server.set("DEFAULT", "client_socket_timeout", "1").start();
    for (String last : new String[] {"file", "stage"}) {
      String id = server.create(SLOW, RAW);
      try (Socket sender = send(id, last)) {
        String answer =
            new String(sender.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
      }
      assertEquals("queued", status(id));
    }
  }
}
