package dev.platter.server.migrate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import dev.platter.server.task.Task;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads tasks page by page. */
final class GlanceTasks {
  /** A page has few: what was asked for, and what came of it, may be large. */
  private static final int PAGE = 20;

  private static final int LONGEST_JSON = 1 << 20;
  private static final int LONGEST_MESSAGE = 65_535;

  /** How long Glance keeps a task that has ended, if its settings say nothing else. */
  private static final Duration USUAL_LIFE = Duration.ofHours(48);

  private static final String ENDED = "The service that ran the task has ended";

  private final GlanceDatabase database;
  private String after = "";

  /**
   * A task.
   *
   * @param task null: it is not taken over
   * @param problem what is wrong with it; null: nothing, its time has passed
   * @param wasUnderWay whether it had not ended
   */
  record Found(String id, Task task, String problem, boolean wasUnderWay) {}

  GlanceTasks(GlanceDatabase database) {
    this.database = database;
  }

  /** The next tasks; none: there are no more. */
  List<Found> next(Instant now) throws SQLException {
    Dialect dialect = database.dialect();
    Map<String, String> columns = new LinkedHashMap<>();
    columns.put("type", dialect.text("t.type", 30));
    columns.put("status", dialect.text("t.status", 30));
    columns.put("owner", dialect.text("t.owner", 255));
    columns.put("image_id", dialect.text("t.image_id", 36));
    columns.put("request_id", dialect.text("t.request_id", 64));
    columns.put("user_id", dialect.text("t.user_id", 255));
    columns.put("expires_at", Dialect.other("t.expires_at"));
    columns.put("created_at", Dialect.other("t.created_at"));
    columns.put("updated_at", Dialect.other("t.updated_at"));
    columns.put("deleted", Dialect.other("t.deleted"));
    columns.put("input", dialect.text("i.input", LONGEST_JSON));
    columns.put("result", dialect.text("i.result", LONGEST_JSON));
    columns.put("message", dialect.text("i.message", LONGEST_MESSAGE));
    List<Found> found = new ArrayList<>();
    database
        .page("tasks t LEFT JOIN task_info i ON i.task_id = t.id", "t.id", columns, after, PAGE)
        .forEach((id, row) -> {
          after = id;
          try {
            found.add(read(id, row, now));
          } catch (BadValueException e) {
            found.add(new Found(id, null, e.getMessage(), false));
          }
        });
    return found;
  }

  private static Found read(String id, Map<String, Value> row, Instant now)
      throws BadValueException {
    Instant expires = row.get("expires_at").moment();
    if (row.get("deleted").flag() || expires != null && !expires.isAfter(now)) {
      return new Found(id, null, null, false);
    }
    Instant created = row.get("created_at").moment();
    if (created == null) {
      throw new BadValueException("created_at is missing");
    }
    Instant updated = row.get("updated_at").moment();
    String status = row.get("status").required(30);
    if (!List.of("pending", "processing", "success", "failure").contains(status)) {
      throw row.get("status").wrong("is unknown");
    }
    boolean underWay = List.of("pending", "processing").contains(status);
    String message = row.get("message").optional(LONGEST_MESSAGE);
    JsonNode result = row.get("result").json(LONGEST_JSON, null);
    Task task =
        new Task(
            new Value("the identifier", id).required(36),
            row.get("type").required(30),
            underWay ? "failure" : status,
            row.get("owner").required(255),
            row.get("image_id").optional(36),
            row.get("user_id").optional(255),
            row.get("request_id").optional(64),
            row.get("input").json(LONGEST_JSON, Json.object()),
            result,
            underWay ? ENDED : message == null ? "" : message,
            null,
            underWay ? now.plus(USUAL_LIFE) : expires,
            created,
            updated == null ? created : updated);
    return new Found(id, task, null, underWay);
  }

  /** A task for all that can be compared: when one that was interrupted expires is up to us. */
  static ObjectNode record(Task task) {
    ObjectNode node = Json.object();
    node.put("id", task.id());
    node.put("type", task.type());
    node.put("status", task.status());
    node.put("owner", task.owner());
    node.put("image_id", task.imageId());
    node.put("user_id", task.userId());
    node.put("request_id", task.requestId());
    node.set("input", task.input());
    node.set("result", task.result());
    node.put("message", task.message());
    node.put("created_at", task.createdAt().toString());
    node.put("updated_at", task.updatedAt().toString());
    return node;
  }
}
