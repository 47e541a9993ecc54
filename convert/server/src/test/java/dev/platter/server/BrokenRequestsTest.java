package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
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

  private String raw(String head, String rest) throws IOException {
    return RawRequest.send(server, head, rest.getBytes(StandardCharsets.ISO_8859_1));
  }

  private String newImage() throws IOException {
    return server.create(
        RunningServer.ADMIN, "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}");
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
      RawRequest.refused(raw("PUT /v2/images/" + id + "/" + last + " HTTP/1.1", type + rest));
      assertEquals("queued", server.image(id).path("status").textValue());
      assertEquals(204, server.ask("PUT", "/v2/images/" + id + "/" + last, new byte[9]).status());
    }
    RawRequest.refused(
        raw("POST /v2/images HTTP/1.1", "Content-Type: application/json\r\n" + rest));
    RawRequest.refused(raw("PUT /v2/nothing HTTP/1.1", rest));
    RawRequest.refused(raw("DELETE /v2/images/" + newImage() + "/file HTTP/1.1", rest));
  }

  @Test
  void aStackThatIsTooSmallIsAnAnswerAndNothingElse() throws IOException {
    server.server().router().get("/v2/deep", call -> deeper(0));
    RunningServer.Answer answer = server.ask("GET", "/v2/deep", null);
    assertEquals(500, answer.status());
    assertFalse(answer.text().contains("deeper"), answer.text());
    assertTrue(answer.text().contains("\"code\""), answer.text());
  }

  private static int deeper(int depth) {
    return depth < 0 ? depth : deeper(depth + 1) + 1;
  }
}
