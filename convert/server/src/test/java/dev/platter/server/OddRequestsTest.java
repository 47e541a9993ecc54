package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What is allowed on the wire, in amounts that nobody needs. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OddRequestsTest {
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";
  private RunningServer server;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    server = new RunningServer(directory).start();
  }

  @AfterAll
  void end() throws IOException {
    server.close();
  }

  private String send(String head, String rest) throws IOException {
    return RawRequest.send(server, head, rest.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void hugeHeadsAreRefused() throws IOException {
    String close = "Connection: close\r\n\r\n";
    for (String head :
        List.of(
            "X-Large: " + "a".repeat(100_000) + "\r\n",
            "X-Many: a\r\n".repeat(10_000),
            "X-" + "n".repeat(100_000) + ": a\r\n")) {
      String answer = send("GET /v2/images HTTP/1.1", head + close);
      assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 431"), answer);
    }
    String answer = send("GET /v2/images?name=" + "a".repeat(100_000) + " HTTP/1.1", close);
    assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 414"), answer);
    assertEquals(200, server.ask("GET", "/v2/images", null).status());
  }

  @Test
  void whatChunksSayBesidesTheirLengthIsNoContent() throws IOException {
    String id = server.create(RunningServer.ADMIN, RAW);
    String answer =
        send(
            "PUT /v2/images/" + id + "/file HTTP/1.1",
            "Content-Type: application/octet-stream\r\nConnection: close\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n4;"
                + "x=y;".repeat(250_000)
                + "\r\nabcd\r\n0\r\n\r\n");
    if (answer.startsWith("HTTP/1.1 204")) {
      byte[] kept = server.ask("GET", "/v2/images/" + id + "/file", null).response().body();
      assertArrayEquals("abcd".getBytes(StandardCharsets.US_ASCII), kept);
    } else {
      assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 4"), answer);
      assertEquals("queued", server.image(id).path("status").textValue());
    }
  }

  @Test
  void manyRangesAreRefused() throws IOException {
    String id = server.create(RunningServer.ADMIN, RAW);
    server.ask("PUT", "/v2/images/" + id + "/file", new byte[1 << 20]);
    for (String ranges : List.of("0-,".repeat(1000) + "0-", "0-0,5-9", "-1,".repeat(500) + "-1")) {
      int status =
          server
              .askAs(
                  RunningServer.ADMIN,
                  "GET",
                  "/v2/images/" + id + "/file",
                  null,
                  "Range",
                  "bytes=" + ranges)
              .status();
      assertEquals(400, status, ranges);
    }
  }

  @Test
  void thousandsWhoBeginAndDoNotGoOnKeepNobodyOut() throws IOException {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < 2000; i++) {
        Socket socket = new Socket("127.0.0.1", server.server().port());
        sockets.add(socket);
        String begun =
            i % 2 == 0
                ? "GET /v2/images HTTP/1.1\r\nHost: x\r\nX-Never: " + "a".repeat(2000)
                : "POST /v2/images HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 100000\r\n\r\n{\"name\":\"";
        socket.getOutputStream().write(begun.getBytes(StandardCharsets.US_ASCII));
      }
      for (int i = 0; i < 20; i++) {
        assertEquals(201, server.ask("POST", "/v2/images", RAW).status());
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void aSmallDocumentDoesNotBecomeALargeTree() throws IOException {
    String nested = "[".repeat(5000) + "]".repeat(5000);
    assertEquals(400, server.ask("POST", "/v2/images", nested).status());
    String many = "{\"tags\":[" + "{},".repeat(150_000) + "{}]}";
    assertEquals(400, server.ask("POST", "/v2/images", many).status());
  }
}
