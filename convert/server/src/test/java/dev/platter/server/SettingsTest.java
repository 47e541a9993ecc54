package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.sandbox.Bounds;
import dev.platter.sandbox.Sandbox;
import dev.platter.server.config.IniFile;
import dev.platter.server.config.NodeSettings;
import dev.platter.server.config.SettingsException;
import dev.platter.service.Isolation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings are read whole, and all that is wrong with them is said at once. */
class SettingsTest {
  @TempDir Path directory;

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("x.conf"), text);
  }

  private Settings read(String text) throws IOException {
    return Settings.read(IniFile.read(file(text)), directory.resolve("data"));
  }

  private List<String> problems(String text) throws IOException {
    IniFile ini = IniFile.read(file(text));
    return assertThrows(
            SettingsException.class, () -> Settings.read(ini, directory.resolve("data")), text)
        .problems();
  }

  private String line(int number) {
    return directory.resolve("x.conf") + ", line " + number + ": ";
  }

  @Test
  void theServiceWorksWithoutSettings() {
    Settings settings = Settings.read(IniFile.empty(), Path.of("/data"));
    assertEquals("127.0.0.1", settings.http().host());
    assertEquals(
        List.of("glance-direct", "web-download", "convert-image"), settings.imports().methods());
    assertEquals(
        "/data/images",
        settings.stores().all().getFirst().config().required("filesystem_store_datadir"));
    assertTrue(settings.database().url().startsWith("jdbc:h2:file:/data/database"));
    assertEquals(Path.of("/data/staging"), settings.node().staging());
  }

  @Test
  void nodesAreSetUpTogether() throws IOException {
    NodeSettings.Sharing usual = Settings.read(IniFile.empty(), Path.of("/data")).node().sharing();
    assertEquals(
        new NodeSettings.Sharing(
            NodeSettings.Role.ALL,
            false,
            Duration.ofSeconds(5),
            5,
            Duration.ofSeconds(600),
            new TreeMap<>()),
        usual);
    assertEquals(Duration.ofSeconds(20), usual.silence());
    NodeSettings.Sharing worker =
        read("[database]\nconnection = postgresql://h/x\n[nodes]\nrole = worker\n"
                + "shared_staging = true\nheartbeat = 2\nmost_deaths = 1\nlongest_absence = 0\n"
                + "project_priorities = a:10, b : c:-1\n")
            .node()
            .sharing();
    assertEquals(
        new NodeSettings.Sharing(
            NodeSettings.Role.WORKER,
            true,
            Duration.ofSeconds(2),
            1,
            Duration.ZERO,
            new TreeMap<>(Map.of("a", 10, "b : c", -1))),
        worker);
    for (String role : List.of("worker", "api")) {
      assertTrue(
          problems("[nodes]\nrole = " + role + "\n").getFirst().contains("embedded database"),
          role);
    }
    assertEquals(
        List.of(line(2) + "[nodes] role: all, api or worker is expected"),
        problems("[nodes]\nrole = both\n"));
    assertEquals(1, problems("[nodes]\nheartbeat = 0\n").size());
    for (String wrong : List.of("a", "a:x", ":1", "a:1, a:2", "a:99999999999")) {
      assertEquals(1, problems("[nodes]\nproject_priorities = " + wrong + "\n").size(), wrong);
    }
  }

  @Test
  void parallelStoresAreSetWhereGlanceHasThem() throws IOException {
    assertEquals(
        4,
        read("[image_import_opts]\nmax_parallel_stores = 4\n")
            .imports()
            .settings()
            .parallelStores());
    Settings elsewhere = read("[DEFAULT]\nmax_parallel_stores = 4\n");
    assertEquals(1, elsewhere.imports().settings().parallelStores());
    assertEquals(List.of(line(2) + "[DEFAULT] max_parallel_stores"), elsewhere.unused());
  }

  @Test
  void importsAreIsolatedAsTheSettingsSay() throws IOException {
    assertTrue(read("").imports().settings().isolation().isEmpty());
    Isolation bestEffort =
        read("[import_isolation]\nmode = best_effort\nmemory = 1073741824\nlongest_time = 60\n")
            .imports()
            .settings()
            .isolation()
            .orElseThrow();
    assertEquals(
        new Isolation(
            Sandbox.Level.BEST_EFFORT, Bounds.DEFAULT.withMemory(1 << 30), Duration.ofSeconds(60)),
        bestEffort);
    assertEquals(
        List.of(line(2) + "[import_isolation] mode: on is none of off, strict, best_effort"),
        problems("[import_isolation]\nmode = on\n"));
    assertEquals(
        List.of(line(3) + "[import_isolation] memory: at least 536870912 is expected"),
        problems("[import_isolation]\nmode = best_effort\nmemory = 1000\n"));
    if (Sandbox.lacking().isEmpty()) {
      String strict = "[import_isolation]\nmode = strict\n";
      assertEquals(Isolation.STRICT, read(strict).imports().settings().isolation().orElseThrow());
    }
  }

  @Test
  void allThatIsWrongIsSaidWithItsPlace() throws IOException {
    List<String> problems =
        problems(
            """
            bind_port = 99999
            client_socket_timeout = soon
            enabled_import_methods = ftp
            enabled_backends = a:file, b:tape, c:s3
            [a]
            weight = much
            [c]
            s3_store_host = h
            s3_store_bucket = b
            s3_store_access_key = S3CRET
            s3_store_secret_key = S3CRET
            s3_store_large_object_chunk_size = 1
            s3_store_timeout = S
            [keystone_authtoken]
            auth_url = http://admin:S3CRET@keystone/v3
            """);
    assertEquals(
        List.of(
            line(1) + "[DEFAULT] bind_port: 99999 is no port",
            line(2) + "[DEFAULT] client_socket_timeout = soon: a whole number is expected",
            line(3)
                + "[DEFAULT] enabled_import_methods: ftp is none of glance-direct, web-download,"
                + " copy-image, glance-download, convert-image",
            line(6) + "[a] weight: a whole number is expected, not much",
            line(4) + "[DEFAULT] enabled_backends: b is of the unknown type tape",
            line(13) + "[c] s3_store_timeout: 1 to 86400 is expected, not S",
            line(12) + "[c] s3_store_large_object_chunk_size: 5 to 1024 is expected, not 1"),
        problems);
  }

  @Test
  void noSecretIsSaidToBeWrong() throws IOException {
    for (String wrong :
        List.of(
            "[database]\nconnection = mysql://u:S3CRET@h/x",
            "[paste_deploy]\nflavor = trusted-proxy\n[trusted_proxy]\nshared_secret = S3CRET",
            "[paste_deploy]\nflavor = keystone\n[keystone_authtoken]\nauth_url = ftp://u:S3CRET@h",
            "admin_secret = S3CRET")) {
      List<String> problems = problems(wrong);
      assertEquals(1, problems.size(), problems::toString);
      assertFalse(problems.getFirst().contains("S3CRET"), problems::toString);
    }
    String lines =
        assertThrows(IOException.class, () -> IniFile.read(file("password: S3CRET"))).getMessage();
    assertFalse(lines.contains("S3CRET"), lines);
  }

  @Test
  void nothingIsSaidToBeMissingThatOnlyAWrongSettingAsksFor() throws IOException {
    List<String> problems =
        problems(
            """
            [paste_deploy]
            flavor = keystone
            [keystone_authtoken]
            auth_url = http://keystone
            auth_type = v2password
            """);
    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.getFirst().startsWith(line(5)), problems::toString);
  }

  @Test
  void whatProtectsAndIsNotUnderstoodIsSaidOnlyOnceTheRestIsRight() throws IOException {
    assertEquals(2, problems("image_sise_quota = 5\nverify_ssl = true\n").size());
    assertEquals(1, problems("image_sise_quota = 5\nverify_ssl = true\nbind_port = many\n").size());
  }

  @Test
  void filesThatAreNamedAreReadAndNothingIsMade() throws IOException {
    Files.writeString(directory.resolve("rules.yaml"), "get_images: nobody:\n");
    List<String> problems =
        problems("cert_file = c.pem\nkey_file = k.pem\n[oslo_policy]\npolicy_file = rules.yaml\n");
    assertEquals(2, problems.size(), problems::toString);
    assertTrue(problems.getFirst().contains("c.pem"), problems::toString);
    assertTrue(problems.getLast().contains("rules.yaml"), problems::toString);
    read("enabled_backends = a:file\n[a]\nfilesystem_store_datadir = /nowhere/at/all\n");
    assertFalse(Files.exists(directory.resolve("data")));
  }
}
