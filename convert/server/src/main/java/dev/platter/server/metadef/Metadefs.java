package dev.platter.server.metadef;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Caller;
import dev.platter.server.policy.Policy;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The rows of metadata definitions. */
final class Metadefs {
  private Metadefs() {}

  /** What a namespace holds. */
  enum Kind {
    PROPERTY("property"),
    OBJECT("object"),
    TAG("tag");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  /**
   * One definition.
   *
   * @param document what the caller said of it
   */
  record Item(String name, ObjectNode document, Instant createdAt, Instant updatedAt) {}

  /** A resource type that a namespace is meant for. */
  record Association(
      String type, String prefix, String propertiesTarget, Instant createdAt, Instant updatedAt) {
    Association updatedAt(Instant time) {
      return new Association(type, prefix, propertiesTarget, createdAt, time);
    }
  }

  static List<Namespace> namespaces(Session session) throws SQLException {
    return session.list(
        "SELECT * FROM metadef_namespaces ORDER BY created_at, namespace", Metadefs::namespaceRow);
  }

  static Namespace visible(Session session, Caller caller, String name) throws SQLException {
    return find(session, name)
        .filter(namespace -> namespace.visibleTo(caller))
        .orElseThrow(() -> noNamespace(name));
  }

  /**
   * The namespace if the caller may do with it what the rule is about; refuses with 403, or with
   * 404 when it is not to be known of.
   */
  static Namespace permitted(
      Session session, Policy policy, Caller caller, String name, String rule) throws SQLException {
    Namespace namespace = visible(session, caller, name);
    String get = "get_metadef_namespace";
    if (!policy.allows(rule, caller, namespace.target())) {
      if (rule.equals(get) || !policy.allows(get, caller, namespace.target())) {
        throw noNamespace(name);
      }
      throw ApiException.forbidden("You are not authorized to complete " + rule + " action.");
    }
    return namespace;
  }

  private static ApiException noNamespace(String name) {
    return ApiException.notFound("Metadata definition namespace=" + name + " was not found.");
  }

  static Optional<Namespace> find(Session session, String name) throws SQLException {
    return session.first(
        "SELECT * FROM metadef_namespaces WHERE namespace = ?", Metadefs::namespaceRow, name);
  }

  static void insert(Session session, Namespace namespace) throws SQLException {
    if (find(session, namespace.namespace()).isPresent()) {
      throw duplicate(namespace.namespace());
    }
    session.update(
        "INSERT INTO metadef_namespaces (namespace, display_name, description, visibility,"
            + " protected, owner, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        namespace.namespace(),
        namespace.displayName(),
        namespace.description(),
        namespace.visibility(),
        namespace.isProtected(),
        namespace.owner(),
        namespace.createdAt(),
        namespace.updatedAt());
  }

  private static ApiException duplicate(String name) {
    return ApiException.conflict("The metadata definition namespace=" + name + " already exists.");
  }

  static void update(Session session, String name, Namespace namespace) throws SQLException {
    if (!name.equals(namespace.namespace()) && find(session, namespace.namespace()).isPresent()) {
      throw duplicate(namespace.namespace());
    }
    session.update(
        "UPDATE metadef_namespaces SET namespace = ?, display_name = ?, description = ?,"
            + " visibility = ?, protected = ?, owner = ?, updated_at = ? WHERE namespace = ?",
        namespace.namespace(),
        namespace.displayName(),
        namespace.description(),
        namespace.visibility(),
        namespace.isProtected(),
        namespace.owner(),
        namespace.updatedAt(),
        name);
  }

  static void delete(Session session, String name) throws SQLException {
    session.update("DELETE FROM metadef_namespaces WHERE namespace = ?", name);
  }

  static List<Item> items(Session session, String namespace, Kind kind) throws SQLException {
    return session.list(
        "SELECT * FROM metadef_items WHERE namespace = ? AND kind = ? ORDER BY created_at, name",
        Metadefs::itemRow,
        namespace,
        kind.word());
  }

  static Item item(Session session, String namespace, Kind kind, String name) throws SQLException {
    return findItem(session, namespace, kind, name)
        .orElseThrow(() ->
            ApiException.notFound(
                "The metadata definition %s with name=%s was not found in namespace=%s."
                    .formatted(kind.word(), name, namespace)));
  }

  static Optional<Item> findItem(Session session, String namespace, Kind kind, String name)
      throws SQLException {
    return session.first(
        "SELECT * FROM metadef_items WHERE namespace = ? AND kind = ? AND name = ?",
        Metadefs::itemRow,
        namespace,
        kind.word(),
        name);
  }

  static Item insertItem(Session session, String namespace, Kind kind, Item item)
      throws SQLException {
    checkFree(session, namespace, kind, item.name());
    session.update(
        "INSERT INTO metadef_items (namespace, kind, name, document, created_at, updated_at)"
            + " VALUES (?, ?, ?, ?, ?, ?)",
        namespace,
        kind.word(),
        item.name(),
        Json.text(item.document()),
        item.createdAt(),
        item.updatedAt());
    return item;
  }

