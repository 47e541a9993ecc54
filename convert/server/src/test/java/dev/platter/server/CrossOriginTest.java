package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which pages of other origins a browser lets use the service. */
class CrossOriginTest {
  @TempDir Path directory;

  /** Asks as a browser does, which a client of Java's refuses to. */
  private static Map<String, String> ask(RunningServer server, String method, String... headers)
      throws IOException {
    Map<String, String> answer = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    try (Socket socket = new Socket("127.0.0.1", server.server().port())) {
      String request =
          method
              + " /v2/images HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
              + String.join("\r\n", headers)
              + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      answer.put("status", reader.readLine().split(" ")[1]);
      for (String line = reader.readLine(); !line.isEmpty(); line = reader.readLine()) {
        answer.put(line.split(":", 2)[0], line.split(":", 2)[1].strip());
      }
    }
    return answer;
  }

  @Test
  void pagesOfAllowedOriginsAreLetInAndOthersNot() throws IOException {
    try (RunningServer server =
        new RunningServer(directory)
            .set("cors", "allowed_origin", "https://horizon.example, http://b:81")
            .start()) {
      Map<String, String> good = ask(server, "GET", "Origin: https://horizon.example");
      assertEquals("200", good.get("status"));
      assertEquals("https://horizon.example", good.get("Access-Control-Allow-Origin"));
      assertEquals("true", good.get("Access-Control-Allow-Credentials"));
      assertTrue(good.get("Access-Control-Expose-Headers").contains("X-OpenStack-Request-ID"));
      assertTrue(good.get("Vary").contains("Origin"));
      for (String origin :
          new String[] {
            "https://horizonXexample", "https://horizon.example.evil", "http://horizon.example"
          }) {
        Map<String, String> bad = ask(server, "GET", "Origin: " + origin);
        assertFalse(bad.containsKey("Access-Control-Allow-Origin"), origin);
      }
      Map<String, String> preflight =
          ask(
              server,
              "OPTIONS",
              "Origin: http://b:81",
              "Access-Control-Request-Method: PATCH",
              "Access-Control-Request-Headers: X-Auth-Token, Content-Type");
      assertEquals("200", preflight.get("status"));
      assertEquals("http://b:81", preflight.get("Access-Control-Allow-Origin"));
      assertTrue(preflight.get("Access-Control-Allow-Methods").contains("PATCH"));
      assertTrue(preflight.get("Access-Control-Allow-Headers").contains("X-Auth-Token"));
      assertEquals("3600", preflight.get("Access-Control-Max-Age"));
      Map<String, String> other =
          ask(
              server,
              "OPTIONS",
              "Origin: http://b:81",
              "Access-Control-Request-Method: TRACE",
              "Access-Control-Request-Headers: X-Secret");
      assertFalse(other.getOrDefault("Access-Control-Allow-Methods", "").contains("TRACE"));
      assertFalse(other.getOrDefault("Access-Control-Allow-Headers", "").contains("X-Secret"));
    }
  }

  @Test
  void nobodyIsLetInUnlessTheDeployerSaysSo() throws IOException {
    try (RunningServer server = new RunningServer(directory).start()) {
      Map<String, String> answer = ask(server, "GET", "Origin: https://horizon.example");
      assertFalse(answer.containsKey("Access-Control-Allow-Origin"));
    }
  }

  @Test
  void everyOriginIsOnlyLetInWithoutCredentials() throws IOException {
    try (RunningServer server = new RunningServer(directory).set("cors", "allowed_origin", "*")) {
      var refused = assertThrows(IllegalArgumentException.class, server::start);
      assertTrue(refused.getMessage().contains("allow_credentials"), refused.getMessage());
    }
    try (RunningServer server =
        new RunningServer(directory.resolve("open"))
            .set("cors", "allowed_origin", "*")
            .set("cors", "allow_credentials", "false")
            .start()) {
      Map<String, String> answer = ask(server, "GET", "Origin: https://anybody.example");
      assertTrue(answer.containsKey("Access-Control-Allow-Origin"));
      assertFalse(answer.containsKey("Access-Control-Allow-Credentials"));
    }
  }
}
