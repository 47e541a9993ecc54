package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.db.Database;
import dev.platter.server.metadef.MetadefFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same service on PostgreSQL. */
@Tag("interop")
class PostgresIT {

  private static final String LOADED =
      """
      {"namespace": "L", "properties": {"p": {"type": "integer", "title": "t", "default": 8}},
       "objects": [{"name": "o"}], "tags": [{"name": "t"}],
       "resource_type_associations": [{"name": "R", "prefix": "x_"}]}
      """;

  private static Path temporary() throws IOException {
    return Files.createTempDirectory("platter-service");
  }

  @Test
  void theServiceRunsOnPostgres() throws Exception {
    Path directory = temporary();
    try (PostgresCluster cluster = new PostgresCluster()) {
      String id;
      try (RunningServer server = on(cluster, directory)) {
        id =
            server.create(
                RunningServer.ADMIN,
                "{\"name\":\"n\",\"disk_format\":\"raw\",\"container_format\":\"bare\","
                    + "\"k\":\"v\",\"tags\":[\"t\"]}");
        server.ask("PUT", "/v2/images/" + id + "/stage", new byte[100_000]);
        server.ask(
            "POST",
            "/v2/images/" + id + "/import",
            "{\"method\":{\"name\":\"glance-direct\"},\"all_stores\":true}");
        JsonNode image = server.settled(id);
        assertEquals("active", image.path("status").textValue(), image::toString);
        assertEquals("fast,slow", image.path("stores").textValue());
        for (String query :
            List.of("k=v", "tag=t", "sort=name:asc,size:desc", "size_min=1", "name=in:n,m")) {
          JsonNode list = server.ask("GET", "/v2/images?" + query, null).json().path("images");
          assertEquals(1, list.size(), query);
        }
        String second = server.create(RunningServer.ADMIN, "{}");
        JsonNode page = server.ask("GET", "/v2/images?limit=1", null).json();
        assertEquals(second, page.path("images").path(0).path("id").textValue());
        JsonNode next = server.ask("GET", page.path("next").textValue(), null).json();
        assertEquals(id, next.path("images").path(0).path("id").textValue());
        assertEquals(200, server.ask("GET", "/v2/tasks?limit=1", null).status());
        assertEquals(409, server.ask("POST", "/v2/images", "{\"id\":\"" + id + "\"}").status());
        assertEquals(
            201,
            server
                .ask(
                    "POST",
                    "/v2/metadefs/namespaces",
                    "{\"namespace\":\"N\",\"tags\":[{\"name\":\"t\"}],"
                        + "\"resource_type_associations\":[{\"name\":\"R\"}]}")
                .status());
        assertTrue(server.ask("GET", "/v2/metadefs/namespaces/N", null).text().contains("\"R\""));
      }
      Path file = Files.writeString(directory.resolve("loaded.json"), LOADED);
      try (Database database = new Database("jdbc:" + cluster.url(), "platter", "", 2)) {
        for (MetadefFiles.Existing existing : MetadefFiles.Existing.values()) {
          new MetadefFiles(file).load(database, existing);
        }
      }
      try (RunningServer again = on(cluster, directory)) {
        JsonNode loaded = again.ask("GET", "/v2/metadefs/namespaces/L", null).json();
        assertEquals("8", loaded.path("properties").path("p").path("default").textValue());
        assertFalse(loaded.has("updated_at"), "it was overwritten last, and is new");
        assertEquals(2, again.ask("GET", "/v2/images/" + id + "/locations", null).json().size());
        assertEquals("active", again.image(id).path("status").textValue());
        assertEquals(204, again.ask("DELETE", "/v2/images/" + id, null).status());
        assertEquals(204, again.ask("DELETE", "/v2/metadefs/namespaces/N", null).status());
      }
    }
  }

  @Test
  void ofTwoImportsThatFitEachAloneOneIsDone() throws Exception {
    try (PostgresCluster cluster = new PostgresCluster();
        RunningServer server =
            configured(cluster, temporary()).set("DEFAULT", "user_storage_quota", "2KB").start()) {
      for (int round = 0; round < 10; round++) {
        String stores = round % 2 == 0 ? "\"fast\",\"slow\"" : "\"slow\"";
        QuotaTest.raceForTheLastRoom(server, stores, round);
      }
    }
  }

  private static RunningServer on(PostgresCluster cluster, Path directory) throws IOException {
    return configured(cluster, directory).start();
  }

  private static RunningServer configured(PostgresCluster cluster, Path directory)
      throws IOException {
    return new RunningServer(directory)
        .set("database", "connection", cluster.url())
        .set("database", "user", "platter");
  }
}
