package dev.platter.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups as the documentation says, and what is there after they are restored. */
class BackupTest {
  private static final String RAW = "\"disk_format\":\"raw\",\"container_format\":\"bare\"";
  private static final byte[] CONTENT = "what a disk holds".repeat(100).getBytes(US_ASCII);

  @TempDir Path directory;

  private static String active(RunningServer server, String name) throws IOException {
    String id =
        server.create(
            RunningServer.ADMIN,
            "{\"name\":\"%s\",\"tags\":[\"t\"],\"k\":\"v\",%s}".formatted(name, RAW));
    assertEquals(204, server.ask("PUT", "/v2/images/" + id + "/file", CONTENT).status());
    return id;
  }

  private static void isThere(RunningServer server, String id) throws IOException {
    assertArrayEquals(
        CONTENT, server.ask("GET", "/v2/images/" + id + "/file", null).response().body());
    assertEquals("v", server.image(id).path("k").asText());
    assertEquals("[\"t\"]", server.image(id).path("tags").toString());
  }

  private static void copy(Path from, Path to) {
    ExternalTool.named("cp").mustRun("-a", from, to);
  }

  @Test
  void aDirectoryThatIsCopiedWhileTheServiceIsStoppedIsTheService() throws IOException {
    Path service = directory.resolve("service");
    String before;
    try (RunningServer server = new RunningServer(service).start()) {
      before = active(server, "before");
    }
    copy(service, directory.resolve("backup"));
    try (RunningServer server = new RunningServer(service).start()) {
      active(server, "after");
      assertEquals(204, server.ask("DELETE", "/v2/images/" + before, null).status());
    }
    Files.move(service, directory.resolve("lost"));
    Files.move(directory.resolve("backup"), service);
    try (RunningServer server = new RunningServer(service).start()) {
      isThere(server, before);
      assertEquals(1, server.ask("GET", "/v2/images", null).json().path("images").size());
      isThere(server, active(server, "new"));
    }
  }

  /** The database first, then the stores; the service goes on meanwhile. */
  @Test
  @Tag("interop")
  void aDumpOfTheDatabaseAndACopyOfTheStoresAreTheService() throws Exception {
    Path stores = directory.resolve("stores");
    Path dump = directory.resolve("dump");
    String member = "/members";
    try (PostgresCluster cluster = new PostgresCluster();
        StalledDownload web = new StalledDownload(1 << 20)) {
      ExternalTool psql = ExternalTool.named("psql");
      String url = cluster.url().replace("//", "//platter@");
      String before;
      String staged;
      String underWay;
      try (RunningServer server =
          new RunningServer(directory.resolve("one")).on(cluster, "one", stores).start()) {
        before = active(server, "before");
        server.ask("POST", "/v2/images/" + before + member, "{\"member\":\"p2\"}");
        staged = server.create(RunningServer.ADMIN, "{" + RAW + "}");
        server.ask("PUT", "/v2/images/" + staged + "/stage", CONTENT);
        underWay = server.create(RunningServer.ADMIN, "{" + RAW + "}");
        String body =
            "{\"method\":{\"name\":\"web-download\",\"uri\":\"%s\"}}".formatted(web.url("/x"));
        assertEquals(202, server.ask("POST", "/v2/images/" + underWay + "/import", body).status());
        ExternalTool.named("pg_dump").mustRun("-Fc", "-f", dump, "-d", url);
        active(server, "while the stores are copied");
        copy(stores, directory.resolve("stores.backup"));
        copy(directory.resolve("one/staging"), directory.resolve("staging.backup"));
        active(server, "after");
      }
      Files.move(stores, directory.resolve("lost"));
      Files.move(directory.resolve("stores.backup"), stores);
      Files.createDirectories(directory.resolve("two"));
      Files.move(directory.resolve("staging.backup"), directory.resolve("two/staging"));
      psql.mustRun("-d", url, "-c", "CREATE DATABASE restored");
      String restored = url.replaceFirst("/postgres$", "/restored");
      ExternalTool.named("pg_restore").mustRun("-d", restored, dump);
      web.goOn();
      try (RunningServer server =
          new RunningServer(directory.resolve("two"))
              .on(cluster, "one", stores)
              .set("database", "connection", restored.replace("platter@", ""))
              .start()) {
        isThere(server, before);
        assertEquals(
            "p2",
            server
                .ask("GET", "/v2/images/" + before + member, null)
                .json()
                .at("/members/0/member_id")
                .asText());
        String direct = "{\"method\":{\"name\":\"glance-direct\"}}";
        assertEquals(202, server.ask("POST", "/v2/images/" + staged + "/import", direct).status());
        for (String id : new String[] {staged, underWay}) {
          assertEquals("active", server.settled(id).path("status").asText(), id);
        }
        assertEquals(
            Set.of(before, staged, underWay),
            Set.copyOf(
                server
                    .ask("GET", "/v2/images", null)
                    .json()
                    .path("images")
                    .findValuesAsText("id")));
      }
    }
  }
}
