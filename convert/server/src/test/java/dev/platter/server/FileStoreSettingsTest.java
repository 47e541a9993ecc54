package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.config.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stores of several directories, as the settings have them and callers see them. */
class FileStoreSettingsTest {
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";

  @TempDir Path directory;

  private RunningServer server(Path high, Path low) throws IOException {
    return new RunningServer(directory.resolve("service"))
        .set("DEFAULT", "enabled_backends", "many:file, slow:file")
        .set("glance_store", "default_backend", "many")
        .set("many", "filesystem_store_datadirs", low + ":1")
        .set("many", "filesystem_store_datadirs", high + ":9")
        .set("many", "filesystem_store_marker", ".mounted")
        .set("many", "filesystem_store_file_perm", "640");
  }

  private Path marked(String name) throws IOException {
    Path made = Files.createDirectory(directory.resolve(name));
    Files.createFile(made.resolve(".mounted"));
    return made;
  }

  private static String upload(RunningServer server, int expected) throws IOException {
    String id = server.create(RunningServer.ADMIN, RAW);
    assertEquals(expected, server.ask("PUT", "/v2/images/" + id + "/file", new byte[100]).status());
    return id;
  }

  @Test
  void imagesGoByPriorityAndNeverWhereNothingIsMounted() throws IOException {
    Path high = marked("high");
    Path low = marked("low");
    try (RunningServer server = server(high, low).start()) {
      String first = upload(server, 204);
      assertTrue(Files.exists(high.resolve(first)));
      assertEquals(
          "rw-r-----",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(high.resolve(first))));
      Files.delete(high.resolve(".mounted"));
      String second = upload(server, 204);
      assertTrue(Files.exists(low.resolve(second)));
      assertFalse(Files.exists(high.resolve(second)));
      assertEquals(100, server.ask("GET", "/v2/images/" + first + "/file", null).text().length());
      Files.delete(low.resolve(".mounted"));
      upload(server, 503);
      JsonNode stores = server.ask("GET", "/v2/info/stores", null).json().path("stores");
      assertEquals("true", stores.path(0).path("read-only").asText(), stores.toString());
      assertFalse(stores.path(1).has("read-only"), stores.toString());
      String health = server.ask("GET", "/healthcheck/detail", null).text();
      assertTrue(health.contains(".mounted"), health);
      // Deletions wait.
      assertEquals(204, server.ask("DELETE", "/v2/images/" + second, null).status());
      assertTrue(Files.exists(low.resolve(second)));
      Files.createFile(low.resolve(".mounted"));
      String third = upload(server, 204);
      assertEquals(204, server.ask("DELETE", "/v2/images/" + third, null).status());
      assertFalse(Files.exists(low.resolve(second)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "filesystem_store_datadirs, '/a:x', DIRECTORY:PRIORITY",
    "filesystem_store_datadirs, ':5', DIRECTORY:PRIORITY",
    "filesystem_store_datadir, '/a', not both",
    "filesystem_store_file_perm, 999, octal",
    "filesystem_store_metadata_file, /m, no metadata",
    "filesystem_store_marker, a/b, without a directory",
    "filesystem_thin_provisioning, perhaps, true or false"
  })
  void whatCannotBeObeyedIsRefused(String key, String value, String words) throws IOException {
    RunningServer server = server(directory.resolve("high"), directory.resolve("low"));
    server.set("many", key, value);
    SettingsException refused = assertThrows(SettingsException.class, server::settings);
    String said = String.join("\n", refused.problems());
    assertTrue(said.contains("[many] ") && said.contains(words), said);
  }

  @Test
  void oneDirectoryServesOnePurpose() throws IOException {
    RunningServer server = server(directory.resolve("high"), directory.resolve("low"));
    server.set("slow", "filesystem_store_datadir", directory.resolve("low").toString());
    String said =
        String.join("\n", assertThrows(SettingsException.class, server::settings).problems());
    assertTrue(said.contains("each need a directory"), said);
  }
}
