package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What projects may store, and which properties they may see, over the wire. */
class QuotaTest {
  private static final String MEMBER = "u:p:member";
  private static final String RAW =
      "{\"name\":\"n\",\"disk_format\":\"raw\",\"container_format\":\"bare\"}";

  @TempDir Path directory;

  private static String file(String id) {
    return "/v2/images/" + id + "/file";
  }

  @Test
  void aProjectStoresNoMoreThanItsQuota() throws IOException {
    try (RunningServer server =
        new RunningServer(directory).set("DEFAULT", "user_storage_quota", "3KB").start()) {
      String one = server.create(MEMBER, RAW);
      assertEquals(204, server.askAs(MEMBER, "PUT", file(one), new byte[2048]).status());
      String two = server.create(MEMBER, RAW);
      assertEquals(413, server.askAs(MEMBER, "PUT", file(two), new byte[1025]).status());
      // A body whose length nobody says.
      var chunked = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[1 << 20]));
      assertEquals(413, server.askAs(MEMBER, "PUT", file(two), chunked).status());
      String stage = "/v2/images/" + two + "/stage";
      assertEquals(413, server.askAs(MEMBER, "PUT", stage, new byte[1025]).status());
      assertEquals("queued", server.image(two).path("status").textValue());
      assertEquals(1, RunningServer.files(server.storeDirectory("fast")).size());
      assertEquals(204, server.askAs(MEMBER, "PUT", file(two), new byte[1024]).status());
      String three = server.create(MEMBER, RAW);
      assertEquals(413, server.askAs(MEMBER, "PUT", file(three), new byte[1]).status());
      // Another project has its own, and an administrator who uploads does not pay for it.
      String other = server.create("v:q:member", RAW);
      assertEquals(204, server.askAs("v:q:member", "PUT", file(other), new byte[3072]).status());
      assertEquals(413, server.ask("PUT", file(three), new byte[1]).status());
      assertEquals(204, server.askAs(MEMBER, "DELETE", "/v2/images/" + one, null).status());
      assertEquals(204, server.askAs(MEMBER, "PUT", file(three), new byte[2048]).status());
    }
  }

  @Test
  void aCopyCountsAndAnImportThatIsTooMuchLeavesNothing() throws Exception {
    try (RunningServer server =
        new RunningServer(directory).set("DEFAULT", "user_storage_quota", "3KB").start()) {
      String one = server.create(MEMBER, RAW);
      assertEquals(204, server.askAs(MEMBER, "PUT", file(one), new byte[2048]).status());
      String copy = "{\"method\":{\"name\":\"copy-image\"},\"stores\":[\"slow\"]}";
      assertEquals(413, server.ask("POST", "/v2/images/" + one + "/import", copy).status());
    }
  }

  @Test
  void ofTwoImportsThatFitEachAloneOneIsDone() throws Exception {
    try (RunningServer server =
        new RunningServer(directory).set("DEFAULT", "user_storage_quota", "3KB").start()) {
      String one = server.create(MEMBER, RAW);
      assertEquals(204, server.askAs(MEMBER, "PUT", file(one), new byte[1024]).status());
      for (int round = 0; round < 10; round++) {
        raceForTheLastRoom(server, round % 2 == 0 ? "\"fast\",\"slow\"" : "\"slow\"", round);
      }
    }
  }

  /** Where 2 KiB are left: two images of 1 KiB into two stores, or of 2 KiB into one. */
  static void raceForTheLastRoom(RunningServer server, String stores, int round)
      throws IOException {
    byte[] data = new byte[stores.contains(",") ? 1024 : 2048];
    String[] ids = {server.create(MEMBER, RAW), server.create(MEMBER, RAW)};
    for (String id : ids) {
      String stage = "/v2/images/" + id + "/stage";
      assertEquals(204, server.askAs(MEMBER, "PUT", stage, data).status());
    }
    for (String id : ids) {
      server.askAs(
          MEMBER,
          "POST",
          "/v2/images/" + id + "/import",
          "{\"method\":{\"name\":\"glance-direct\"},\"stores\":[%s]}".formatted(stores));
    }
    int active = 0;
    for (String id : ids) {
      active += server.settled(id).path("status").textValue().equals("active") ? 1 : 0;
    }
    assertEquals(1, active, "round " + round);
    assertEquals(1, RunningServer.files(server.storeDirectory("slow")).size(), "round " + round);
    for (String id : ids) {
      assertEquals(204, server.askAs(MEMBER, "DELETE", "/v2/images/" + id, null).status());
    }
  }

  @Test
  void whatAnImportPromisedAndDidNotMakeIsRoomAgain() throws IOException {
    try (RunningServer server =
        new RunningServer(directory).set("DEFAULT", "user_storage_quota", "3KB").start()) {
      Files.move(server.storeDirectory("slow"), directory.resolve("away"));
      String one = server.create(MEMBER, RAW);
      String stage = "/v2/images/" + one + "/stage";
      assertEquals(204, server.askAs(MEMBER, "PUT", stage, new byte[1024]).status());
      String both =
          "{\"method\":{\"name\":\"glance-direct\"},\"stores\":[\"fast\",\"slow\"],"
              + "\"all_stores_must_succeed\":false}";
      assertEquals(
          202, server.askAs(MEMBER, "POST", "/v2/images/" + one + "/import", both).status());
      assertEquals("fast", server.settled(one).path("stores").textValue());
      String two = server.create(MEMBER, RAW);
      assertEquals(204, server.askAs(MEMBER, "PUT", file(two), new byte[2048]).status());
    }
  }

  @Test
  void propertiesAreSeenAndChangedByWhomTheFileNames() throws IOException {
    Files.createDirectories(directory);
    Path file =
        Files.writeString(
            directory.resolve("properties.conf"),
            """
            [^secret$]
            create = admin
            read = admin
            update = admin
            delete = admin
            [^fixed$]
            create = admin
            read = @
            update = !
            delete = !
            [.*]
            create = @
            read = @
            update = @
            delete = @
            """);
    try (RunningServer server =
        new RunningServer(directory)
            .set("DEFAULT", "property_protection_file", file.toString())
            .start()) {
      String[] refused = {"{\"secret\":\"x\"}", "{\"fixed\":\"x\"}"};
      for (String document : refused) {
        assertEquals(403, server.askAs(MEMBER, "POST", "/v2/images", document).status());
      }
      String id =
          server.create(
              RunningServer.ADMIN,
              "{\"owner\":\"p\",\"secret\":\"s\",\"fixed\":\"f\",\"open\":\"o\"}");
      JsonNode seen = server.askAs(MEMBER, "GET", "/v2/images/" + id, null).json();
      assertFalse(seen.has("secret"));
      assertEquals("f", seen.path("fixed").textValue());
      assertFalse(
          server
              .askAs(MEMBER, "GET", "/v2/images", null)
              .json()
              .path("images")
              .path(0)
              .has("secret"));
      // What cannot be read cannot be found out by a filter either.
      JsonNode guessed = server.askAs(MEMBER, "GET", "/v2/images?secret=s", null).json();
      assertTrue(guessed.path("images").isEmpty());
      assertEquals(1, server.ask("GET", "/v2/images?secret=s", null).json().path("images").size());
      String[][] patches = {
        {"{\"op\":\"replace\",\"path\":\"/secret\",\"value\":\"y\"}", "409"},
        {"{\"op\":\"remove\",\"path\":\"/secret\"}", "409"},
        {"{\"op\":\"add\",\"path\":\"/secret\",\"value\":\"y\"}", "403"},
        {"{\"op\":\"replace\",\"path\":\"/fixed\",\"value\":\"y\"}", "403"},
        {"{\"op\":\"remove\",\"path\":\"/fixed\"}", "403"},
        {"{\"op\":\"replace\",\"path\":\"/open\",\"value\":\"y\"}", "200"}
      };
      for (String[] patch : patches) {
        assertEquals(
            Integer.parseInt(patch[1]),
            server.patch(MEMBER, id, "[" + patch[0] + "]").status(),
            patch[0]);
      }
      assertEquals("s", server.image(id).path("secret").textValue());
      assertEquals("y", server.image(id).path("open").textValue());
      assertEquals(
          403,
          server
              .patch(RunningServer.ADMIN, id, "[{\"op\":\"remove\",\"path\":\"/fixed\"}]")
              .status());
    }
  }
}
