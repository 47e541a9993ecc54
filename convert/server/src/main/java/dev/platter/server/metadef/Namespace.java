package dev.platter.server.metadef;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Database;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Caller;
import dev.platter.server.image.ImageView;
import dev.platter.server.policy.Target;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A namespace of metadata definitions.
 *
 * @param namespace its name
 * @param visibility public or private
 * @param isProtected whether deleting is refused
 */
record Namespace(
    String namespace,
    String displayName,
    String description,
    String visibility,
    boolean isProtected,
    String owner,
    Instant createdAt,
    Instant updatedAt) {
  static final int LONGEST_NAME = 80;

  private static final Set<String> KNOWN =
      Set.of(
          "namespace",
          "display_name",
          "description",
          "visibility",
          "protected",
          "owner",
          "created_at",
          "updated_at",
          "self",
          "schema",
          "properties",
          "objects",
          "tags",
          "resource_type_associations");

  /** Reads what a caller says; a change replaces all but the owner. */
  static Namespace read(ObjectNode body, Namespace before, Caller caller, Instant now) {
    for (String field : (Iterable<String>) body::fieldNames) {
      if (!KNOWN.contains(field)) {
        throw ApiException.badRequest(
            "Additional properties are not allowed ('" + field + "' was unexpected)");
      }
    }
    if (body.has("protected") && !body.path("protected").isBoolean()) {
      throw ApiException.badRequest("protected is not of type 'boolean'");
    }
    String visibility = text(body, "visibility", "private");
    if (!Set.of("public", "private").contains(visibility)) {
      throw ApiException.badRequest("The visibility of a namespace is public or private");
    }
    String owner = before == null ? caller.projectId() : before.owner();
    return new Namespace(
        name(body, "namespace"),
        text(body, "display_name", null),
        text(body, "description", null),
        visibility,
        body.path("protected").asBoolean(false),
        text(body, "owner", owner == null ? "" : owner),
        before == null ? now : before.createdAt(),
        now);
  }

  /**
   * Reads a definition file, as Glance does: what it does not say is as it is there.
   *
   * @param updatedAt null for a namespace that was not there before
   */
  static Namespace load(ObjectNode json, Instant updatedAt) {
    String visibility = json.path("visibility").asText("private");
    if (!Set.of("public", "private").contains(visibility)) {
      throw ApiException.badRequest("The visibility of a namespace is public or private");
    }
    return new Namespace(
        name(json, "namespace"),
        optionalName(json, "display_name"),
        json.path("description").textValue(),
        visibility,
        json.path("protected").asBoolean(false),
        json.path("owner").asText("admin"),
        Database.now(),
        updatedAt);
  }

  /** A name that may be lacking. */
  static String optionalName(JsonNode body, String field) {
    return body.path(field).isTextual() ? name(body, field) : null;
  }

  /** A name that must be there. */
  static String name(JsonNode body, String field) {
    JsonNode name = body.path(field);
    if (!name.isTextual() || name.textValue().isEmpty()) {
      throw ApiException.badRequest(
          "Provided object does not match schema: '%s' is a required".formatted(field)
              + " property");
    }
    if (name.textValue().length() > LONGEST_NAME) {
      throw ApiException.badRequest(field + " is longer than 80 characters");
    }
    return name.textValue();
  }

  private static String text(ObjectNode body, String field, String otherwise) {
    JsonNode value = body.path(field);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isTextual() && !value.isNull()) {
      throw ApiException.badRequest(field + " is not of type 'string'");
    }
    int longest = field.equals("description") ? 500 : LONGEST_NAME;
    if (value.isTextual() && value.textValue().length() > longest) {
      throw ApiException.badRequest(field + " is longer than " + longest + " characters");
    }
    return value.textValue();
  }

  boolean visibleTo(Caller caller) {
    return caller.isAdmin() || visibility.equals("public") || caller.owns(owner);
  }

  /** The namespace as rules see it. */
  Target target() {
    return name ->
        switch (name) {
          case "project_id" -> Optional.ofNullable(owner);
          case "visibility" -> Optional.ofNullable(visibility);
          default -> Optional.empty();
        };
  }

  ObjectNode show() {
    ObjectNode node = Json.object();
    node.put("namespace", namespace);
    if (displayName != null) {
      node.put("display_name", displayName);
    }
    if (description != null) {
      node.put("description", description);
    }
    node.put("visibility", visibility);
    node.put("protected", isProtected);
    node.put("owner", owner);
    node.put("created_at", ImageView.time(createdAt));
    if (updatedAt != null) {
      node.put("updated_at", ImageView.time(updatedAt));
    }
    node.put("self", "/v2/metadefs/namespaces/" + namespace);
    node.put("schema", "/v2/schemas/metadefs/namespace");
    return node;
  }
}
