package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.http.Json;
import dev.platter.testdata.ExternalTool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * OpenStack's own service, with images of every state and kind, is taken over: whoever asks gets
 * the same answers afterwards, but for the differences that are listed. Its database is read in
 * each kind that it can have.
 */
@Tag("interop")
class MigrateIT {
  private static final String KEY = "0123456789abcdef0123456789abcdef";

  private final MigratedAnswers answers = new MigratedAnswers();

  @TempDir Path directory;

  /** Platter's own database; empty: the embedded one. */
  private String ours = "";

  private record Told(int code, String text) {
    JsonNode json() throws IOException {
      return Json.parse(text);
    }

    long count(String kind, String outcome) throws IOException {
      return json().path("counts").path(kind).path(outcome).asLong();
    }
  }

  private Told migrate(Path data, String... arguments) throws IOException {
    Path config = directory.resolve("platter.conf");
    Files.writeString(
        config,
        """
        [DEFAULT]
        enabled_backends = fast:file, slow:file, web:http
        [glance_store]
        default_backend = fast
        [fast]
        filesystem_store_datadir = GLANCE/fast
        [slow]
        filesystem_store_datadir = GLANCE/slow
        [database]
        connection = OURS
        user = USER
        """
            .replace("OURS", ours)
            .replace("USER", ours.isEmpty() ? "" : "platter")
            .replace("GLANCE", directory.resolve("glance").toString()));
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(
        List.of("--output", "json", "--config", config.toString(), "--data", data.toString()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code = Main.migrate(all, printed, printed);
    return new Told(code, out.toString(StandardCharsets.UTF_8));
  }

  private RunningServer server(Path data) throws IOException {
    return new RunningServer(data)
        .set("DEFAULT", "show_multiple_locations", "true")
        .set("DEFAULT", "enabled_backends", "fast:file, slow:file, web:http")
        .set("fast", "filesystem_store_datadir", directory.resolve("glance/fast").toString())
        .set("slow", "filesystem_store_datadir", directory.resolve("glance/slow").toString());
  }

  private static Map<String, Long> files(Path store) throws IOException {
    Map<String, Long> sizes = new TreeMap<>();
    try (var files = Files.list(store)) {
      for (Path file : files.toList()) {
        sizes.put(
            file.getFileName().toString(),
            Files.getLastModifiedTime(file).toMillis() * 31 + Files.size(file));
      }
    }
    return sizes;
  }

  @Test
  void theSameAnswersComeFromHereAfterwards() throws Exception {
    ExternalTool.named("psql");
    ExternalTool.named("mariadbd");
    Path home = Files.createDirectory(directory.resolve("glance"));
    try (ExecutorService beside = Executors.newSingleThreadExecutor()) {
      RealGlance glance =
          RealGlance.trusting(home)
              .set("DEFAULT", "show_multiple_locations = true")
              .set("DEFAULT", "metadata_encryption_key = " + KEY)
              .fetchingFrom(URI.create("http://127.0.0.1:1/"));
      Future<GlanceServers> servers = beside.submit(() -> new GlanceServers(directory));
      try {
        takeOver(home, glance, servers);
      } finally {
        servers.get().close();
      }
    }
  }

  private void takeOver(Path home, RealGlance filled, Future<GlanceServers> servers)
      throws Exception {
    Path file = home.resolve("db.sqlite");
    String sqlite = "sqlite:///" + file;
    Map<String, String> before;
    Map<String, String> states;
    List<String> ids;
    List<String> tasks = new ArrayList<>();
    try (RealGlance glance = filled.start()) {
      FilledGlance filling = new FilledGlance(glance.url());
      ids = filling.fill();
      try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + file)) {
        states = FilledGlance.breakOff(database);
      }
      ids.addAll(states.keySet());
      tasks.addAll(filling.tasks());
      before = answers.of(glance.url(), ids, tasks);
      assertEquals(
          Set.of(
              "times of tasks have microseconds",
              "paths of schemas have no root",
              "definitions of properties have their names",
              "tasks have no deleted_at",
              "tasks have no expires_at",
              "tasks have no request_id",
              "tasks have no result",
              "tasks have no user_id"),
          answers.differences(),
          "what Glance answers otherwise, wherever its records come from");
    }
    assertTrue(ids.size() > 50 && tasks.size() >= 4, ids.size() + " images, tasks " + tasks);
    byte[] database = Files.readAllBytes(file);
    Map<String, Long> fast = files(home.resolve("fast"));

    Path data = directory.resolve("data");
    Told locked = migrate(data, "--from", sqlite, "--dry-run");
    assertEquals(2, locked.code(), locked.text());
    assertTrue(locked.text().contains("is encrypted"), locked.text());
    Path key = Files.writeString(directory.resolve("key"), KEY.replace('0', '1') + "\n");
    Told wrong = migrate(data, "--from", sqlite, "--dry-run", "--key-file", key.toString());
    assertEquals(2, wrong.code(), wrong.text());
    assertTrue(wrong.text().contains("cannot be decrypted"), wrong.text());
    Files.writeString(key, KEY + "\n");
    Told dry = migrate(data, "--from", sqlite, "--dry-run", "--key-file", key.toString());
    assertEquals(0, dry.code(), dry.text());
    assertTrue(!Files.exists(data), "a dry run has made a database");
    Told told = migrate(data, "--from-config", home.resolve("glance.conf").toString());
    assertEquals(0, told.code(), told.text());
    assertEquals(51, told.count("image", "added"), told.text());
    assertEquals(4, told.count("deleted", "added"), told.text()); // one of a task
    assertEquals(tasks.size(), told.count("task", "added"), told.text());
    assertEquals(2, told.count("namespace", "added"), told.text());
    assertEquals(dry.json().path("counts"), told.json().path("counts"));
    Told again = migrate(data, "--from", sqlite, "--key-file", key.toString());
    assertEquals(0, again.code());
    assertEquals(51, again.count("image", "unchanged"), again.text());
    assertEquals(4, again.count("deleted", "unchanged"), again.text());
    assertEquals(tasks.size(), again.count("task", "unchanged"), again.text());
    assertEquals(2, again.count("namespace", "unchanged"), again.text());

    try (RunningServer server = server(data).start()) {
      compare(before, answers.of(server.url(), ids, tasks), states);
    }
    assertEquals(-1, Arrays.mismatch(database, Files.readAllBytes(file)));
    assertEquals(fast, files(home.resolve("fast")));
    fromServers(servers.get(), file, told.json().path("counts"), before, states, ids, tasks);
  }

