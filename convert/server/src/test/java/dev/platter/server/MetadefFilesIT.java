package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Database;
import dev.platter.server.http.Json;
import dev.platter.server.metadef.MetadefFiles;
import dev.platter.server.metadef.MetadefFiles.Existing;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Glance's own definition files, loaded by Glance and by us: the same answers come back. */
@Tag("interop")
class MetadefFilesIT {
  private static final String ADMIN = "root:admin:admin,member,reader";

  /** Files of Debian's package glance-common, which need not be installed. */
  private static final Path FILES =
      Path.of(
          Optional.ofNullable(System.getenv("PLATTER_METADEFS"))
              .orElse("/usr/share/glance-common/metadefs"));

  @TempDir Path directory;
  private final HttpClient client = HttpClient.newHttpClient();

  private JsonNode ask(String url, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + path)).header("X-Auth-Token", ADMIN).build();
    HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
    assertEquals(200, response.statusCode(), path);
    return Json.parse(
        response
            .body()
            .replace("\"v2/schemas", "\"/v2/schemas") // as it says elsewhere
            .replaceAll("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ", "TIME"));
  }

  private static void load(Path database, Path files, Existing existing) throws IOException {
    try (Database opened =
        new Database(Database.embedded(database.resolve("database")), "", "", 2)) {
      new MetadefFiles(files).load(opened, existing);
    }
  }

  /** What both answer to everything that may be asked about definitions. */
  private int compare(RealGlance glance, RunningServer server) throws Exception {
    String all = "/v2/metadefs/namespaces?limit=1000&sort_key=namespace&sort_dir=asc";
    JsonNode theirs = ask(glance.url(), all);
    List<String> names = new ArrayList<>();
    theirs.path("namespaces").forEach(each -> names.add(each.path("namespace").textValue()));
    List<String> paths = new ArrayList<>(List.of(all, "/v2/metadefs/resource_types"));
    for (String name : names) {
      String namespace = "/v2/metadefs/namespaces/" + encoded(name);
      paths.add(namespace);
      for (String kind : List.of("properties", "objects", "tags", "resource_types")) {
        paths.add(namespace + "/" + kind);
      }
      JsonNode whole = ask(glance.url(), namespace);
      for (String kind : List.of("properties", "objects", "tags")) {
        one(whole.path(kind)).ifPresent(item -> paths.add(namespace + "/" + kind + "/" + item));
      }
    }
    List<String> differences = new ArrayList<>();
    for (String path : paths) {
      String expected = sorted(ask(glance.url(), path));
      String found = sorted(ask(server.url(), path));
      if (!expected.equals(found)) {
        differences.add(path + "\n  " + expected + "\n  " + found);
      }
    }
    assertEquals("", String.join("\n", differences));
    return paths.size();
  }

  /** The name of one of several items. */
  private static Optional<String> one(JsonNode items) {
    if (items.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        encoded(
            items.isObject() ? items.fieldNames().next() : items.path(0).path("name").textValue()));
  }

  private static String encoded(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Lists of definitions are sets: each service has an order of its own. */
  private static String sorted(JsonNode node) {
    if (node instanceof ObjectNode object) {
      List<String> members = new ArrayList<>();
      object.properties().forEach(m -> members.add(m.getKey() + ":" + sorted(m.getValue())));
      members.sort(null);
      return members.toString();
    }
    if (node.isArray()) {
      List<String> elements = new ArrayList<>();
      node.forEach(element -> elements.add(sorted(element)));
      elements.sort(null);
      return elements.toString();
    }
    return node.toString();
  }

  @Test
  void whatWasLoadedIsAnsweredAsGlanceDoes() throws Exception {
    assumeTrue(Files.isDirectory(FILES), "the package glance-common is not there");
    Path changed = Files.createDirectory(directory.resolve("changed"));
    Files.writeString(
        changed.resolve("watchdog.json"),
        """
        {"namespace": "OS::Compute::Watchdog", "display_name": "Changed", "visibility": "public",
         "protected": true, "description": "d",
         "resource_type_associations": [{"name": "OS::Nova::Flavor", "prefix": "x:"}],
         "properties": {"new": {"title": "n", "type": "string"}},
         "objects": [{"name": "o", "description": "e",
                      "properties": {"p": {"title": "t", "type": "integer", "minimum": 1}}}],
         "tags": [{"name": "t"}]}
        """);
    Path ours = directory.resolve("ours");
    load(ours, FILES, Existing.SKIP);
    try (RealGlance glance = RealGlance.trusting(Files.createDirectory(directory.resolve("g")))) {
      glance.manage("db_load_metadefs", FILES.toString());
      glance.start();
      try (RunningServer server = new RunningServer(ours).start()) {
        assertTrue(compare(glance, server) > 150);
      }
      String[][] ways = {
        {"SKIP"},
        {"MERGE", "True"},
        {"PREFER_NEW", "True", "True"},
        {"OVERWRITE", "True", "", "True"}
      };
      for (String[] way : ways) {
        load(ours, changed, Existing.valueOf(way[0]));
        List<String> arguments = new ArrayList<>(List.of("db_load_metadefs", changed.toString()));
        arguments.addAll(List.of(way).subList(1, way.length));
        glance.manage(arguments.toArray(String[]::new));
        try (RunningServer server = new RunningServer(ours).start()) {
          String path = "/v2/metadefs/namespaces/OS::Compute::Watchdog";
          assertEquals(sorted(ask(glance.url(), path)), sorted(ask(server.url(), path)), way[0]);
        }
      }
    }
  }

  @Test
  void allFilesAreLoadedOrNone() throws Exception {
    Path files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(files.resolve("a.json"), "{\"namespace\":\"A\"}");
    Path ours = directory.resolve("ours");
    String[][] wrong = {
      {"{\"namespace\":\"B\",\"objects\":[{}]}", "name"},
      {"{\"namespace\":\"B\",\"properties\":{\"p\":1}}", "object"},
      {"{\"namespace\":\"B\",\"visibility\":\"x\"}", "visibility"},
      {"{\"namespace\":\n", "line 2"},
      {"[]", "object"},
      {"{}", "namespace"}
    };
    for (String[] each : wrong) {
      Files.writeString(files.resolve("b.json"), each[0]);
      IOException refused =
          assertThrows(IOException.class, () -> load(ours, files, Existing.SKIP), each[0]);
      assertTrue(refused.getMessage().contains("b.json"), refused.getMessage());
      assertTrue(refused.getMessage().contains(each[1]), refused.getMessage());
    }
    try (RunningServer server = new RunningServer(ours).start()) {
      assertEquals(404, server.ask("GET", "/v2/metadefs/namespaces/A", null).status());
    }
  }

  @Test
  void aNamespaceHoldsNoMoreBytesThanItMay() throws Exception {
    try (RunningServer server =
        new RunningServer(directory).set("DEFAULT", "metadef_namespace_quota", "1000").start()) {
      String namespaces = "/v2/metadefs/namespaces";
      assertEquals(201, server.ask("POST", namespaces, "{\"namespace\":\"N\"}").status());
      String small = "{\"name\":\"%s\",\"title\":\"t\",\"type\":\"string\",\"description\":\"%s\"}";
      String properties = namespaces + "/N/properties";
      assertEquals(
          201, server.ask("POST", properties, small.formatted("a", "x".repeat(400))).status());
      assertEquals(
          413, server.ask("POST", properties, small.formatted("b", "x".repeat(800))).status());
      assertEquals(
          413,
          server.ask("PUT", properties + "/a", small.formatted("a", "x".repeat(1200))).status());
      String tags = "{\"tags\":[" + "{\"name\":\"%060d\"}".repeat(20).replace("}{", "},{") + "]}";
      Object[] numbers = new Object[20];
      for (int i = 0; i < 20; i++) {
        numbers[i] = i;
      }
      assertEquals(
          413, server.ask("POST", namespaces + "/N/tags", tags.formatted(numbers)).status());
      String whole = "{\"namespace\":\"M\",\"objects\":[{\"name\":\"o\",\"description\":\"%s\"}]}";
      assertEquals(413, server.ask("POST", namespaces, whole.formatted("x".repeat(1200))).status());
      assertEquals(404, server.ask("GET", namespaces + "/M", null).status());
      assertEquals(1, server.ask("GET", properties, null).json().path("properties").size());
    }
  }
}
