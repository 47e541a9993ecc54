package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same requests to OpenStack's service and to ours: what is answered otherwise is in the list
 * of differences, with its reason, and what is in the list is answered otherwise.
 *
 * <p>A line of the requests is {@code [name:] WHO METHOD PATH [+Header=value]* [BODY]}; the name
 * stands for the identifier that is answered, in braces. A body that is {@code *N} is N bytes.
 */
@Tag("interop")
class GlanceDifferencesIT {
  private static final byte[] TEN = "0123456789".getBytes(StandardCharsets.US_ASCII);
  private static final Path DIFFERENCES = Path.of("DIFFERENCES.md");
  private static final Map<String, String> TOKENS =
      Map.of(
          "admin", "root:admin:admin,member,reader",
          "alice", "alice:p1:member,reader",
          "bob", "bob:p2:member,reader",
          "carol", "carol:p1:reader");
  private static final Pattern LINE =
      Pattern.compile("(?:(\\w+): )?(\\w+) ([A-Z]+) (\\S+)((?: \\+[^ =]+=\\S*)*)(?: (.*))?");
  private static final List<String> HEADERS =
      List.of("Content-Range", "Content-MD5", "OpenStack-image-import-methods", "Allow");

  private final HttpClient client = HttpClient.newHttpClient();

  /** One of the two services, and the identifiers that it gave. */
  private record Side(String url, Map<String, String> names) {}

  /** What counts of an answer. */
  private record Answer(int status, String text) {
    /** Sentences and pages of errors are each service's own. */
    boolean like(Answer other) {
      return status == other.status && (status >= 400 || text.equals(other.text));
    }

    String shown(Answer other) {
      boolean same = status == other.status;
      return same ? status + " with another content" : String.valueOf(status);
    }
  }

  private Answer ask(Side side, Matcher line) throws IOException, InterruptedException {
    String path = fill(side, line.group(4));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(side.url() + path.replace(" ", "%20")))
            .timeout(Duration.ofSeconds(60))
            .header("X-Auth-Token", TOKENS.get(line.group(2)))
            .header("Accept", "application/json");
    String body = line.group(6) == null ? "" : fill(side, line.group(6));
    boolean typed = false;
    for (String header : line.group(5).strip().split(" ")) {
      if (!header.isEmpty()) {
        String[] parts = header.substring(1).split("=", 2);
        request.header(parts[0], parts[1]);
        typed |= parts[0].equals("Content-Type");
      }
    }
    if (!typed && line.group(3).equals("PATCH")) {
      request.header("Content-Type", "application/openstack-images-v2.1-json-patch");
    } else if (!typed && body.startsWith("*")) {
      request.header("Content-Type", "application/octet-stream");
    } else if (!typed && !body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    byte[] bytes =
        body.startsWith("*")
            ? "7".repeat(Integer.parseInt(body.substring(1))).getBytes(StandardCharsets.UTF_8)
            : body.getBytes(StandardCharsets.UTF_8);
    request.method(
        line.group(3),
        bytes.length == 0
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofByteArray(bytes));
    HttpResponse<byte[]> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    String text = new String(response.body(), StandardCharsets.UTF_8);
    if (line.group(1) != null && response.statusCode() < 300) {
      side.names().put(line.group(1), Json.parse(text).path("id").asText());
    }
    StringBuilder counts = new StringBuilder();
    for (String header : HEADERS) {
      response.headers().firstValue(header).ifPresent(v -> counts.append(header + "=" + v + " "));
    }
    String normal = normal(side, text);
    if (path.startsWith("/v2/schemas/")) {
      // Descriptions in words are each service's own.
      normal =
          normal.replaceAll("\"description\":\"(?:[^\"\\\\]|\\\\.)*\",?", "").replace(",}", "}");
    }
    return new Answer(response.statusCode(), counts + normal);
  }

  private static String fill(Side side, String text) {
    String filled = text;
    for (Map.Entry<String, String> name : side.names().entrySet()) {
      filled = filled.replace("{" + name.getKey() + "}", name.getValue());
    }
    return filled;
  }

  /** Without what each service makes up by itself, and with keys in order. */
  private static String normal(Side side, String text) throws IOException {
    String normal = text.replace(side.url(), "http://SERVICE");
    for (Map.Entry<String, String> name : side.names().entrySet()) {
      normal = normal.replace(name.getValue(), "{" + name.getKey() + "}");
    }
    normal =
        normal
            .replaceAll("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(Z|[.]\\d+)?", "TIME")
            .replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID");
    try {
      return sorted(Json.parse(normal)).toString();
    } catch (IOException e) {
      return normal;
    }
  }

