package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever watches the service learns whether it works, and administrators learn why not. */
class HealthTest {
  private static final String DETAIL = "/healthcheck/detail";

  @TempDir Path directory;

  private static JsonNode reason(JsonNode health, String kind, String name) {
    for (JsonNode reason : health.path("reasons")) {
      if (reason.path("class").asText().equals(kind) && reason.path("name").asText().equals(name)) {
        return reason;
      }
    }
    throw new AssertionError(kind + " " + name + " is not in " + health);
  }

  private static String raw(RunningServer server, String method) throws IOException {
    return RawRequest.send(
        server,
        method + " /healthcheck HTTP/1.1",
        "Connection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void aServiceThatWorksIsOkInEachWayToAsk() throws IOException {
    try (RunningServer server = new RunningServer(directory).start()) {
      String text = raw(server, "GET");
      assertTrue(text.startsWith("HTTP/1.1 200"), text);
      assertTrue(text.endsWith("\r\n\r\nOK"), text);
      assertTrue(raw(server, "HEAD").startsWith("HTTP/1.1 204"));
      assertEquals(
          "{\"status\":\"OK\",\"detailed\":false,\"reasons\":[\"OK\"]}",
          server.ask("GET", "/healthcheck", null).text());
      JsonNode detail = server.ask("GET", DETAIL, null).json();
      assertEquals("OK", detail.path("status").asText(), detail.toString());
      assertEquals(6, detail.path("reasons").size(), detail.toString());
      assertTrue(reason(detail, "store", "fast").path("free_bytes").asLong() > 0);
      assertTrue(reason(detail, "staging", "").path("free_bytes").asLong() > 0);
      assertEquals("OK", reason(detail, "workers", "").path("reason").asText());
    }
  }

  @Test
  void reasonsAreForAdministratorsUnlessTheDeployerSaysOtherwise() throws IOException {
    try (RunningServer server = new RunningServer(directory).start()) {
      assertEquals(403, server.askAs("u:p:member", "GET", DETAIL, null).status());
    }
    try (RunningServer server =
        new RunningServer(directory).set("healthcheck", "detailed", "true").start()) {
      JsonNode open = server.askAs("u:p:member", "GET", "/healthcheck", null).json();
      assertTrue(open.path("detailed").asBoolean(), open.toString());
    }
  }

  @Test
  void aStoreThatIsAwayIsToldAndDoesNotStopTheRest() throws IOException {
    try (RunningServer server = new RunningServer(directory).start()) {
      Files.delete(server.storeDirectory("slow"));
      RunningServer.Answer answer = server.ask("GET", DETAIL, null);
      assertEquals(200, answer.status());
      assertEquals("DEGRADED", answer.json().path("status").asText());
      assertEquals("OK", reason(answer.json(), "store", "fast").path("reason").asText());
      JsonNode slow = reason(answer.json(), "store", "slow");
      assertEquals("FAILED", slow.path("reason").asText());
      assertTrue(slow.path("details").asText().contains("is it mounted?"), slow.toString());
    }
  }

  @Test
  void aStagingAreaThatIsGoneIsToldWithoutItsPlace() throws IOException {
    try (RunningServer server = new RunningServer(directory).start()) {
      Files.delete(server.staging().resolve(".platter-lock"));
      Files.delete(server.staging());
      JsonNode brief = server.ask("GET", "/healthcheck", null).json();
      assertEquals("DEGRADED", brief.path("status").asText(), brief.toString());
      assertTrue(brief.toString().contains("staging"), brief.toString());
      assertFalse(brief.toString().contains(directory.toString()), brief.toString());
    }
  }

  @Test
  void aFileTakesTheServiceOutOfUse() throws IOException {
    Path file = directory.resolve("out-of-use");
    try (RunningServer server =
        new RunningServer(directory)
            .set("healthcheck", "disable_by_file_path", file.toString())
            .start()) {
      assertTrue(raw(server, "GET").startsWith("HTTP/1.1 200"));
      Files.createFile(file);
      String text = raw(server, "GET");
      assertTrue(text.startsWith("HTTP/1.1 503"), text);
      assertTrue(text.endsWith("DISABLED BY FILE"), text);
      assertTrue(raw(server, "HEAD").startsWith("HTTP/1.1 503"));
      assertEquals(503, server.ask("GET", DETAIL, null).status());
    }
  }
}
