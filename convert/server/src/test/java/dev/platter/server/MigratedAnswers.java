package dev.platter.server;

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
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What Glance and this service answer, made comparable: whatever has to be made equal for that is
 * noted, so that a test can say what the differences are, and that each still is one.
 */
final class MigratedAnswers {
  private static final List<String> ALL =
      List.of(FilledGlance.ADMIN, FilledGlance.ALICE, FilledGlance.BOB, FilledGlance.CAROL);

  /** What is asked for of an image, besides the image itself. */
  private static final List<String> PARTS = List.of("/members", "/members/p3", "/file", "/tasks");

  private final HttpClient client = HttpClient.newHttpClient();

  /** What had to be made equal in the answers, since this was emptied last. */
  private final Set<String> differences = new TreeSet<>();

  /** What had to be made equal, since this was asked last. */
  Set<String> differences() {
    Set<String> met = new TreeSet<>(differences);
    differences.clear();
    return met;
  }

  private HttpResponse<byte[]> ask(String url, String token, String path) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(Duration.ofSeconds(60))
            .header("X-Auth-Token", token)
            .header("Accept", "application/json")
            .build();
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** All that is asked of both, by who asks. */
  Map<String, String> of(String url, List<String> ids, List<String> tasks) throws Exception {
    List<String> queries =
        List.of(
            "limit=200",
            "limit=200&sort_key=name&sort_dir=asc",
            "limit=200&sort_key=size&sort_dir=desc",
            "limit=200&visibility=public",
            "limit=200&visibility=community",
            "limit=200&visibility=shared&member_status=all",
            "limit=200&visibility=shared&member_status=pending",
            "limit=200&member_status=rejected",
            "limit=200&os_hidden=true",
            "limit=200&status=deactivated",
            "limit=200&tag=a",
            "limit=200&later=1",
            "limit=200&hw_disk_bus=virtio&disk_format=qcow2",
            "limit=200&owner=p1&size_min=100&size_max=1000",
            "limit=200&protected=true",
            "limit=200&created_at=gt:2021-01-01T00:00:00Z");
    List<String> paths = new ArrayList<>(List.of("/v2/images?limit=200"));
    ids.forEach(id -> paths.add("/v2/images/" + id));
    paths.add("/v2/tasks?limit=200&sort_key=created_at&sort_dir=asc");
    tasks.forEach(id -> paths.add("/v2/tasks/" + id));
    paths.add("/v2/metadefs/resource_types");
    paths.add("/v2/metadefs/namespaces?sort_key=namespace&sort_dir=asc");
    for (String namespace : List.of("A::B", "Private", "None")) {
      String one = "/v2/metadefs/namespaces/" + namespace;
      paths.addAll(
          List.of(
              one,
              one + "?resource_type=OS::Glance::Image",
              one + "/properties",
              one + "/properties/cores",
              one + "/objects",
              one + "/objects/o",
              one + "/tags",
              one + "/tags/t1",
              one + "/resource_types"));
    }
    Map<String, String> answers = new TreeMap<>();
    for (int i = 0; i < queries.size(); i++) {
      for (String token : List.of(ALL.get(i % 4), ALL.get((i + 1 + i / 4 % 3) % 4))) {
        String path = "/v2/images?" + queries.get(i);
        answers.put(token + " " + path, answer(url, token, path));
      }
    }
    for (int i = 0; i < ids.size(); i++) {
      // Who asks changes from image to image, so that each asks for images of all states and
      // owners.
      for (int j = 0; j < PARTS.size(); j++) {
        String token = ALL.get((i + i / 4 + j) % 4);
        String path = "/v2/images/" + ids.get(i) + PARTS.get(j);
        answers.put(token + " " + path, answer(url, token, path));
      }
    }
    for (String token : ALL) {
      for (String path : paths) {
        answers.put(token + " " + path, answer(url, token, path));
      }
      String next = "/v2/images?limit=7"; // page by page, by each one's own links
      for (int page = 0; !token.equals(FilledGlance.ADMIN) && !next.isEmpty(); page++) {
        HttpResponse<byte[]> got = ask(url, token, next);
        answers.put(token + " page " + page, normal(next, got));
        next = Json.parse(new String(got.body(), StandardCharsets.UTF_8)).path("next").asText("");
      }
    }
    return answers;
  }

  private String answer(String url, String token, String path) throws Exception {
    return normal(path, ask(url, token, path));
  }