  private static void checkFree(Session session, String namespace, Kind kind, String name)
      throws SQLException {
    if (findItem(session, namespace, kind, name).isPresent()) {
      throw ApiException.conflict(
          "A metadata definition %s with name=%s already exists in namespace=%s."
              .formatted(kind.word(), name, namespace));
    }
  }

  static Item updateItem(
      Session session,
      String namespace,
      Kind kind,
      String name,
      String newName,
      ObjectNode document)
      throws SQLException {
    item(session, namespace, kind, name);
    if (!name.equals(newName)) {
      checkFree(session, namespace, kind, newName);
    }
    session.update(
        "UPDATE metadef_items SET name = ?, document = ?, updated_at = ?"
            + " WHERE namespace = ? AND kind = ? AND name = ?",
        newName,
        Json.text(document),
        Database.now(),
        namespace,
        kind.word(),
        name);
    return item(session, namespace, kind, newName);
  }

  /**
   * Refuses (413) more bytes of definitions than a namespace may hold; -1: as many as one likes.
   */
  static void checkBytes(Session session, String namespace, long quota) throws SQLException {
    long bytes =
        session
            .first(
                "SELECT SUM(OCTET_LENGTH(document) + OCTET_LENGTH(name)) FROM metadef_items"
                    + " WHERE namespace = ?",
                row -> row.getLong(1),
                namespace)
            .orElse(0L);
    if (quota >= 0 && bytes > quota) {
      throw ApiException.tooLarge(
          "The limit has been exceeded on the bytes of definitions of namespace %s. Attempted: %d,"
                  .formatted(namespace, bytes)
              + " Maximum: "
              + quota);
    }
  }

  static void deleteItem(Session session, String namespace, Kind kind, String name)
      throws SQLException {
    item(session, namespace, kind, name);
    session.update(
        "DELETE FROM metadef_items WHERE namespace = ? AND kind = ? AND name = ?",
        namespace,
        kind.word(),
        name);
  }

  static void deleteItems(Session session, String namespace, Kind kind) throws SQLException {
    session.update(
        "DELETE FROM metadef_items WHERE namespace = ? AND kind = ?", namespace, kind.word());
  }

  static List<Association> associations(Session session, String namespace) throws SQLException {
    return session.list(
        "SELECT * FROM metadef_associations WHERE namespace = ?"
            + " ORDER BY created_at, resource_type",
        row ->
            new Association(
                row.getString("resource_type"),
                row.getString("prefix"),
                row.getString("properties_target"),
                Database.instant(row, "created_at"),
                Database.instant(row, "updated_at")),
        namespace);
  }

  /** Adds an association; a resource type that nobody knew is known from then on. */
  static void associate(Session session, String namespace, Association association)
      throws SQLException {
    String type = association.type();
    if (associations(session, namespace).stream().anyMatch(known -> known.type().equals(type))) {
      throw ApiException.conflict(
          "The metadata definition resource-type association of resource-type=%s to namespace=%s"
                  .formatted(type, namespace)
              + " already exists.");
    }
    if (session
        .first("SELECT name FROM metadef_resource_types WHERE name = ?", r -> r.getString(1), type)
        .isEmpty()) {
      session.update(
          "INSERT INTO metadef_resource_types (name, created_at, updated_at) VALUES (?, ?, ?)",
          type,
          association.createdAt(),
          association.updatedAt());
    }
    session.update(
        "INSERT INTO metadef_associations (namespace, resource_type, prefix, properties_target,"
            + " created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
        namespace,
        type,
        association.prefix(),
        association.propertiesTarget(),
        association.createdAt(),
        association.updatedAt());
  }

  static void dissociate(Session session, String namespace, String type) throws SQLException {
    int removed =
        session.update(
            "DELETE FROM metadef_associations WHERE namespace = ? AND resource_type = ?",
            namespace,
            type);
    if (removed == 0) {
      throw ApiException.notFound(
          "The metadata definition resource-type association of resource-type=%s to namespace=%s,"
                  .formatted(type, namespace)
              + " was not found.");
    }
  }

  static List<Association> resourceTypes(Session session) throws SQLException {
    return session.list(
        "SELECT * FROM metadef_resource_types ORDER BY name",
        row ->
            new Association(
                row.getString("name"),
                null,
                null,
                Database.instant(row, "created_at"),
                Database.instant(row, "updated_at")));
  }

  private static Namespace namespaceRow(ResultSet row) throws SQLException {
    return new Namespace(
        row.getString("namespace"),
        row.getString("display_name"),
        row.getString("description"),
        row.getString("visibility"),
        row.getBoolean("protected"),
        row.getString("owner"),
        Database.instant(row, "created_at"),
        Database.instant(row, "updated_at"));
  }

  private static Item itemRow(ResultSet row) throws SQLException {
    return new Item(
        row.getString("name"),
        (ObjectNode) Json.parseOwn(row.getString("document")),
        Database.instant(row, "created_at"),
        Database.instant(row, "updated_at"));
  }
}
