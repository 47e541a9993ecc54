package dev.platter.server.task;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.db.Database;
import dev.platter.server.db.DatabaseException;
import dev.platter.server.db.Session;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Caller;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/** The rows of tasks. */
public final class Tasks {
  private final Database database;
  private final String node;
  private final Duration timeToLive;

  /**
   * @param node the name of this node, which tasks carry that it has made or works on
   * @param timeToLive how long a finished task is kept
   */
  public Tasks(Database database, String node, Duration timeToLive) {
    this.database = database;
    this.node = node;
    this.timeToLive = timeToLive;
  }

  /** Adds a task that has not begun. */
  public Task create(String type, Caller caller, String imageId, JsonNode input) {
    return database.transaction(session -> create(session, type, caller, imageId, input));
  }

  /** The same within a transaction. */
  public Task create(Session session, String type, Caller caller, String imageId, JsonNode input)
      throws SQLException {
    String id = UUID.randomUUID().toString();
    Instant now = Database.now();
    session.update(
        "INSERT INTO tasks (id, type, status, owner, image_id, user_id, request_id, node, input,"
            + " message, created_at, updated_at)"
            + " VALUES (?, ?, 'pending', ?, ?, ?, ?, ?, ?, '', ?, ?)",
        id,
        type,
        caller.projectId(),
        imageId,
        caller.userId(),
        caller.requestId(),
        node,
        Json.text(input),
        now,
        now);
    return find(session, id).orElseThrow();
  }

  /** Finds several. */
  public static List<Task> find(Session session, Collection<String> ids) throws SQLException {
    return ids.isEmpty()
        ? List.of()
        : session.list(
            "SELECT * FROM tasks WHERE id IN (?" + ", ?".repeat(ids.size() - 1) + ")",
            Tasks::row,
            ids.toArray());
  }

  /**
   * Adds a task that has ended elsewhere, or replaces what is there of it.
   *
   * @param node where it ran
   */
  public static void save(Session session, Task task, String node) throws SQLException {
    session.update("DELETE FROM tasks WHERE id = ?", task.id());
    session.update(
        "INSERT INTO tasks (id, type, status, owner, image_id, user_id, request_id, node, input,"
            + " result, message, expires_at, created_at, updated_at)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        task.id(),
        task.type(),
        task.status(),
        task.owner(),
        task.imageId(),
        task.userId(),
        task.requestId(),
        node,
        Json.text(task.input()),
        task.result() == null ? null : Json.text(task.result()),
        task.message(),
        task.expiresAt(),
        task.createdAt(),
        task.updatedAt());
  }

  public Optional<Task> find(String id) {
    return database.read(session -> find(session, id));
  }

  private static Optional<Task> find(Session session, String id) throws SQLException {
    return session.first("SELECT * FROM tasks WHERE id = ?", Tasks::row, id);
  }

  public List<Task> ofImage(String imageId) {
    return database.read(session ->
        session.list(
            "SELECT * FROM tasks WHERE image_id = ? ORDER BY created_at, id", Tasks::row, imageId));
  }

  List<Task> list(String where, List<Object> parameters) {
    return database.read(
        session -> session.list("SELECT * FROM tasks" + where, Tasks::row, parameters.toArray()));
  }

  /**
   * Notes that this node begins to work on a task.
   *
   * @return which attempt it is, the first one is 1; empty: there is nothing to do any more
   */
  public OptionalInt begin(Session session, String id) throws SQLException {
    boolean underWay =
        session.update(
                "UPDATE tasks SET status = 'processing', message = '', attempt = attempt + 1,"
                    + " node = ?, updated_at = ? WHERE id = ? AND status IN ('pending', 'processing')",
                node,
                Database.now(),
                id)
            > 0;
    return underWay
        ? OptionalInt.of(
            session
                .first("SELECT attempt FROM tasks WHERE id = ?", row -> row.getInt(1), id)
                .orElseThrow())
        : OptionalInt.empty();
  }

  /** Whether an attempt is the last that was begun, and the task has not ended. */
  public static boolean isCurrent(Session session, String id, int attempt) throws SQLException {
    return session
        .first(
            "SELECT id FROM tasks WHERE id = ? AND attempt = ? AND status = 'processing'",
            row -> row.getString(1),
            id,
            attempt)
        .isPresent();
  }

