package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are broken on the wire: they are refused, and never look like a success. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrokenRequestsTest {
  private RunningServer server;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    server = new RunningServer(directory).start();
  }

  @AfterAll
  void end() throws IOException {
    server.close();
  }

  /** Sends bytes, and then nothing more, and reads all that is answered. */
  private String raw(String head, byte[] body) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.server().port())) {
      socket.setSoTimeout(30_000);
      socket
          .getOutputStream()
          .write((head + "\r\nHost: x\r\n").getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(body);
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private String raw(String head, String rest) throws IOException {
    return raw(head, rest.getBytes(StandardCharsets.ISO_8859_1));
  }

  private String newImage() throws IOException {
    return server.create(
        RunningServer.ADMIN, "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}");
  }

  /** Refused, or cut off. */
  private static void refused(String answer) {
    assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 4"), answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\nxyz\r\nabcd\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nabcdefgh\r\n0\r\n\r\n",
        "Content-Length: 100\r\n\r\nabcd"
      })
  void aBrokenBodyIsNeverASuccess(String rest) throws IOException {
    String type = "Content-Type: application/octet-stream\r\n";
    for (String last : new String[] {"file", "stage"}) {
      String id = newImage();
      refused(raw("PUT /v2/images/" + id + "/" + last + " HTTP/1.1", type + rest));
      assertEquals("queued", server.image(id).path("status").textValue());
      assertEquals(204, server.ask("PUT", "/v2/images/" + id + "/" + last, new byte[9]).status());
    }
    refused(raw("POST /v2/images HTTP/1.1", "Content-Type: application/json\r\n" + rest));
    refused(raw("PUT /v2/nothing HTTP/1.1", rest));
    refused(raw("DELETE /v2/images/" + newImage() + "/file HTTP/1.1", rest));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\":\"a\\u0000b\"}",
        "{\"name\":\"\\ud800\"}",
        "{\"name\":\"\\udc00\\ud800\"}",
        "{\"a\\u0000\":\"x\"}",
        "{\"a\":\"x\\u0000\"}",
        "{\"tags\":[\"\\ud83d\"]}",
        "{\"name\":\"\u00ff\"}",
        "{\"name\":\"\u00c0\u0080\"}"
      })
  void textThatIsNoneIsRefused(String document) throws IOException {
    byte[] bytes = document.getBytes(StandardCharsets.ISO_8859_1);
    refused(
        raw(
            "POST /v2/images HTTP/1.1",
            "Content-Type: application/json\r\nConnection: close\r\nContent-Length: "
                + bytes.length
                + "\r\n\r\n"
                + document));
  }

  @ParameterizedTest
  @ValueSource(strings = {"%00", "%ff", "%c0%80", "%ed%a0%80", "%4", "%zz"})
  void pathsAndQueriesThatAreNoTextAreRefused(String text) throws IOException {
    String id = newImage();
    refused(
        raw("PUT /v2/images/" + id + "/tags/" + text + " HTTP/1.1", "Connection: close\r\n\r\n"));
    refused(raw("GET /v2/images?name=" + text + " HTTP/1.1", "Connection: close\r\n\r\n"));
    refused(raw("GET /v2/images/" + text + " HTTP/1.1", "Connection: close\r\n\r\n"));
    assertFalse(server.image(id).path("tags").elements().hasNext());
  }

  @Test
  void aSmallDocumentDoesNotBecomeALargeTree() throws IOException {
    String nested = "[".repeat(5000) + "]".repeat(5000);
    assertEquals(400, server.ask("POST", "/v2/images", nested).status());
    String many = "{\"tags\":[" + "{},".repeat(150_000) + "{}]}";
    assertEquals(400, server.ask("POST", "/v2/images", many).status());
  }

  @Test
  void textOfAllPlanesIsKept() throws IOException {
    String id = server.create(RunningServer.ADMIN, "{\"name\":\"\\ud83d\\ude00 \u00e4\"}");
    assertEquals("\ud83d\ude00 \u00e4", server.image(id).path("name").textValue());
    assertEquals(204, server.ask("PUT", "/v2/images/" + id + "/tags/%F0%9F%98%80", null).status());
  }
}
