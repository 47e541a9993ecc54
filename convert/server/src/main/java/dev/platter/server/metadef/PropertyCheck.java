package dev.platter.server.metadef;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.ApiException;
import java.util.Map;
import java.util.Set;

/** What the definition of a property may say. */
final class PropertyCheck {
  private static final Set<String> TYPES =
      Set.of("array", "boolean", "integer", "number", "object", "string");
  private static final Set<String> COUNTS =
      Set.of("minLength", "maxLength", "minItems", "maxItems");
  private static final Set<String> OTHERS =
      Set.of(
          "name",
          "title",
          "description",
          "type",
          "operators",
          "enum",
          "items",
          "minimum",
          "maximum",
          "pattern",
          "readonly",
          "uniqueItems",
          "additionalItems",
          "default",
          "created_at",
          "updated_at",
          "self",
          "schema");

  private PropertyCheck() {}

  /**
   * @throws ApiException (400) for what no definition says
   */
  static void check(ObjectNode document) {
    for (Map.Entry<String, JsonNode> member : document.properties()) {
      String name = member.getKey();
      JsonNode value = member.getValue();
      if (COUNTS.contains(name)) {
        if (!value.isIntegralNumber() || value.longValue() < 0) {
          throw wrong(name + " is not a count");
        }
      } else if (!OTHERS.contains(name)) {
        throw wrong("Additional properties are not allowed ('" + name + "' was unexpected)");
      }
    }
    JsonNode type = document.path("type");
    if (type.isTextual() && !TYPES.contains(type.textValue())) {
      throw wrong("'" + type.textValue() + "' is not one of the types of JSON schema");
    }
  }

  private static ApiException wrong(String reason) {
    return ApiException.badRequest("Provided object does not match schema 'property': " + reason);
  }
}
