package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is counted of stores, and that the dashboard shows what there is. */
class MetricsTest {
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";

  @TempDir Path directory;

  private static String metrics(RunningServer server) throws IOException {
    return server.ask("GET", "/metrics", null).text();
  }

  @Test
  void storesAreWatchedAndWhatTheyTakeIsCounted() throws IOException {
    try (RunningServer server = new RunningServer(directory).start()) {
      String id = server.create(RunningServer.ADMIN, RAW);
      server.ask("PUT", "/v2/images/" + id + "/file", new byte[5000]);
      String copy = "{\"method\":{\"name\":\"copy-image\"},\"stores\":[\"slow\"]}";
      assertEquals(202, server.ask("POST", "/v2/images/" + id + "/import", copy).status());
      server.settled(id);
      Files.delete(server.storeDirectory("fast").resolve(id));
      Files.delete(server.storeDirectory("fast"));
      String text = metrics(server);
      for (String line :
          new String[] {
            "platter_store_written_bytes_total{store=\"fast\"} 5000.0",
            "platter_store_written_bytes_total{store=\"slow\"} 5000.0",
            "platter_store_up{store=\"fast\"} 0.0",
            "platter_store_up{store=\"slow\"} 1.0",
            "platter_store_free_bytes{store=\"slow\"} "
          }) {
        assertTrue(text.contains(line), () -> line + " is not in\n" + text);
      }
    }
  }

  @Test
  void theDashboardAsksForWhatThereIs() throws IOException {
    JsonNode dashboard = Json.parse(Files.readString(Path.of("../../docs/how-to/grafana.json")));
    Set<String> asked = new TreeSet<>();
    for (JsonNode expression : dashboard.findValues("expr")) {
      Matcher name = Pattern.compile("\\b(platter|jvm)_[a-z_]+").matcher(expression.asText());
      while (name.find()) {
        asked.add(name.group());
      }
    }
    assertTrue(asked.size() > 8, asked::toString);
    try (RunningServer server = new RunningServer(directory).start()) {
      String id = server.create(RunningServer.ADMIN, RAW);
      server.ask("PUT", "/v2/images/" + id + "/file", new byte[5000]);
      server.ask("GET", "/v2/images/" + id + "/file", null);
      server.ask(
          "POST",
          "/v2/images/" + id + "/import",
          "{\"method\":{\"name\":\"copy-image\"},\"stores\":[\"slow\"]}");
      server.settled(id);
      Files.delete(server.storeDirectory("slow").resolve(id));
      Files.delete(server.storeDirectory("slow"));
      String failing = server.create(RunningServer.ADMIN, RAW);
      server.ask("PUT", "/v2/images/" + failing + "/file", new byte[5000]);
      server.ask(
          "POST",
          "/v2/images/" + failing + "/import",
          "{\"method\":{\"name\":\"copy-image\"},\"stores\":[\"slow\"],"
              + "\"all_stores_must_succeed\":false}");
      server.settled(failing);
      String text = metrics(server);
      for (String name : asked) {
        assertTrue(text.contains("\n" + name + "{") || text.contains("\n" + name + " "), name);
      }
    }
  }
}
