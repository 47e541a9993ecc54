package dev.platter.server;

import static dev.platter.server.GlanceTables.id;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.http.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The command that takes over what a Glance has: stores, repeats, and what may be in a database.
 */
class MigrateTest {
  @TempDir Path directory;
  private GlanceTables glance;
  private Path fast;
  private Path slow;
  private Path config;

  @BeforeEach
  void begin() throws Exception {
    glance = new GlanceTables(directory.resolve("glance.sqlite"));
    fast = Files.createDirectories(directory.resolve("images/fast"));
    slow = Files.createDirectories(directory.resolve("images/slow"));
    config = directory.resolve("platter.conf");
    Files.writeString(
        config,
        """
        [DEFAULT]
        enabled_backends = fast:file, slow:file
        [fast]
        filesystem_store_datadir = %s
        [slow]
        filesystem_store_datadir = %s
        """
            .formatted(fast, slow));
  }

  @AfterEach
  void end() throws Exception {
    glance.close();
  }

  private record Told(int code, String text) {
    JsonNode json() throws IOException {
      return Json.parse(text);
    }

    long count(String kind, String outcome) throws IOException {
      return json().path("counts").path(kind).path(outcome).asLong();
    }

    /** Why an image is told of; empty if it is not. */
    String why(String id) throws IOException {
      StringBuilder why = new StringBuilder();
      for (JsonNode told : json().path("told")) {
        if (told.path("id").asText().equals(id)) {
          why.append(told.path("why").asText()).append('\n');
        }
      }
      return why.toString();
    }
  }

