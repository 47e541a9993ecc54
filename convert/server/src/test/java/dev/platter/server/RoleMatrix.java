package dev.platter.server;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.http.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Asks one service for each action as each caller, on an image of each visibility, and writes the
 * statuses of the answers as a table. Which actions there are is in {@code role-actions.txt}.
 */
final class RoleMatrix implements AutoCloseable {
  /**
   * @param state what must be there first: {@code active}, {@code queued} or {@code deactivated}
   *     image, or {@code -} when the action is about no image
   */
  record Action(String name, String state, String method, String path, String type, String body) {}

  private final String url;
  private final String admin;
  private final Map<String, String> values;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Map<String, String> images = new TreeMap<>();

  /**
   * @param admin the token of an administrator, who makes the images
   * @param values what stands for names in braces: projects
   */
  RoleMatrix(String url, String admin, Map<String, String> values) {
    this.url = url;
    this.admin = admin;
    this.values = values;
  }

  static List<String> lines(String resource) throws IOException {
    try (InputStream input = RoleMatrix.class.getResourceAsStream(resource)) {
      return new String(input.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    }
  }

  static List<Action> actions() throws IOException {
    List<Action> actions = new ArrayList<>();
    for (String line : lines("role-actions.txt")) {
      String[] words = line.split("\\s+", 6);
      actions.add(
          new Action(
              words[0],
              words[1],
              words[2],
              words[3],
              words.length > 4 ? words[4] : "",
              words.length > 5 ? words[5] : ""));
    }
    return actions;
  }

  /**
   * @param tokens the callers' tokens by name
   * @return for each visibility and action the callers' answers, in the order of the tokens
   */
  Map<String, List<Integer>> run(Map<String, String> tokens) throws IOException {
    Map<String, List<Integer>> table = new LinkedHashMap<>();
    for (Action action : actions()) {
      boolean any = action.state().equals("-");
      for (String visibility :
          any ? List.of("-") : List.of("private", "shared", "community", "public")) {
        List<Integer> statuses = new ArrayList<>();
        for (String token : tokens.values()) {
          statuses.add(ask(action, visibility, token));
        }
        table.put(visibility + " " + action.name(), statuses);
      }
    }
    return table;
  }

  private int ask(Action action, String visibility, String token) throws IOException {
    String key = visibility + action.state();
    if (!action.state().equals("-") && !images.containsKey(key)) {
      images.put(key, make(visibility, action.state()));
    }
    String path = filled(action.path(), images.get(key));
    int status =
        send(token, action.method(), path, action.type(), filled(action.body(), "")).statusCode();
    if (status < 300 && !action.method().equals("GET")) {
      images.remove(key); // It is no longer as it was.
    }
    return status;
  }

  private String filled(String text, String image) {
    String filled = text.replace("{image}", String.valueOf(image));
    for (Map.Entry<String, String> value : values.entrySet()) {
      filled = filled.replace("{" + value.getKey() + "}", value.getValue());
    }
    return filled;
  }

  private String make(String visibility, String state) throws IOException {
    String json = "application/json";
    String document =
        "{\"name\":\"n\",\"disk_format\":\"raw\",\"container_format\":\"bare\",\"visibility\":\"%s\","
                .formatted(visibility)
            + "\"tags\":[\"old\"],\"owner\":\"{owner}\"}";
    JsonNode image =
        Json.parse(must(send(admin, "POST", "/v2/images", json, filled(document, ""))));
    String id = image.path("id").textValue();
    String path = "/v2/images/" + id;
    if (visibility.equals("shared")) {
      for (String member : new String[] {"sharer", "asked"}) {
        String body = filled("{\"member\":\"{" + member + "}\"}", "");
        must(send(admin, "POST", path + "/members", json, body));
      }
      String accepted = path + "/members/" + values.get("sharer");
      must(send(admin, "PUT", accepted, json, "{\"status\":\"accepted\"}"));
    }
    if (!state.equals("queued")) {
      must(send(admin, "PUT", path + "/file", "application/octet-stream", "data"));
    }
    if (state.equals("deactivated")) {
      must(send(admin, "POST", path + "/actions/deactivate", "", ""));
    }
    return id;
  }

  private static String must(HttpResponse<String> answer) {
    if (answer.statusCode() >= 300) {
      throw new AssertionError(answer.uri() + ": " + answer.statusCode() + ": " + answer.body());
    }
    return answer.body();
  }

  private HttpResponse<String> send(
      String token, String method, String path, String type, String body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(Duration.ofSeconds(60))
            .header("X-Auth-Token", token)
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (!type.isEmpty()) {
      request.header("Content-Type", type);
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
