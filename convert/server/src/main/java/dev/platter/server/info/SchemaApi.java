package dev.platter.server.info;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import dev.platter.server.image.ImageSchema;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The JSON schemas of all that the interface speaks of; clients check what they send by them. */
public final class SchemaApi {
  /** The resource that holds all but the image's, which the deployer's settings make. */
  private static final String RESOURCE = "schemas.json";

  private static final String DEFINITIONS = "definitions";

  private final Map<String, ObjectNode> schemas = new LinkedHashMap<>();

  public SchemaApi(ImageSchema image) throws IOException {
    JsonNode items;
    try (InputStream stream = SchemaApi.class.getResourceAsStream(RESOURCE)) {
      items = Json.parse(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    }
    schemas.put("image", image.image());
    schemas.put("images", pages("images", image.image()));
    schemas.put("member", item(items, "member"));
    schemas.put("members", list("members", item(items, "member")));
    schemas.put("task", item(items, "task"));
    ObjectNode brief = item(items, "task");
    ((ObjectNode) brief.path("properties")).remove(List.of("input", "result", "message"));
    schemas.put("tasks", list("tasks", brief));
    addMetadef(items, "namespace", "namespaces", "namespaces");
    addMetadef(items, "resource_type", "resource_types", "resource_type_associations");
    addMetadef(items, "object", "objects", "objects");
    addMetadef(items, "tag", "tags", "tags");
    schemas.put("metadefs/property", item(items, "metadefs/property"));
    schemas.put("metadefs/properties", properties(item(items, "metadefs/property")));
  }

  private static ObjectNode item(JsonNode items, String name) {
    return items.path(name).deepCopy();
  }

  private void addMetadef(JsonNode items, String name, String plural, String member) {
    schemas.put("metadefs/" + name, item(items, "metadefs/" + name));
    schemas.put("metadefs/" + plural, pages(member, item(items, "metadefs/" + name)));
  }

  /** A list that is answered whole. */
  private static ObjectNode list(String member, ObjectNode item) {
    ObjectNode schema = Json.object().put("name", member);
    JsonNode definitions = item.remove(DEFINITIONS);
    ObjectNode properties = schema.putObject("properties");
    properties.putObject(member).put("type", "array").set("items", item);
    properties.putObject("schema").put("type", "string");
    schema.set("links", ImageSchema.links("describedby", "{schema}"));
    if (definitions != null) {
      schema.set(DEFINITIONS, definitions);
    }
    return schema;
  }

  /** A list that comes in pages. */
  private static ObjectNode pages(String member, ObjectNode item) {
    ObjectNode schema = list(member, item);
    ObjectNode properties = (ObjectNode) schema.path("properties");
    properties.putObject("first").put("type", "string");
    properties.putObject("next").put("type", "string");
    schema.set(
        "links",
        ImageSchema.links("first", "{first}", "next", "{next}", "describedby", "{schema}"));
    return schema;
  }

  /** Properties are listed by their names, which are not said again in each. */
  private static ObjectNode properties(ObjectNode item) {
    item.set("required", Json.array(List.of("type", "title")));
    ObjectNode schema = pages("properties", item);
    ObjectNode list = (ObjectNode) schema.path("properties").path("properties");
    list.put("type", "object").set("additionalProperties", list.remove("items"));
    return schema;
  }

  public void addTo(Router router) {
    schemas.forEach((name, schema) -> router.get("/v2/schemas/" + name, c -> answer(c, schema)));
  }

  private static void answer(Call call, ObjectNode schema) throws IOException {
    call.answer(200, schema);
  }
}
