package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.RunningServer.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Text that is none, wherever text may be: 400, whatever the database would make of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadTextTest {
  private RunningServer server;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    server = on(new RunningServer(directory)).start();
  }

  @AfterAll
  void end() throws Exception {
    server.close();
  }

  /** Which database it is. */
  RunningServer on(RunningServer embedded) throws Exception {
    return embedded;
  }

  private static void bad(String answer) {
    assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
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
        "{\"tags\":[\"\\u0000\"]}",
        "{\"name\":\"\u00ff\"}",
        "{\"name\":\"\u00c0\u0080\"}",
        "{\"name\":\"\u00ed\u00a0\u0080\"}"
      })
  void inTheRecordOfAnImage(String document) throws IOException {
    byte[] bytes = document.getBytes(StandardCharsets.ISO_8859_1);
    String rest =
        "Content-Type: application/json\r\nConnection: close\r\nContent-Length: "
            + bytes.length
            + "\r\n\r\n"
            + document;
    bad(
        RawRequest.send(
            server, "POST /v2/images HTTP/1.1", rest.getBytes(StandardCharsets.ISO_8859_1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\\u0000", "\\ud800", "\\udc00\\ud800"})
  void inEveryOtherDocument(String text) throws IOException {
    String id = server.create(RunningServer.ADMIN, "{\"visibility\":\"shared\"}");
    String image = "/v2/images/" + id;
    String patch = "[{\"op\":\"add\",\"path\":\"/%s\",\"value\":\"%s\"}]";
    for (Answer answer :
        new Answer[] {
          server.patch(RunningServer.ADMIN, id, patch.formatted("x", text)),
          server.patch(RunningServer.ADMIN, id, patch.formatted(text, "x")),
          server.ask("POST", image + "/members", "{\"member\":\"" + text + "\"}"),
          server.ask("POST", "/v2/metadefs/namespaces", "{\"namespace\":\"" + text + "\"}"),
          server.ask(
              "POST",
              "/v2/metadefs/namespaces",
              "{\"namespace\":\"N\",\"description\":\"" + text + "\"}"),
          server.ask(
              "POST",
              "/v2/tasks",
              "{\"type\":\"import\",\"input\":{\"import_from\":\"http://x/"
                  + text
                  + "\",\"import_from_format\":\"raw\",\"image_properties\":{}}}")
        }) {
      assertEquals(400, answer.status(), answer::text);
    }
    assertEquals(404, server.ask("GET", "/v2/metadefs/namespaces/N", null).status());
  }

  @ParameterizedTest
  @CsvSource({"%00", "%ff", "%c0%80", "%ed%a0%80", "%4", "%zz"})
  void inPathsAndQueries(String text) throws IOException {
    String id = server.create(RunningServer.ADMIN, "{}");
    for (String request :
        new String[] {
          "PUT /v2/images/" + id + "/tags/" + text,
          "GET /v2/images?name=" + text,
          "GET /v2/images?marker=" + text,
          "GET /v2/images?" + text + "=x",
          "GET /v2/images?tag=" + text,
          "GET /v2/images/" + text,
          "GET /v2/images/" + id + "/members/" + text,
          "GET /v2/metadefs/namespaces/" + text,
          "GET /v2/tasks/" + text,
          "GET /v2/tasks?status=" + text
        }) {
      bad(
          RawRequest.send(
              server,
              request + " HTTP/1.1",
              "Connection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
    }
    assertFalse(server.image(id).path("tags").elements().hasNext());
  }

  @Test
  void textOfAllPlanesIsKept() throws IOException {
    String id = server.create(RunningServer.ADMIN, "{\"name\":\"\\ud83d\\ude00 \u00e4\"}");
    assertEquals("\ud83d\ude00 \u00e4", server.image(id).path("name").textValue());
    assertEquals(204, server.ask("PUT", "/v2/images/" + id + "/tags/%F0%9F%98%80", null).status());
    assertEquals("\ud83d\ude00", server.image(id).path("tags").path(0).textValue());
  }
}
