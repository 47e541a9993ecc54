package dev.platter.server.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What the deployer says about properties of images, in a file {@code schema-image.json} as Glance
 * has it: JSON schemas by the names of properties, or these as {@code properties} beside the names
 * of those that are {@code required} of a new image. Values are texts.
 */
public final class PropertySchema {
  /** Without a file, these are known. */
  private static final String[][] COMMON = {
    {"architecture", "Operating system architecture"},
    {"os_distro", "Common name of operating system distribution"},
    {"os_version", "Operating system version as specified by the distributor."},
    {"kernel_id", "ID of image stored in Glance that should be used as the kernel"},
    {"ramdisk_id", "ID of image stored in Glance that should be used as the ramdisk"},
    {"instance_uuid", "Metadata which can be used to record which instance this image is of"}
  };

  private static final Set<String> TOLD = Set.of("description", "type", "is_base", "default");

  private final ObjectNode properties;
  private final Set<String> required = new TreeSet<>();

  private PropertySchema(ObjectNode properties) {
    this.properties = properties;
  }

  /** What is known without a file; nothing is required, and any text will do. */
  static PropertySchema common() {
    ObjectNode properties = Json.object();
    for (String[] common : COMMON) {
      properties
          .putObject(common[0])
          .put("description", common[1])
          .put("is_base", false)
          .set("type", ImageSchema.texts("null", "string"));
    }
    return new PropertySchema(properties);
  }

  /**
   * @throws IOException if there is anything in the file that would not be obeyed
   */
  static PropertySchema read(Path file) throws IOException {
    try {
      JsonNode document = Json.parse(Files.readString(file));
      boolean extended = document.path("properties").isObject();
      JsonNode properties = extended ? document.path("properties") : document;
      if (!(properties instanceof ObjectNode object)) {
        throw new IOException(file + ": a JSON object is expected");
      }
      PropertySchema schema = new PropertySchema(object);
      for (Map.Entry<String, JsonNode> property : object.properties()) {
        checkUnderstood(file, property.getKey(), property.getValue());
      }
      if (extended) {
        for (JsonNode name : document.path("required")) {
          schema.required.add(name.asText());
        }
      }
      return schema;
    } catch (JsonProcessingException e) {
      throw new IOException(
          file + ", line " + e.getLocation().getLineNr() + ": " + e.getOriginalMessage(), e);
    }
  }

  private static void checkUnderstood(Path file, String name, JsonNode schema) throws IOException {
    if (!ImageSchema.isProperty(name)) {
      throw new IOException(file + ": " + name + " is no property that users make up");
    }
    for (Map.Entry<String, JsonNode> member : schema.properties()) {
      JsonNode value = member.getValue();
      boolean understood =
          switch (member.getKey()) {
            case "enum" -> value.isArray();
            case "minLength", "maxLength" -> value.canConvertToInt();
            case "pattern" -> isPattern(value);
            default -> TOLD.contains(member.getKey());
          };
      if (!understood) {
        throw new IOException(file + ": " + name + ": " + member.getKey() + " is not understood");
      }
    }
    JsonNode type = schema.path("type");
    boolean text = type.asText().equals("string");
    for (JsonNode each : type) {
      text |= each.asText().equals("string");
    }
    if (!schema.isObject() || !text) {
      throw new IOException(file + ": " + name + ": the type is expected to be string");
    }
  }

  private static boolean isPattern(JsonNode value) {
    try {
      return value.isTextual() && Pattern.compile(value.textValue()) != null;
    } catch (PatternSyntaxException e) {
      return false;
    }
  }

  /** The properties' schemas by their names. */
  ObjectNode properties() {
    return properties.deepCopy();
  }

  /** Whether a new image needs something. */
  Set<String> required() {
    return required;
  }

  /** Refuses (400) a new image that lacks what it needs. */
  void checkRequired(ObjectNode document) {
    for (String name : required) {
      if (!document.has(name)) {
        throw ImageSchema.invalid("'" + name + "' is a required property");
      }
    }
  }

  /**
   * Refuses values that the deployer does not want.
   *
   * @throws ApiException (400)
   */
  void check(SortedMap<String, String> values) {
    values.forEach((name, value) -> check(name, value, properties.path(name)));
  }

  private static void check(String name, String value, JsonNode schema) {
    int length = value.codePointCount(0, value.length());
    boolean listed = !schema.has("enum");
    for (JsonNode allowed : schema.path("enum")) {
      listed |= allowed.isTextual() && allowed.textValue().equals(value);
    }
    if (!listed) {
      throw ImageSchema.invalid(name + " is none of " + schema.path("enum"));
    }
    if (length < schema.path("minLength").asInt(0)
        || length > schema.path("maxLength").asInt(Integer.MAX_VALUE)) {
      throw ImageSchema.invalid(name + " is too long or too short");
    }
    JsonNode pattern = schema.path("pattern");
    if (pattern.isTextual() && !Pattern.compile(pattern.textValue()).matcher(value).find()) {
      throw ImageSchema.invalid(name + " does not match " + pattern.textValue());
    }
  }
}
