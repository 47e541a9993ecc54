package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
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
      for (int i = 0; i < 1200 && !list.contains(id); i++) {
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
  void queuedImagesAreFetchedAtOnceWhenTheyAreAskedFor() throws Exception {
    try (RunningServer server = server(3600)) {
      String id = image(server, 1000, 1);
      assertEquals(202, server.ask("PUT", "/v2/cache/" + id, null).status());
      for (int i = 0; i < 6000 && !cached().equals(Set.of(id)); i++) {
        Thread.sleep(10);
      }
      assertEquals(Set.of(id), cached());
    }
  }

  @Test
  void itIsCleanedAndPrunedOnRequest() throws Exception {
    try (RunningServer server = server(3600)) {
      String whole = image(server, 100_000, 1);
      String cut = image(server, 100_000, 2);
      download(server, whole);
      download(server, cut);
      Path cache = directory.resolve("cache");
      Files.write(cache.resolve(cut + ".platter-cached"), new byte[10]);
      String other = "00000000-0000-4000-8000-000000000000";
      for (String name : List.of(".old.platter-caching", ".new.platter-caching")) {
        Files.write(cache.resolve(other + name), new byte[10]);
      }
      Files.write(cache.resolve("notes.txt"), new byte[10]);
      Files.setLastModifiedTime(
          cache.resolve(other + ".old.platter-caching"),
          FileTime.from(Instant.now().minus(Duration.ofDays(2))));
      assertEquals(403, server.askAs("a:p:member", "POST", "/v2/cache/clean", null).status());
      assertEquals(200, server.ask("POST", "/v2/cache/clean", null).status());
      assertEquals(Set.of(whole, other + ".new.platter-caching", "notes.txt"), cached());
      assertEquals(1, server.ask("GET", "/v2/cache", null).json().path("cached_images").size());
    }
    try (RunningServer small =
        new RunningServer(directory.resolve("service"))
            .set("DEFAULT", "image_cache_dir", directory.resolve("cache").toString())
            .set("DEFAULT", "image_cache_max_size", "50000")
            .start()) {
      assertEquals(403, small.askAs("a:p:member", "POST", "/v2/cache/prune", null).status());
      assertEquals(
          "{\"total_files_pruned\":1,\"total_bytes_pruned\":100000}",
          small.ask("POST", "/v2/cache/prune", null).text());
      assertEquals(
          "{\"total_files_pruned\":0,\"total_bytes_pruned\":0}",
          small.ask("POST", "/v2/cache/prune", null).text());
    }
  }

  @Test
  void nodesThatHaveAnImageAreTold() throws Exception {
    String id;
    try (RunningServer server = server(3600)) {
      id = image(server, 1000, 1);
      download(server, id);
      assertEquals(409, server.ask("GET", "/v2/cache/nodes/" + id, null).status());
    }
    try (RunningServer known =
        new RunningServer(directory.resolve("service"))
            .set("DEFAULT", "image_cache_dir", directory.resolve("cache").toString())
            .set("DEFAULT", "worker_self_reference_url", "http://one:9292")
            .start()) {
      assertEquals("[\"http://one:9292\"]", known.ask("GET", "/v2/cache/nodes/" + id, null).text());
      String other = image(known, 1000, 1);
      assertEquals("[]", known.ask("GET", "/v2/cache/nodes/" + other, null).text());
      assertEquals(404, known.ask("GET", "/v2/cache/nodes/x", null).status());
      assertEquals(403, known.askAs("a:p:member", "GET", "/v2/cache/nodes/" + id, null).status());
    }
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
      String nobody = "00000000-0000-4000-8000-000000000000";
      assertEquals(404, server.ask("DELETE", "/v2/cache/" + nobody, null).status());
      assertTrue(server.ask("GET", "/", null).text().contains("v2.18"));
    }
    try (RunningServer without = new RunningServer(directory.resolve("other")).start()) {
      assertEquals(404, without.ask("GET", "/v2/cache", null).status());
      assertFalse(without.ask("GET", "/", null).text().contains("v2.18"));
    }
  }
}
