package dev.platter.server.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A JSON patch of an image (RFC 6902 restricted to add, replace and remove of whole attributes, and
 * to elements of the list of locations), in both notations of the interface.
 *
 * @param operation add, replace or remove
 * @param path the attribute, and for locations the element
 * @param value what is added or replaced; null for remove
 */
record ImagePatch(String operation, List<String> path, JsonNode value) {
  static final String V21 = "application/openstack-images-v2.1-json-patch";
  static final String V20 = "application/openstack-images-v2.0-json-patch";

  private static final Set<String> OPERATIONS = Set.of("add", "replace", "remove");

  /** Fields of the record that always have a value. */
  private static final Set<String> UNREMOVABLE = ImageSchema.BASE;

  /** Reads a patch document. */
  static List<ImagePatch> parse(String contentType, JsonNode document) {
    if (!document.isArray()) {
      throw ApiException.badRequest("Request body must be a JSON array of operation objects.");
    }
    List<ImagePatch> changes = new ArrayList<>();
    for (JsonNode element : document) {
      if (!(element instanceof ObjectNode operation)) {
        throw ApiException.badRequest("Operations must be JSON objects.");
      }
      changes.add(contentType.equals(V20) ? parseOld(operation) : parseNew(operation));
    }
    return changes;
  }

  private static ImagePatch parseNew(ObjectNode operation) {
    JsonNode op = operation.path("op");
    if (!op.isTextual()) {
      throw ApiException.badRequest("Unable to find 'op' in JSON Schema change");
    }
    if (!OPERATIONS.contains(op.textValue())) {
      throw ApiException.badRequest(
          "Invalid operation: `%s`. It must be one of the following: add, remove, replace."
              .formatted(op.textValue()));
    }
    JsonNode path = operation.path("path");
    if (!path.isTextual()) {
      throw ApiException.badRequest("Unable to find 'path' in JSON Schema change");
    }
    return create(op.textValue(), path.textValue(), operation);
  }

  private static ImagePatch parseOld(ObjectNode operation) {
    List<String> named = OPERATIONS.stream().filter(operation::has).toList();
    if (named.size() != 1 || !operation.path(named.getFirst()).isTextual()) {
      throw ApiException.badRequest(
          "Operation objects must contain exactly one member named \"add\", \"remove\", or"
              + " \"replace\".");
    }
    return create(named.getFirst(), operation.path(named.getFirst()).textValue(), operation);
  }

  private static ImagePatch create(String op, String pointer, ObjectNode operation) {
    JsonNode value = operation.get("value");
    if (!op.equals("remove") && value == null) {
      throw ApiException.badRequest("Operation \"" + op + "\" requires a member named \"value\".");
    }
    ImagePatch change = new ImagePatch(op, pointer(pointer), op.equals("remove") ? null : value);
    change.check();
    return change;
  }

  /** Takes a JSON pointer (RFC 6901) apart. */
  private static List<String> pointer(String pointer) {
    if (!pointer.startsWith("/")) {
      throw ApiException.badRequest("Pointer `" + pointer + "` does not start with \"/\".");
    }
    if (pointer.matches(".*/\\s*/.*|.*/")) {
      throw ApiException.badRequest("Pointer `" + pointer + "` contains an empty token.");
    }
    if (pointer.matches(".*~([^01].*|$)")) {
      throw ApiException.badRequest(
          "Pointer `" + pointer + "` contains \"~\" not part of a recognized escape sequence.");
    }
    return Stream.of(pointer.substring(1).split("/", -1))
        .map(token -> token.replace("~1", "/").replace("~0", "~"))
        .toList();
  }

  private void check() {
    String name = path.getFirst();
    if (path.size() > (name.equals("locations") ? 2 : 1)) {
      throw ApiException.badRequest("Invalid JSON pointer for this resource: '/" + name + "'");
    }
    if (isLocation() && operation.equals("remove") && path.size() == 1) {
      throw ApiException.badRequest("Invalid JSON pointer for this resource: '/locations'");
    }
    ImageSchema.checkWritable(name);
    if (name.equals("id")) {
      throw ApiException.forbidden("Attribute 'id' is read-only.");
    }
    if (operation.equals("remove") && path.size() == 1 && UNREMOVABLE.contains(name)) {
      throw ApiException.forbidden("Property " + name + " may not be removed.");
    }
  }

  /** Whether this is about the list of locations or one of its elements. */
  boolean isLocation() {
    return path.getFirst().equals("locations");
  }

  /** Applies a change of an attribute to the image's document. */
  void apply(ObjectNode document) {
    String name = path.getFirst();
    if (!operation.equals("add") && !document.has(name)) {
      throw ApiException.conflict("Property " + name + " does not exist.");
    }
    if (operation.equals("remove")) {
      document.remove(name);
    } else {
      document.set(name, value);
    }
  }

  /** Applies a change of locations to their list. */
  void applyToLocations(ArrayNode locations) {
    if (path.size() == 1) {
      if (!operation.equals("replace") || !value.isArray()) {
        throw ApiException.badRequest("Invalid location: the whole list can only be replaced");
      }
      locations.removeAll();
      value.forEach(locations::add);
      return;
    }
    if (operation.equals("replace")) {
      throw ApiException.badRequest("Invalid location: an element cannot be replaced");
    }
    int place = place(locations);
    if (operation.equals("remove")) {
      locations.remove(place);
    } else {
      locations.insert(place, value);
    }
  }

  private int place(ArrayNode locations) {
    String token = path.get(1);
    boolean add = operation.equals("add");
    if (add && token.equals("-")) {
      return locations.size();
    }
    boolean number = token.matches("[0-9]{1,6}");
    if (!number || !add && Integer.parseInt(token) >= locations.size()) {
      throw ApiException.badRequest("Invalid position for a location: " + token);
    }
    return Math.min(Integer.parseInt(token), locations.size());
  }
}
