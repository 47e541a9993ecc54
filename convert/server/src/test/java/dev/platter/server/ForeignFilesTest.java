package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others keep in the service's directories is theirs, whatever it is called. */
class ForeignFilesTest {
  @TempDir Path directory;

  private RunningServer service() throws IOException {
    return new RunningServer(directory)
        .set("DEFAULT", "image_cache_dir", directory.resolve("cache").toString())
        .set("DEFAULT", "node_staging_uri", directory.resolve("staging").toUri().toString());
  }

  private void putForeignFiles(Path place) throws IOException {
    Files.createDirectories(place.resolve("sub-directory/deeper"));
    for (String name :
        List.of(
            "notes.txt",
            UUID.randomUUID().toString(),
            UUID.randomUUID() + ".part",
            "sub-directory/deeper/a",
            "x.cached",
            "x.caching",
            "x.staged")) {
      Files.writeString(place.resolve(name), "somebody's");
    }
    Files.createDirectories(place.resolve(UUID.randomUUID() + ".platter-cached/sub"));
    Files.createDirectories(place.resolve(UUID.randomUUID() + ".platter-staged/sub"));
  }

  private static long count(Path place) throws IOException {
    try (var files = Files.walk(place)) {
      return files.count();
    }
  }

  @Test
  void startsAndEndsLeaveForeignFilesAlone() throws IOException {
    for (String name : List.of("cache", "staging")) {
      putForeignFiles(Files.createDirectories(directory.resolve(name)));
    }
    long before = count(directory.resolve("cache"));
    for (int i = 0; i < 2; i++) {
      try (RunningServer server = service().start()) {
        assertEquals(200, server.ask("GET", "/v2/images", null).status());
      }
    }
    assertEquals(before, count(directory.resolve("cache")));
    assertEquals(before + 1, count(directory.resolve("staging")), "but for the lock");
  }

  @Test
  void oneDirectoryForTwoPurposesIsRefused() throws IOException {
    try (RunningServer server = service()) {
      server.set("DEFAULT", "image_cache_dir", server.storeDirectory("fast").toString());
      assertThrows(IllegalArgumentException.class, server::start);
    }
  }

  @Test
  void anEmptiedDatabaseBesideFullStoresIsSaidAndNothingIsLost() throws IOException {
    String id;
    try (RunningServer server = service().start()) {
      id =
          server.create(
              RunningServer.ADMIN, "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}");
      server.ask("PUT", "/v2/images/" + id + "/file", new byte[1000]);
    }
    Files.delete(directory.resolve("database.mv.db"));
    List<String> logged = RunningServer.logged();
    try (RunningServer server = service().start()) {
      assertTrue(Files.exists(server.storeDirectory("fast").resolve(id)));
    }
    assertTrue(
        logged.stream()
            .anyMatch(line -> line.contains("DATABASE IS EMPTY") && line.contains("fast")),
        logged::toString);
  }
}