  private Told run(String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(
        List.of("--config", config.toString(), "--data", directory.resolve("data").toString()));
    if (!all.contains("--from-file")) {
      all.addAll(List.of("--from", glance.url()));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code = Main.migrate(all, printed, printed);
    return new Told(code, out.toString(StandardCharsets.UTF_8));
  }

  private Told migrate() throws Exception {
    return run("--output", "json");
  }

  private RunningServer server() throws IOException {
    return new RunningServer(directory.resolve("data"))
        .set("fast", "filesystem_store_datadir", fast.toString())
        .set("slow", "filesystem_store_datadir", slow.toString())
        .start();
  }

  private String file(Path store, int number, int size) throws IOException {
    return Files.write(store.resolve(id(number)), new byte[size]).toUri().toString();
  }

  @Test
  void dataAreTakenOverWhereTheyLieAndNothingElseIs() throws Exception {
    Path elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
    String outside = Files.write(elsewhere.resolve(id(5)), new byte[10]).toUri().toString();
    Path link = Files.createSymbolicLink(directory.resolve("images/link"), fast);
    glance
        .active(id(1), 10)
        .location(id(1), file(fast, 1, 10), "{\"store\": \"fast\"}")
        .active(id(2), 10)
        .location(id(2), file(slow, 2, 10), "{}") // of before there were several stores
        .active(id(3), 10)
        .location(id(3), file(fast, 3, 9), "{\"store\": \"fast\"}")
        .active(id(4), 10)
        .location(id(4), fast.resolve(id(4)).toUri().toString(), "{\"store\": \"fast\"}")
        .active(id(5), 10)
        .location(id(5), outside, "{\"store\": \"fast\"}")
        .active(id(6), 10)
        .location(id(6), "sheepdog://h:7000/" + id(6), "{\"store\": \"slow\"}")
        .active(id(7), 10)
        .location(id(7), file(fast, 7, 10), "{\"store\": \"fast\"}")
        .location(id(7), slow.resolve(id(7)).toUri().toString(), "{\"store\": \"slow\"}")
        .active(id(8), 10)
        .active(id(9), 10)
        .location(id(9), file(fast, 9, 10), "{\"backend\": \"fast\"}")
        .active(id(10), 10)
        .location(id(10), "swift+https://u:verysecret@keystone/v3/images/x", "{}")
        .active(id(11), 10)
        .location(id(11), "file://" + link.resolve(id(1)), "{\"store\": \"fast\"}")
        .active(id(12), 10)
        .location(id(12), "file://" + fast + "/../../elsewhere/" + id(5), "{\"store\": \"fast\"}");
    Told told = migrate();
    assertEquals(2, told.code());
    assertEquals(4, told.count("image", "added"), told.text());
    assertEquals(8, told.count("image", "left"), told.text());
    assertTrue(told.why(id(3)).contains("has 9 bytes, 10 are recorded"), told.text());
    assertTrue(told.why(id(4)).contains("there is no file:"), told.text());
    assertTrue(told.why(id(5)).contains("no location of this store"), told.text());
    assertTrue(
        told.why(id(6)).contains("no store here reads locations of sheepdog://"), told.text());
    assertTrue(told.why(id(7)).contains("a copy is not taken over"), told.text());
    assertTrue(told.why(id(8)).contains("has no location"), told.text());
    assertTrue(told.why(id(10)).contains("no store of the type swift"), told.text());
    assertTrue(told.why(id(11)).contains("no location of this store"), told.text());
    assertTrue(told.why(id(12)).contains("no location of this store"), told.text());
    assertFalse(told.text().contains("verysecret"), told.text());
    try (RunningServer server = server()) {
      for (int number : new int[] {1, 2, 7, 9}) {
        assertEquals(
            10,
            server.ask("GET", "/v2/images/" + id(number) + "/file", null).response().body().length);
      }
      assertEquals("fast", server.image(id(7)).path("stores").asText());
      assertEquals("slow", server.image(id(2)).path("stores").asText());
      assertEquals("2024-05-06T07:08:09Z", server.image(id(1)).path("created_at").asText());
      assertEquals(404, server.ask("GET", "/v2/images/" + id(5), null).status());
    }
    Files.write(fast.resolve(id(3)), new byte[10]);
    Files.write(slow.resolve(id(7)), new byte[10]);
    Told again = migrate();
    assertEquals(1, again.count("image", "added"), again.text());
    assertEquals(1, again.count("image", "updated"), again.text()); // the copy that was not there
    assertEquals(3, again.count("image", "unchanged"), again.text());
  }

  @Test
  void aLaterRunTakesWhatHasChangedThereAndLeavesWhatHasChangedHere() throws Exception {
    for (int number = 1; number <= 6; number++) {
      glance.queued(id(number));
    }
    glance.run(
        "INSERT INTO metadef_namespaces (namespace, visibility, protected, owner, created_at)"
            + " VALUES ('N', 'public', 0, 'p', '2024-01-01 00:00:00')");
    assertEquals(0, migrate().code());
    try (RunningServer server = server()) {
      for (int number : new int[] {2, 3}) {
        String patch = "[{\"op\":\"replace\",\"path\":\"/name\",\"value\":\"ours\"}]";
        assertEquals(200, server.patch(RunningServer.ADMIN, id(number), patch).status());
      }
      for (int number : new int[] {4, 5}) {
        assertEquals(204, server.ask("DELETE", "/v2/images/" + id(number), null).status());
      }
    }
    for (int number : new int[] {1, 3, 5}) {
      glance.run("UPDATE images SET name = 'theirs' WHERE id = ?", id(number));
    }
    glance
        .run("UPDATE images SET deleted = 1, status = 'deleted' WHERE id = ?", id(6))
        .run("UPDATE metadef_namespaces SET description = 'd'")
        .queued(id(7));
    Told dry = run("--output", "json", "--dry-run");
    Told told = migrate();
    assertEquals(0, told.code(), told.text());
    assertEquals(dry.json().path("counts"), told.json().path("counts"));
    assertEquals(1, told.count("image", "updated"), told.text());
    assertEquals(1, told.count("image", "added"), told.text());
    assertEquals(1, told.count("image", "removed"), told.text());
    assertEquals(4, told.count("image", "kept"), told.text());
    assertEquals(1, told.count("namespace", "updated"), told.text());
    assertTrue(told.why(id(3)).contains("there and here"), told.text());
    assertTrue(told.why(id(5)).contains("deleted here"), told.text());
    try (RunningServer server = server()) {
      assertEquals("theirs", server.image(id(1)).path("name").asText());
      assertEquals("ours", server.image(id(2)).path("name").asText());
      assertEquals("ours", server.image(id(3)).path("name").asText());
      for (int number : new int[] {4, 5, 6}) {
        assertEquals(404, server.ask("GET", "/v2/images/" + id(number), null).status());
      }
      assertEquals(
          "d",
          server.ask("GET", "/v2/metadefs/namespaces/N", null).json().path("description").asText());
      assertEquals(
          409, server.ask("POST", "/v2/images", "{\"id\":\"" + id(6) + "\"}").status(), "id(6)");
    }
    Told third = migrate();
    assertEquals(0, third.count("image", "updated") + third.count("image", "added"), third.text());
  }

  @Test
  void whatIsNoneOfGlancesIsToldAndBounded() throws Exception {
    String huge = "x".repeat(5_000_000);
    glance
        .queued(id(1))
        .run("UPDATE images SET name = ? WHERE id = ?", huge, id(1))
        .queued(id(2))
        .property(id(2), "p", huge)
        .queued(id(3))
        .property(id(3), "nul", "a\0b")
        .queued(id(4))
        .run("UPDATE images SET size = 'many' WHERE id = ?", id(4))
        .queued(id(5))
        .run("UPDATE images SET created_at = 77 WHERE id = ?", id(5))
        .queued(id(6))
        .run("UPDATE images SET protected = 'perhaps' WHERE id = ?", id(6))
        .queued(id(7))
        .property(id(7), "size", "5")
        .queued(id(8))
        .run("UPDATE images SET status = 'strange' WHERE id = ?", id(8))
        .queued(id(9))
        .run("UPDATE images SET visibility = 'all' WHERE id = ?", id(9))
        .queued("x".repeat(100_000))
        .queued("../../etc/passwd")
        .queued(id(10))
        .run("UPDATE images SET id = x'00ff00' WHERE id = ?", id(10))
        .queued(id(11))
        .run("UPDATE images SET size = -1 WHERE id = ?", id(11))
        .queued(id(12))
        .run(
            "INSERT INTO tasks (id, type, status, owner, created_at, deleted)"
                + " VALUES ('t', 'import', 'success', 'p', '2024-01-01 00:00:00', 0)")
        .run("INSERT INTO task_info (task_id, input) VALUES ('t', '{')")
        .run(
            "INSERT INTO metadef_namespaces (id, namespace, visibility, protected, owner,"
                + " created_at) VALUES (1, 'N', 'public', 0, 'p', '2024-01-01 00:00:00')")
        .run(
            "INSERT INTO metadef_properties (namespace_id, name, json_schema, created_at)"
                + " VALUES (1, 'p', '[]', '2024-01-01 00:00:00')");
    for (int i = 0; i < 300; i++) { // 18 MB of one image
      glance.property(id(12), "p" + i, "y".repeat(60_000));
    }
    glance.queued(id(13)).property(id(13), "fine", "y".repeat(65_535));
    Told told = migrate();
    assertEquals(2, told.code());
    assertEquals(1, told.count("image", "added"), told.text());
    assertEquals(13, told.count("image", "left"), told.text());
    assertEquals(1, told.count("task", "skipped"), told.text());
    assertEquals(1, told.count("namespace", "left"), told.text());
    String[] reasons = {
      "name has more than 255 characters",
      "property p has more than 65535 characters",
      "property nul has the character U+0000",
      "size is no whole number from 0 on: 'many'",
      "created_at is no moment",
      "protected is neither true nor false: 'perhaps'",
      "a property is called 'size'",
      "status is unknown: strange",
      "visibility is none of",
      "size is no whole number from 0 on: '-1'",
      "its rows have more than"
    };
    int[] numbers = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12};
    for (int i = 0; i < numbers.length; i++) {
      assertTrue(told.why(id(numbers[i])).startsWith(reasons[i]), told.why(id(numbers[i])));
    }
    assertTrue(told.why("../../etc/passwd").contains("identifier"), told.text());
    assertTrue(told.why("?").startsWith("2 rows"), told.text());
    assertTrue(told.text().length() < 20_000, "told at length: " + told.text().length());
  }