  /** Lets no other node take a task than the one that has the staged data of an image. */
  public void bindToStaged(Session session, String id, String imageId) throws SQLException {
    session.update(
        "UPDATE tasks SET bound_to = (SELECT staged_on FROM images WHERE id = ?) WHERE id = ?",
        imageId,
        id);
  }

  /** Whether a task waits or is under way. */
  public boolean isUnfinished(Session session, String id) throws SQLException {
    return find(session, id).filter(Task::isUnderWay).isPresent();
  }

  /** Notes that a task waits for a node again, and why. */
  public void waits(Session session, String id, String why) throws SQLException {
    session.update(
        "UPDATE tasks SET status = 'pending', message = ?, progress = NULL, updated_at = ?"
            + " WHERE id = ? AND status IN ('pending', 'processing')",
        why,
        Database.now(),
        id);
  }

  /** How many tasks of a project wait or are under way. */
  public int unfinished(String project) {
    String count =
        "SELECT COUNT(*) FROM tasks WHERE status IN ('pending', 'processing') AND owner ";
    return database
        .read(session ->
            project == null
                ? session.first(count + "IS NULL", row -> row.getInt(1))
                : session.first(count + "= ?", row -> row.getInt(1), project))
        .orElse(0);
  }

  /** Those that a caller may read: who else may see the image learns nothing of what was asked. */
  List<Task> readableOf(String imageId, Caller caller) {
    return ofImage(imageId).stream()
        .filter(task -> caller.isAdmin() || caller.owns(task.owner()))
        .toList();
  }

  /**
   * Notes how far an attempt is.
   *
   * @param progress the same in numbers
   */
  public void progress(String id, int attempt, String message, Progress progress) {
    try {
      database.update(
          "UPDATE tasks SET message = ?, progress = ?, updated_at = ?"
              + " WHERE id = ? AND attempt = ? AND status = 'processing'",
          message,
          Json.text(progress.json()),
          Database.now(),
          id,
          attempt);
    } catch (DatabaseException e) {
      if (!e.isUnavailable()) {
        throw e;
      }
      // Nobody learns how far it is for a while: no reason to end it.
    }
  }

  public void succeed(Session session, String id, JsonNode result) throws SQLException {
    finish(session, id, "success", Json.text(result), null);
  }

  public boolean fail(Session session, String id, String message) throws SQLException {
    String reason = message == null ? "unknown failure" : message;
    return finish(
        session, id, "failure", null, reason.substring(0, Math.min(reason.length(), 4096)));
  }

  private boolean finish(Session session, String id, String status, String result, String message)
      throws SQLException {
    Instant now = Database.now();
    return session.update(
            "UPDATE tasks SET status = ?, result = ?, message = COALESCE(?, message), expires_at = ?,"
                + " updated_at = ?, progress = NULL WHERE id = ?",
            status,
            result,
            message,
            now.plus(timeToLive),
            now,
            id)
        > 0;
  }

  /** Tasks that nobody will go on with: processes of older versions did not leave their work. */
  public List<Task> abandoned() {
    return database.read(session ->
        session.list(
            "SELECT * FROM tasks WHERE status IN ('pending', 'processing') AND NOT EXISTS"
                + " (SELECT 1 FROM scheduled_tasks s WHERE s.task_instance = tasks.id)",
            Tasks::row));
  }

  /** Deletes tasks whose time has passed. */
  public void removeExpired() {
    database.update("DELETE FROM tasks WHERE expires_at < ?", Database.now());
  }

  private static Task row(ResultSet row) throws SQLException {
    String result = row.getString("result");
    String progress = row.getString("progress");
    return new Task(
        row.getString("id"),
        row.getString("type"),
        row.getString("status"),
        row.getString("owner"),
        row.getString("image_id"),
        row.getString("user_id"),
        row.getString("request_id"),
        Json.parseOwn(row.getString("input")),
        result == null ? null : Json.parseOwn(result),
        row.getString("message"),
        progress == null ? null : Json.parseOwn(progress),
        Database.instant(row, "expires_at"),
        Database.instant(row, "created_at"),
        Database.instant(row, "updated_at"));
  }
}
