package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of images on the node: filled by downloads and on request, bounded, checked. */
class CacheTest {
  @TempDir Path directory;

  private RunningServer server(int interval) throws IOException {
    return new RunningServer(directory.resolve("service"))
        .set("DEFAULT", "image_cache_dir", directory.resolve("cache").toString())
        .set("DEFAULT", "image_cache_max_size", "250000")
        .set("DEFAULT", "cache_prefetcher_interval", Integer.toString(interval))
        .start();
  }

  private static String image(RunningServer server, int size, int fill) throws IOException {
    String id =
        server.create(
            RunningServer.ADMIN, "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}");
    byte[] content = new byte[size];
    Arrays.fill(content, (byte) fill);
    assertEquals(204, server.ask("PUT", "/v2/images/" + id + "/file", content).status());
    return id;
  }

  private static byte[] download(RunningServer server, String id) throws IOException {
    return server.ask("GET", "/v2/images/" + id + "/file", null).response().body();
  }

  private Set<String> cached() throws IOException {
    return RunningServer.files(directory.resolve("cache")).stream()
        .map(name -> name.replaceFirst("[.]platter-cached$", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void downloadsFillItAndAreServedFromIt() throws IOException {
    try (RunningServer server = server(3600)) {
      String id = image(server, 100_000, 1);
      byte[] first = download(server, id);
      assertEquals(Set.of(id), cached());
      Files.delete(server.storeDirectory("fast").resolve(id));
      assertArrayEquals(first, download(server, id));
      JsonNode cache = server.ask("GET", "/v2/cached_images", null).json().path("cached_images");
      assertEquals(id, cache.path(0).path("image_id").textValue());
      assertEquals(1, cache.path(0).path("hits").intValue());
      assertEquals(100_000, cache.path(0).path("size").intValue());
      server.ask("DELETE", "/v2/images/" + id, null);
      assertEquals(Set.of(), cached());
    }
  }

  @Test
  void itHoldsNoMoreThanItMayAndTheOldestGoFirst() throws IOException {
    try (RunningServer server = server(3600)) {
      String one = image(server, 100_000, 1);
      String two = image(server, 100_000, 2);
      String three = image(server, 100_000, 3);
      String huge = image(server, 300_000, 4);
      download(server, one);
      download(server, two);
      download(server, one);
      download(server, huge);
      download(server, three);
      assertEquals(Set.of(one, three), cached());
      assertEquals(
          2, server.ask("DELETE", "/v2/cached_images", null).json().path("num_deleted").intValue());
      assertEquals(Set.of(), cached());
    }
  }

  @Test
  void queuedImagesAreFetched() throws IOException, InterruptedException {
    String id;
    try (RunningServer server = server(1)) {
      id = image(server, 100_000, 1);
      assertEquals(202, server.ask("PUT", "/v2/cache/" + id, null).status());
      String list = "";
      for (int i = 0; i < 200 && !list.contains(id); i++) {
        Thread.sleep(50);
        list = server.ask("GET", "/v2/cached_images", null).text();
      }
      assertEquals(Set.of(id), cached());
      JsonNode queue = server.ask("GET", "/v2/queued_images", null).json();
      assertEquals(0, queue.path("queued_images").size());
    }
    String other = "00000000-0000-4000-8000-000000000000";
    for (String leftover : List.of(id + ".x.platter-caching", other + ".platter-cached")) {
      Files.writeString(directory.resolve("cache/" + leftover), "half-made, or nobody's");
    }
    server(3600).close();
    assertEquals(Set.of(id), cached());
  }

  @Test
  void dataThatDifferFromTheRecordAreNotKept() throws IOException {
    try (RunningServer server = server(3600)) {
      String id = image(server, 100_000, 1);
      Files.write(server.storeDirectory("fast").resolve(id), new byte[100_000]);
      download(server, id);
      assertEquals(Set.of(), cached());
    }
  }

  @Test
  void onlyAdministratorsRuleItAndOnlyWhereItIs() throws IOException {
    try (RunningServer server = server(3600)) {
      assertEquals(403, server.askAs("a:p1:member", "GET", "/v2/cache", null).status());
      assertEquals(404, server.ask("DELETE", "/v2/cache/..%2Fx", null).status());
      assertTrue(server.ask("GET", "/", null).text().contains("v2.16"));
    }
    try (RunningServer without = new RunningServer(directory.resolve("other")).start()) {
      assertEquals(404, without.ask("GET", "/v2/cache", null).status());
      assertFalse(without.ask("GET", "/", null).text().contains("v2.16"));
    }
  }
}
