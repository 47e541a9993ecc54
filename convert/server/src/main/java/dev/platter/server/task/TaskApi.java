package dev.platter.server.task;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Database;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import dev.platter.server.identity.Caller;
import dev.platter.server.image.ImageQuery;
import dev.platter.server.image.ImageView;
import dev.platter.server.image.Images;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tasks: list, show, and make them, and learn how they go. */
public final class TaskApi implements AutoCloseable {
  private static final Set<String> SORT_KEYS =
      Set.of("id", "type", "status", "created_at", "updated_at", "expires_at");
  private static final Set<String> STATUSES = Set.of("pending", "processing", "success", "failure");

  private final Images images;
  private final Tasks tasks;
  private final Starter starter;
  private final TaskEvents events;
  private final int defaultPage;
  private final int largestPage;

  /** Begins the work of a task that was made as such. */
  @FunctionalInterface
  public interface Starter {
    /** Checks what is asked for, and begins; refuses with an error of the interface. */
    Task start(Caller caller, ObjectNode input) throws IOException;
  }

  public TaskApi(Images images, Tasks tasks, Starter starter, int defaultPage, int largestPage) {
    this.images = images;
    this.tasks = tasks;
    this.starter = starter;
    events = new TaskEvents(images, tasks);
    this.defaultPage = defaultPage;
    this.largestPage = largestPage;
  }

  public void addTo(Router router) {
    router
        .get("/v2/tasks", this::list)
        .post("/v2/tasks", this::create)
        .get("/v2/tasks/{task_id}", this::show)
        .get("/v2/images/{image_id}/tasks", this::ofImage)
        .get("/v2/images/{image_id}/tasks/events", events::answer);
  }

  /** Ends all streams of events: nobody else would. */
  @Override
  public void close() {
    events.close();
  }

  private void create(Call call) throws IOException {
    images.policy().require("tasks_api_access", call.caller());
    ObjectNode body = call.jsonObject();
    String type = body.path("type").asText();
    if (!type.equals(Task.IMPORT)) {
      throw ApiException.badRequest("Invalid task type: " + type);
    }
    if (!(body.path("input") instanceof ObjectNode input)) {
      throw ApiException.badRequest("The input of a task is a JSON object");
    }
    Task task = starter.start(call.caller(), input);
    call.withHeader("Location", call.baseUrl() + "/v2/tasks/" + task.id());
    call.answer(201, full(task));
  }

  private void show(Call call) throws IOException {
    images.policy().require("tasks_api_access", call.caller());
    String id = call.variable("task_id");
    Task task =
        tasks
            .find(id)
            .filter(found -> call.caller().isAdmin() || call.caller().owns(found.owner()))
            .orElseThrow(() -> ApiException.notFound("No task found with ID " + id));
    call.answer(200, full(task));
  }

  private void ofImage(Call call) throws IOException {
    String id = call.variable("image_id");
    images.visible(call.caller(), id);
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("tasks");
    for (Task task : tasks.readableOf(id, call.caller())) {
      ObjectNode node = list.addObject();
      node.put("id", task.id());
      node.put("type", task.type());
      node.put("status", task.status());
      node.put("owner", task.owner());
      node.put("expires_at", ImageView.time(task.expiresAt()));
      node.put("created_at", ImageView.time(task.createdAt()));
      node.put("updated_at", ImageView.time(task.updatedAt()));
      node.set("deleted_at", null);
      node.put("deleted", false);
      node.put("image_id", task.imageId());
      node.put("request_id", task.requestId());
      node.put("user_id", task.userId());
      node.set("input", task.input());
      node.set("result", task.result());
      node.put("message", task.message());
      addProgress(node, task);
    }
    call.answer(200, answer);
  }

  private static ObjectNode brief(Task task) {
    ObjectNode node = Json.object();
    node.put("id", task.id());
    node.put("type", task.type());
    node.put("status", task.status());
    node.put("owner", task.owner());
    if (task.expiresAt() != null) {
      node.put("expires_at", ImageView.time(task.expiresAt()));
    }
    node.put("created_at", ImageView.time(task.createdAt()));
    node.put("updated_at", ImageView.time(task.updatedAt()));
    node.put("self", "/v2/tasks/" + task.id());
    node.put("schema", "/v2/schemas/task");
    return node;
  }