  @Test
  void whatIsBrokenOffGoesOn() throws Exception {
    for (int number = 1; number <= 350; number++) {
      glance.queued(id(number));
    }
    glance.property(
        id(150), "os_glance_importing_to_stores", "fast"); // told of, in the second page of four
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "migrate",
                "--config",
                config.toString(),
                "--data",
                directory.resolve("data").toString(),
                "--from",
                glance.url()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var lines = process.inputReader()) {
      for (String line = lines.readLine(); ; line = lines.readLine()) {
        assertTrue(line != null, "ended without telling of the image");
        if (line.contains(id(150))) {
          process.destroyForcibly();
          break;
        }
      }
    }
    process.waitFor();
    Told told = migrate();
    assertEquals(0, told.code(), told.text());
    long there = told.count("image", "unchanged");
    assertTrue(there >= 200 && (there % 100 == 0 || there == 350), told.text());
    assertEquals(350, there + told.count("image", "added"), told.text());
  }

  @Test
  void otherDatabasesAreRefusedAndSecretsHidden() throws Exception {
    glance.run("UPDATE alembic_version SET version_num = '2031_1_contract01'");
    String message = assertThrows(IOException.class, this::migrate).getMessage();
    assertTrue(
        message.contains("2031_1_contract01") && message.contains("2024_1_contract01"), message);
    glance.run("UPDATE alembic_version SET version_num = 'mitaka02'");
    assertThrows(IOException.class, this::migrate);
    glance.run("DELETE FROM alembic_version");
    assertThrows(IOException.class, this::migrate);
    glance.run("INSERT INTO alembic_version VALUES ('wallaby_expand01'), ('wallaby_contract01')");
    assertEquals(0, migrate().code());
    glance.replaceByView("image_tags", "SELECT 1 AS id, 2 AS image_id, 3 AS value, 0 AS deleted");
    message = assertThrows(IOException.class, this::migrate).getMessage();
    assertTrue(message.contains("no table image_tags"), message);
    Path url =
        Files.writeString(directory.resolve("url"), "mysql+pymysql://u:topsecret@127.0.0.1:1/g\n");
    message =
        assertThrows(IOException.class, () -> run("--from-file", url.toString())).getMessage();
    assertTrue(message.contains("mysql://127.0.0.1:1/g"), message);
    assertFalse(message.contains("topsecret"), message);
    Files.writeString(url, "sqlite:////nowhere/at/all\n");
    message =
        assertThrows(IOException.class, () -> run("--from-file", url.toString())).getMessage();
    assertTrue(message.contains("no such file"), message);
  }

  @Test
  void wrongCommandLinesAreRefused() throws Exception {
    String[][] wrong = {
      {"--from", "x", "is expected"},
      {"--from", "sqlite:///a", "--from-file", "b", "was said before"},
      {"--output", "xml", "table or json"},
      {"--dry-run", "--dry-run", "was said before"},
      {"--from", "a value is expected"},
      {"--listen", "not understood"},
      {"PLATTER_MIGRATE_FROM"}
    };
    for (String[] each : wrong) {
      List<String> arguments = List.of(each).subList(0, each.length - 1);
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> Main.migrate(arguments, System.out, System.err))
              .getMessage();
      assertTrue(message.contains(each[each.length - 1]), message);
    }
  }

  @Test
  void theTableTellsWhatTheJsonTells() throws Exception {
    glance
        .queued(id(1))
        .active(id(2), 7)
        .queued(id(3))
        .run("UPDATE images SET status = 'deleted', deleted = 1 WHERE id = ?", id(3));
    Told told = run("--dry-run");
    assertEquals(2, told.code());
    assertTrue(told.text().contains("(dry run: nothing is written)"), told.text());
    assertTrue(
        told.text().lines().anyMatch(line -> line.matches("images +1 +0 +0 +0 +0 +0 +1")),
        told.text());
    assertTrue(told.text().contains("image " + id(2) + ": left: it is active"), told.text());
    assertFalse(Files.exists(directory.resolve("data")));
  }
}