  private String normal(String path, HttpResponse<byte[]> answer) throws Exception {
    if (answer.statusCode() >= 400) {
      return String.valueOf(answer.statusCode()); // sentences are each service's own
    }
    String type = answer.headers().firstValue("Content-Type").orElse("");
    String body =
        type.startsWith("application/json")
            ? comparable(path, new String(answer.body(), StandardCharsets.UTF_8))
            : HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(answer.body()));
    return answer.statusCode()
        + " "
        + answer.headers().firstValue("Content-MD5").orElse("")
        + " "
        + body;
  }

  private void met(boolean otherwise, String difference) {
    if (otherwise) {
      differences.add(difference);
    }
  }

  /** Without what the services answer otherwise anyway, wherever their records come from. */
  private String comparable(String path, String text) throws IOException {
    String whole = text.replaceAll("(T\\d\\d:\\d\\d:\\d\\d)\\.\\d+\"", "$1Z\"");
    met(!whole.equals(text), "times of tasks have microseconds");
    String rooted = whole.replace("\"v2/schemas/metadefs/", "\"/v2/schemas/metadefs/");
    met(!rooted.equals(whole), "paths of schemas have no root");
    JsonNode all = Json.parse(rooted);
    if (path.startsWith("/v2/metadefs/namespaces/")) {
      for (JsonNode property : all.path("properties")) {
        met(
            ((ObjectNode) property).remove("name") != null,
            "definitions of properties have their names");
      }
    }
    return sorted(all, path.startsWith("/v2/metadefs")).toString();
  }

  /**
   * Keys, and sets of words, in order.
   *
   * @param sets whether lists are sets, as of definitions
   */
  private JsonNode sorted(JsonNode node, boolean sets) {
    if (node instanceof ObjectNode object) {
      Map<String, JsonNode> members = new TreeMap<>();
      object
          .properties()
          .forEach(member -> members.put(member.getKey(), sorted(member.getValue(), sets)));
      boolean task = members.containsKey("type") && members.containsKey("owner");
      ObjectNode result = Json.object();
      members.forEach((name, value) -> {
        if (task && value.isNull()) {
          met(true, "tasks have no " + name);
        } else {
          result.set(name, value);
        }
      });
      return result;
    }
    if (node instanceof ArrayNode array) {
      List<JsonNode> elements = new ArrayList<>();
      array.forEach(element -> elements.add(sorted(element, sets)));
      if (sets || elements.stream().allMatch(JsonNode::isTextual)) {
        elements.sort(Comparator.comparing(JsonNode::toString));
      }
      return Json.array().addAll(elements);
    }
    return node;
  }

  /** What the answer is to be here, by what Glance said: the list of differences. */
  String expected(String request, String answer, Map<String, String> states) throws IOException {
    String killed =
        states.entrySet().stream()
            .filter(state -> state.getValue().equals("killed"))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow();
    if (request.contains(killed)) {
      met(!answer.equals("404"), "killed images are shown");
      return "404"; // nobody could use it
    }
    int body = answer.indexOf('{');
    if (body < 0) {
      return answer;
    }
    return answer.substring(0, body) + expected(Json.parse(answer.substring(body)));
  }

  private JsonNode expected(JsonNode node) {
    if (node instanceof ArrayNode array) {
      ArrayNode result = Json.array();
      for (JsonNode element : array) {
        if (!element.path("status").asText().equals("killed")) {
          result.add(expected(element));
        }
      }
      return result;
    }
    if (!(node instanceof ObjectNode object)) {
      return node;
    }
    ObjectNode result = Json.object();
    object.properties().forEach(member -> result.set(member.getKey(), expected(member.getValue())));
    String status = result.path("status").asText();
    if (result.has("os_hidden") && Set.of("saving", "uploading", "importing").contains(status)) {
      met(true, "images are " + status);
      result.put("status", "queued"); // nobody goes on with it
      for (String data :
          List.of("size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value")) {
        result.putNull(data);
      }
      result.remove(List.of("os_glance_import_task", "os_glance_stage_host"));
      if (result.has("os_glance_importing_to_stores")) {
        result.put(
            "os_glance_failed_import", result.path("os_glance_importing_to_stores").asText());
        result.put("os_glance_importing_to_stores", "");
      }
    }
    if (result.has("type") && Set.of("pending", "processing").contains(status)) {
      met(true, "tasks are under way");
      result.put("status", "failure");
      if (result.has("message")) {
        result.put("message", "The service that ran the task has ended");
      }
    }
    return result;
  }

  /** When a task expires that was interrupted is up to whoever took it over. */
  static String withoutItsEnd(String answer) {
    return answer.replaceAll("\"expires_at\":\"[^\"]*\",(?=[^}]*\"id\":\"99999999-)", "");
  }
}
