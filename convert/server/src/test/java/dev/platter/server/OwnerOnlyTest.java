package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the service makes is for its owner alone, under the umask that the tests run with, too. */
class OwnerOnlyTest {
  @TempDir Path directory;

  private RunningServer server() throws IOException {
    return new RunningServer(directory.resolve("service"))
        .set("DEFAULT", "image_cache_dir", directory.resolve("cache").toString())
        .set("DEFAULT", "image_cache_max_size", "250000")
        .start();
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private List<Path> files() throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> all = Files.walk(directory)) {
      all.filter(Files::isRegularFile).forEach(found::add);
    }
    return found;
  }

  @Test
  void filesAndDirectoriesAreClosedToOthers() throws IOException {
    try (RunningServer server = server()) {
      String body = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";
      String stored = server.create(RunningServer.ADMIN, body);
      String staged = server.create(RunningServer.ADMIN, body);
      byte[] content = new byte[100_000];
      assertEquals(204, server.ask("PUT", "/v2/images/" + stored + "/file", content).status());
      assertEquals(200, server.ask("GET", "/v2/images/" + stored + "/file", null).status());
      assertEquals(204, server.ask("PUT", "/v2/images/" + staged + "/stage", content).status());
      List<Path> files = files();
      // The database, the image, its copy in the cache, the staged one.
      assertTrue(files.size() >= 4, files::toString);
      for (Path file : files) {
        assertEquals("rw-------", mode(file), file::toString);
      }
      assertEquals("rwx------", mode(server.staging()));
      assertEquals("rwx------", mode(directory.resolve("cache")));
    }
  }

  @Test
  void anOldDatabaseIsClosedWhenTheServiceStarts() throws IOException {
    try (RunningServer server = server()) {
      assertEquals(200, server.ask("GET", "/v2/images", null).status());
    }
    Path database = directory.resolve("service").resolve("database.mv.db");
    Files.setPosixFilePermissions(database, PosixFilePermissions.fromString("rw-r--r--"));
    try (RunningServer server = server()) {
      assertEquals(200, server.ask("GET", "/v2/images", null).status());
      assertEquals("rw-------", mode(database));
    }
  }
}