  private static JsonNode sorted(JsonNode node) {
    if (node instanceof ObjectNode object) {
      Map<String, JsonNode> members = new TreeMap<>();
      object
          .properties()
          .forEach(member -> members.put(member.getKey(), sorted(member.getValue())));
      ObjectNode result = Json.object();
      members.forEach(result::set);
      return result;
    }
    if (node instanceof ArrayNode array) {
      List<JsonNode> elements = new ArrayList<>();
      array.forEach(element -> elements.add(sorted(element)));
      if (elements.stream().allMatch(JsonNode::isTextual)) {
        elements.sort(Comparator.comparing(JsonNode::textValue)); // Tags are a set.
      }
      return Json.array().addAll(elements);
    }
    return node;
  }

  /** The table of the list: a request, what ours answers, what OpenStack's does. */
  private static Map<String, String> listed() throws IOException {
    Map<String, String> rows = new LinkedHashMap<>();
    for (String line : Files.readAllLines(DIFFERENCES)) {
      String[] cells = line.split(" \\| ");
      if (line.startsWith("| `") && cells.length == 4) {
        assertTrue(cells[3].length() > 6, "a difference without a reason: " + line);
        String request = cells[0].substring(3, cells[0].length() - 1).replace("\\|", "|");
        rows.put(request, cells[1] + " | " + cells[2]);
      }
    }
    return rows;
  }

  private final Map<String, String> found = new LinkedHashMap<>();
  private final List<String> details = new ArrayList<>();
  private int count;

  /** Sends each request of a file to both, in order. */
  private void compare(String file, Side one, Side other) throws Exception {
    for (String text : requests(file)) {
      Matcher line = LINE.matcher(text);
      assertTrue(line.matches(), text);
      count++;
      Answer mine = ask(one, line);
      Answer real = ask(other, line);
      if (!mine.like(real)) {
        found.put(text, mine.shown(real) + " | " + real.shown(mine));
        details.add(text + "\n  " + mine + "\n  " + real);
      }
    }
  }

  private static RunningServer server(Path directory) throws IOException {
    return new RunningServer(directory)
        .set("DEFAULT", "enabled_backends", "fast:file, slow:file, web:http")
        // Headers and lists name them: all but convert-image, which is ours.
        .set("DEFAULT", "enabled_import_methods", "glance-direct,web-download,copy-image")
        .set("DEFAULT", "image_cache_dir", directory.resolve("cache").toString());
  }

  @Test
  void everyDifferenceIsListedAndNoOther(@TempDir Path directory) throws Exception {
    try (RealGlance glance = RealGlance.trusting(made(directory.resolve("one"))).start();
        RunningServer server = server(directory.resolve("two")).start()) {
      compare(
          "requests.txt",
          new Side(server.url(), new LinkedHashMap<>()),
          new Side(glance.url(), new LinkedHashMap<>()));
    }
    try (WebFiles web = new WebFiles();
        RealGlance glance =
            RealGlance.trusting(made(directory.resolve("three")))
                .set("DEFAULT", "show_multiple_locations = true")
                .fetchingFrom(URI.create(web.put("disk", TEN)))
                .start();
        RunningServer server =
            server(directory.resolve("four"))
                .set("DEFAULT", "show_multiple_locations", "true")
                .start()) {
      Map<String, String> names = Map.of("web", web.put("disk", TEN));
      compare(
          "locations.txt",
          new Side(server.url(), new LinkedHashMap<>(names)),
          new Side(glance.url(), new LinkedHashMap<>(names)));
    }
    Files.createDirectories(Path.of("target"));
    Files.write(Path.of("target/differences.txt"), details);
    assertTrue(count >= 300, count + " requests");
    assertEquals(text(listed()), text(found));
  }

  private static Path made(Path directory) throws IOException {
    return Files.createDirectory(directory);
  }

  private static String text(Map<String, String> rows) {
    StringBuilder text = new StringBuilder();
    rows.forEach((request, answers) -> text.append(request + " | " + answers + "\n"));
    return text.toString();
  }

  private static List<String> requests(String file) throws IOException {
    try (var input = GlanceDifferencesIT.class.getResourceAsStream("glance/" + file)) {
      return new String(input.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    }
  }
}
