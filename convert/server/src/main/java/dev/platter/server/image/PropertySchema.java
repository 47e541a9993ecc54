package dev.platter.server.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * What the deployer says about properties of images, in a file {@code schema-image.json} as Glance
 * has it: JSON schemas by the names of properties, or these as {@code properties} beside the names
 * of those that are {@code required} of an image. Values are texts. Does not change once it is
 * made.
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

  private static final long LARGEST = 1 << 20;

  private final ObjectNode properties;
  private final Map<String, TextRule> rules = new HashMap<>();
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
   * @throws IOException if there is anything in the file that would not be obeyed: says the line
   */
  static PropertySchema read(Path file) throws IOException {
    if (Files.size(file) > LARGEST) {
      throw new IOException(file + ": is larger than 1 MiB");
    }
    try {
      return new Reader(file, Files.readString(file)).read();
    } catch (JsonProcessingException e) {
      throw new IOException(
          file + ", line " + e.getLocation().getLineNr() + ": " + e.getOriginalMessage(), e);
    } catch (CharacterCodingException e) {
      throw new IOException(file + ": is no UTF-8", e);
    }
  }

  private static final class Reader {
    private final Path file;
    private final JsonNode document;
    private final Map<String, Integer> lines;

    Reader(Path file, String text) throws IOException {
      this.file = file;
      document = Json.parse(text);
      lines = Json.lines(text);
    }

    private IOException wrong(String pointer, String problem) {
      return new IOException(file + ", line " + lines.getOrDefault(pointer, 1) + ": " + problem);
    }

    PropertySchema read() throws IOException {
      boolean extended = document.path("properties").isObject();
      if (!((extended ? document.path("properties") : document) instanceof ObjectNode object)) {
        throw wrong("", "a JSON object is expected");
      }
      PropertySchema schema = new PropertySchema(object);
      for (Map.Entry<String, JsonNode> property : object.properties()) {
        String name = property.getKey();
        String pointer = (extended ? "/properties" : "") + Json.pointer(name);
        if (!ImageSchema.isProperty(name)) {
          throw wrong(pointer, name + " is no property that users make up");
        }
        try {
          schema.rules.put(name, TextRule.of(property.getValue()));
        } catch (IllegalArgumentException e) {
          throw wrong(pointer, name + ": " + e.getMessage());
        }
      }
      if (extended) {
        readRest(schema);
      }
      return schema;
    }

    /** What stands beside the properties. */
    private void readRest(PropertySchema schema) throws IOException {
      for (Map.Entry<String, JsonNode> member : document.properties()) {
        JsonNode value = member.getValue();
        boolean understood =
            switch (member.getKey()) {
              case "properties", "$schema", "name", "title", "description", "links" -> true;
              case "type" -> value.asText().equals("object");
              case "additionalProperties" ->
                  value.toString().matches("true|\\{}|\\{\"type\":\"string\"}");
              case "required" -> value.isArray();
              default -> false;
            };
        if (!understood) {
          throw wrong(
              Json.pointer(member.getKey()),
              "%s = %s is not understood, or not obeyed".formatted(member.getKey(), value));
        }
      }
      for (JsonNode name : document.path("required")) {
        if (!name.isTextual() || !schema.rules.containsKey(name.textValue())) {
          throw wrong("/required", "required: " + name + " is none of the properties");
        }
        schema.required.add(name.textValue());
      }
    }
  }

  /** The properties' schemas by their names. */
  ObjectNode properties() {
    return properties.deepCopy();
  }

  /** What an image needs. */
  Set<String> required() {
    return required;
  }

  /**
   * Refuses an image that lacks what it needs.
   *
   * @param before what it had before; what it lacked then, it may lack still
   * @throws ApiException (400)
   */
  void checkRequired(ObjectNode document, ObjectNode before) {
    for (String name : required) {
      if (!document.has(name) && before.has(name)) {
        throw lacking(name);
      }
    }
  }

  /**
   * Refuses a new image that lacks what it needs.
   *
   * @throws ApiException (400)
   */
  void checkRequired(ObjectNode document) {
    for (String name : required) {
      if (!document.has(name)) {
        throw lacking(name);
      }
    }
  }

  private static ApiException lacking(String name) {
    return ImageSchema.invalid("'" + name + "' is a required property");
  }

  /**
   * Refuses values that the deployer does not want.
   *
   * @throws ApiException (400)
   */
  void check(SortedMap<String, String> values) {
    values.forEach((name, value) -> {
      TextRule rule = rules.get(name);
      if (rule != null) {
        rule.problem(value)
            .ifPresent(problem -> {
              throw ImageSchema.invalid(name + " " + problem);
            });
      }
    });
  }
}