  private static ObjectNode full(Task task) {
    ObjectNode node = brief(task);
    node.set("input", task.input());
    node.set("result", task.result());
    node.put("message", task.message());
    node.put("image_id", task.imageId());
    node.put("request_id", task.requestId());
    node.put("user_id", task.userId());
    addProgress(node, task);
    return node;
  }

  /** Only while there is any: clients know tasks without. */
  private static void addProgress(ObjectNode node, Task task) {
    if (task.progress() != null) {
      node.set("progress", task.progress());
    }
  }

  private void list(Call call) throws IOException {
    images.policy().require("tasks_api_access", call.caller());
    List<Map.Entry<String, String>> parameters = call.query();
    String key = "created_at";
    String direction = "desc";
    long limit = defaultPage;
    List<String> conditions = new ArrayList<>(List.of("(expires_at IS NULL OR expires_at > ?)"));
    List<Object> values = new ArrayList<>(List.of(Database.now()));
    for (Map.Entry<String, String> parameter : parameters) {
      String value = parameter.getValue();
      switch (parameter.getKey()) {
        case "limit" -> limit = limit(value);
        case "sort_key" -> key = oneOf("sort key", value, SORT_KEYS);
        case "sort_dir" -> direction = oneOf("sort direction", value, Set.of("asc", "desc"));
        case "status" -> {
          conditions.add("status = ?");
          values.add(oneOf("status", value, STATUSES));
        }
        case "type" -> {
          conditions.add("type = ?");
          values.add(value);
        }
        case "marker" -> {
          conditions.add("id <> ?");
          values.add(tasks.find(value).map(Task::id).orElseThrow(() -> unknownMarker(value)));
        }
        default -> {
          // Other parameters have no meaning here.
        }
      }
    }
    if (!call.caller().isAdmin()) {
      conditions.add("owner = ?");
      values.add(call.caller().projectId());
    }
    addMarker(parameters, key, direction, conditions, values);
    limit = Math.min(limit, largestPage);
    List<Task> page =
        tasks.list(
            " WHERE %s ORDER BY %s %s, id %s LIMIT %d"
                .formatted(String.join(" AND ", conditions), key, direction, direction, limit),
            values);
    answer(call, parameters, page, limit);
  }

  private void addMarker(
      List<Map.Entry<String, String>> parameters,
      String key,
      String direction,
      List<String> conditions,
      List<Object> values) {
    for (Map.Entry<String, String> parameter : parameters) {
      if (parameter.getKey().equals("marker")) {
        String later = direction.equals("asc") ? ">" : "<";
        conditions.add(
            "(%1$s %2$s (SELECT m.%1$s FROM tasks m WHERE m.id = ?) OR (%1$s = (SELECT m.%1$s FROM"
                    .formatted(key, later)
                + " tasks m WHERE m.id = ?) AND id "
                + later
                + " ?))");
        values.addAll(List.of(parameter.getValue(), parameter.getValue(), parameter.getValue()));
      }
    }
  }

  private static void answer(
      Call call, List<Map.Entry<String, String>> parameters, List<Task> page, long limit)
      throws IOException {
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("tasks");
    page.forEach(task -> list.add(brief(task)));
    String rest = ImageQuery.withoutMarker(parameters);
    answer.put("first", "/v2/tasks" + (rest.isEmpty() ? "" : "?" + rest));
    if (!page.isEmpty() && page.size() == limit) {
      answer.put(
          "next",
          "/v2/tasks?" + (rest.isEmpty() ? "" : rest + "&") + "marker=" + page.getLast().id());
    }
    answer.put("schema", "/v2/schemas/tasks");
    call.answer(200, answer);
  }

  private static long limit(String value) {
    if (!value.matches("[0-9]{1,9}")) {
      throw ApiException.badRequest("limit param must be a positive integer");
    }
    return Long.parseLong(value);
  }

  private static String oneOf(String what, String value, Set<String> allowed) {
    if (!allowed.contains(value)) {
      throw ApiException.badRequest("Invalid " + what + ": " + value);
    }
    return value;
  }

  private static ApiException unknownMarker(String marker) {
    return ApiException.notFound("No task found with ID " + marker);
  }
}