  private void compare(
      Map<String, String> before, Map<String, String> after, Map<String, String> states)
      throws IOException {
    assertEquals(
        Set.of(
            "tasks have no deleted_at",
            "tasks have no image_id",
            "tasks have no request_id",
            "tasks have no result",
            "tasks have no user_id"),
        answers.differences(),
        "what is answered otherwise here");
    List<String> different = new ArrayList<>();
    for (Map.Entry<String, String> one : before.entrySet()) {
      String request = one.getKey();
      String wanted = answers.expected(request, one.getValue(), states);
      String got = MigratedAnswers.withoutItsEnd(String.valueOf(after.get(request)));
      if (!wanted.equals(got)) {
        different.add(request + "\n  here   " + got + "\n  Glance " + wanted);
      }
    }
    Files.createDirectories(Path.of("target"));
    Files.write(Path.of("target/migrated.txt"), different);
    assertEquals(
        Set.of(
            "killed images are shown",
            "images are saving",
            "images are uploading",
            "images are importing",
            "tasks are under way"),
        answers.differences(),
        "what a migration changes");
    assertTrue(before.size() > 500, before.size() + " answers");
    assertTrue(
        different.isEmpty(),
        different.size()
            + ": "
            + String.join("\n", different.subList(0, Math.min(5, different.size()))));
    assertEquals(before.keySet(), after.keySet());
  }

  /** The same records in the other databases, the answers once more from one of them. */
  private void fromServers(
      GlanceServers servers,
      Path sqlite,
      JsonNode counts,
      Map<String, String> before,
      Map<String, String> states,
      List<String> ids,
      List<String> tasks)
      throws Exception {
    String url = servers.glanceOnPostgres();
    String jdbc = "jdbc:" + servers.postgres().url() + "?user=platter";
    servers.copy(sqlite);
    try (Connection connection = DriverManager.getConnection(jdbc);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE platter");
    }
    Path data = directory.resolve("from-postgres");
    String key = directory.resolve("key").toString();
    ours = servers.postgres().url();
    assertThrows(RuntimeException.class, () -> migrate(data, "--from", url, "--key-file", key));
    ours = servers.postgres().url().replace("/postgres", "/platter");
    Told dry = migrate(data, "--from", url, "--key-file", key, "--dry-run");
    Told told = migrate(data, "--from", url, "--key-file", key);
    assertEquals(0, told.code(), told.text());
    assertEquals(counts, dry.json().path("counts"));
    assertEquals(counts, told.json().path("counts"));
    Told again = migrate(data, "--from", url, "--key-file", key, "--dry-run");
    assertEquals(51, again.count("image", "unchanged"), again.text());
    try (RunningServer server =
        server(data)
            .set("database", "connection", ours)
            .set("database", "user", "platter")
            .start()) {
      compare(before, answers.of(server.url(), ids, tasks), states);
    }
    ours = "";

    Path file =
        Files.writeString(directory.resolve("url"), servers.glanceOnMariaDb() + "?charset=utf8\n");
    Told maria =
        migrate(
            directory.resolve("from-mariadb"), "--from-file", file.toString(), "--key-file", key);
    assertEquals(0, maria.code(), maria.text());
    assertEquals(counts, maria.json().path("counts"));
  }
}
