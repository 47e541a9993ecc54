package dev.platter.server.info;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import dev.platter.server.image.ImageSchema;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The JSON schemas of all that the interface speaks of; clients check what they send by them. */
public final class SchemaApi {
  private final Map<String, ObjectNode> schemas = new LinkedHashMap<>();

  public SchemaApi(ImageSchema image) {
    addWithList("image", "images", image.image());
    addWithList(
        "member",
        "members",
        ImageSchema.plain(
            "member",
            List.of(
                type("created_at", "string"),
                type("image_id", "string"),
                type("member_id", "string"),
                type("schema", "string"),
                type("status", "string"),
                type("updated_at", "string"))));
    addWithList(
        "task",
        "tasks",
        ImageSchema.plain(
            "task",
            List.of(
                type("created_at", "string"),
                type("expires_at", "string"),
                type("id", "string"),
                type("image_id", "string"),
                type("input", "null", "object"),
                type("message", "string"),
                type("owner", "string"),
                type("request_id", "string"),
                type("result", "null", "object"),
                type("schema", "string"),
                type("self", "string"),
                type("status", "string"),
                type("type", "string"),
                type("updated_at", "string"),
                type("user_id", "string"))));
    addMetadefs();
  }

  private void addMetadefs() {
    ObjectNode namespace =
        ImageSchema.plain(
            "namespace",
            List.of(
                type("namespace", "string"),
                type("display_name", "string"),
                type("description", "string"),
                type("visibility", "string"),
                type("protected", "boolean"),
                type("owner", "string"),
                type("created_at", "string"),
                type("updated_at", "string"),
                type("self", "string"),
                type("schema", "string"),
                type("resource_type_associations", "array"),
                type("properties", "object"),
                type("objects", "array"),
                type("tags", "array")));
    namespace.set("required", Json.array(List.of("namespace")));
    addWithList("metadefs/namespace", "metadefs/namespaces", namespace);
    ObjectNode association =
        ImageSchema.plain(
            "resource_type_association",
            List.of(
                type("name", "string"),
                type("prefix", "string"),
                type("properties_target", "string"),
                type("created_at", "string"),
                type("updated_at", "string")));
    addWithList("metadefs/resource_type", "metadefs/resource_types", association);
    ObjectNode object =
        ImageSchema.plain(
            "object",
            List.of(
                type("name", "string"),
                type("description", "string"),
                type("required", "array"),
                type("properties", "object"),
                type("created_at", "string"),
                type("updated_at", "string"),
                type("self", "string"),
                type("schema", "string")));
    addWithList("metadefs/object", "metadefs/objects", object);
    addWithList("metadefs/property", "metadefs/properties", property());
    ObjectNode tag =
        ImageSchema.plain(
            "tag",
            List.of(
                type("name", "string"),
                type("created_at", "string"),
                type("updated_at", "string")));
    addWithList("metadefs/tag", "metadefs/tags", tag);
  }

  private static ObjectNode property() {
    ObjectNode schema =
        ImageSchema.plain(
            "property",
            List.of(
                type("name", "string"),
                type("title", "string"),
                type("description", "string"),
                type("type", "string"),
                type("operators", "array"),
                type("enum", "array"),
                type("items", "object"),
                type("minimum", "number"),
                type("maximum", "number"),
                type("minLength", "integer"),
                type("maxLength", "integer"),
                type("minItems", "integer"),
                type("maxItems", "integer"),
                type("pattern", "string"),
                type("readonly", "boolean"),
                type("uniqueItems", "boolean"),
                type("additionalItems", "boolean")));
    ((ObjectNode) schema.path("properties")).putObject("default");
    schema.set("required", Json.array(List.of("type", "title", "name")));
    return schema;
  }

  private static String[] type(String... nameAndTypes) {
    return nameAndTypes;
  }

  private void addWithList(String name, String plural, ObjectNode schema) {
    schemas.put(name, schema);
    schemas.put(plural, ImageSchema.list(plural.replaceFirst("metadefs/", ""), schema));
  }

  public void addTo(Router router) {
    schemas.forEach((name, schema) -> router.get("/v2/schemas/" + name, c -> answer(c, schema)));
  }

  private static void answer(Call call, ObjectNode schema) throws IOException {
    call.answer(200, schema);
  }
}
