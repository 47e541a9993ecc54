package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.config.IniFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From which store an image comes, how many bytes it must have, and what is never done. */
class StoreChoiceTest {
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";

  @TempDir Path directory;

  /** An image in both stores, whose bytes tell which one they come from. */
  private static String image(RunningServer server) throws IOException {
    String id = server.create(RunningServer.ADMIN, RAW);
    server.ask("PUT", "/v2/images/" + id + "/file", "fast".getBytes(StandardCharsets.US_ASCII));
    server.ask(
        "POST",
        "/v2/images/" + id + "/import",
        "{\"method\":{\"name\":\"copy-image\"},\"stores\":[\"slow\"]}");
    server.settled(id);
    Files.write(
        server.storeDirectory("slow").resolve(id), "slow".getBytes(StandardCharsets.US_ASCII));
    return id;
  }

  private static String download(RunningServer server, String id, String query) throws IOException {
    return server.ask("GET", "/v2/images/" + id + "/file" + query, null).text();
  }

  @Test
  void callersNameTheStoresThatTheyPrefer() throws IOException {
    try (RunningServer server = new RunningServer(directory).start()) {
      String id = image(server);
      assertEquals("fast", download(server, id, ""));
      assertEquals("slow", download(server, id, "?prefer=slow,fast"));
      assertEquals("fast", download(server, id, "?prefer=fast,slow"));
      assertEquals("slow", download(server, id, "?prefer=unknown,slow"));
      assertEquals("fast", download(server, id, "?prefer=unknown"));
      Files.delete(server.storeDirectory("slow").resolve(id));
      assertEquals("fast", download(server, id, "?prefer=slow"));
    }
    try (RunningServer one =
        new RunningServer(directory.resolve("one"))
            .set("DEFAULT", "enabled_backends", "")
            .set("glance_store", "default_backend", "")
            .start()) {
      String id = one.create(RunningServer.ADMIN, RAW);
      one.ask("PUT", "/v2/images/" + id + "/file", "data".getBytes(StandardCharsets.US_ASCII));
      assertEquals(400, one.ask("GET", "/v2/images/" + id + "/file?prefer=x", null).status());
    }
  }

  @Test
  void aRuleSaysWhoMayPrefer() throws IOException {
    Path rules = directory.resolve("policy.yaml");
    Files.writeString(rules, "download_from_store: role:admin\n");
    try (RunningServer server =
        new RunningServer(directory).set("oslo_policy", "policy_file", rules.toString()).start()) {
      String id = image(server);
      server.patch(
          RunningServer.ADMIN,
          id,
          "[{\"op\":\"replace\",\"path\":\"/visibility\",\"value\":\"public\"}]");
      String file = "/v2/images/" + id + "/file";
      assertEquals(200, server.askAs("u:p:member", "GET", file, null).status());
      assertEquals(403, server.askAs("u:p:member", "GET", file + "?prefer=slow", null).status());
    }
  }

  @Test
  void storesOfMoreWeightComeFirst() throws IOException {
    try (RunningServer server =
        new RunningServer(directory)
            .set("slow", "weight", "5")
            .set("DEFAULT", "show_image_direct_url", "true")
            .set("DEFAULT", "show_multiple_locations", "true")
            .start()) {
      String id = image(server);
      assertEquals("slow", download(server, id, ""));
      assertEquals("fast", download(server, id, "?prefer=fast"));
      String places = server.ask("GET", "/v2/images/" + id + "/locations", null).text();
      assertTrue(places.indexOf("slow") < places.indexOf("fast"), places);
      JsonNode shown = server.image(id);
      assertTrue(shown.path("direct_url").textValue().contains("/slow/"), shown::toString);
      assertEquals("slow", place(shown, 0));
      // The position that callers see is the one that is taken away.
      String first = "[{\"op\":\"remove\",\"path\":\"/locations/0\"}]";
      assertEquals(200, server.patch(RunningServer.ADMIN, id, first).status());
      assertEquals("fast", place(server.image(id), 0));
      // What lay there goes with the next removals.
      server.ask("DELETE", "/v2/images/" + server.create(RunningServer.ADMIN, RAW), null);
      assertEquals(Set.of(), RunningServer.files(server.storeDirectory("slow")));
      assertEquals(Set.of(id), RunningServer.files(server.storeDirectory("fast")));
      String detail = server.ask("GET", "/v2/info/stores/detail", null).text();
      assertTrue(detail.contains("\"weight\":5"), detail);
    }
  }

  private static String place(JsonNode image, int index) {
    return image.path("locations").path(index).path("metadata").path("store").textValue();
  }

  @Test
  void dataMustHaveTheSizeThatWasAnnounced() throws IOException {
    try (RunningServer server = new RunningServer(directory).start()) {
      for (String path : new String[] {"/file", "/stage"}) {
        String id = server.create(RunningServer.ADMIN, RAW);
        String url = "/v2/images/" + id + path;
        for (String wrong : new String[] {"9", "11", "-1", "x", "99999999999999999999"}) {
          assertEquals(400, put(server, url, wrong, false), wrong);
          assertEquals(400, put(server, url, wrong, true), wrong);
          assertEquals("queued", server.image(id).path("status").textValue());
        }
        assertEquals(204, put(server, url, "10", path.equals("/file")));
      }
    }
  }

  private static int put(RunningServer server, String url, String size, boolean chunked)
      throws IOException {
    byte[] data = new byte[10];
    var body =
        chunked
            ? BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(data))
            : BodyPublishers.ofByteArray(data);
    return server
        .askAs(RunningServer.ADMIN, "PUT", url, body, "x-openstack-image-size", size)
        .status();
  }

  @Test
  void versionsAreWhereTheDeployerSays() throws IOException {
    try (RunningServer server =
        new RunningServer(directory)
            .set("DEFAULT", "public_endpoint", "https://cloud.example/image/")
            .start()) {
      String versions = server.ask("GET", "/versions", null).text();
      assertTrue(versions.contains("\"https://cloud.example/image/v2/\""), versions);
    }
  }

  @Test
  void whatIsNeverDoneIsRefusedAtTheStart() {
    String[][] wrong = {
      {"delayed_delete", "true"},
      {"public_endpoint", "cloud"}
    };
    for (String[] each : wrong) {
      IniFile ini = IniFile.empty();
      ini.set("DEFAULT", each[0], each[1]);
      var refused =
          assertThrows(IllegalArgumentException.class, () -> Settings.read(ini, directory));
      assertTrue(refused.getMessage().contains(each[0]), refused.getMessage());
    }
  }
}
