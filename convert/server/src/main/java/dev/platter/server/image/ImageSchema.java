package dev.platter.server.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The JSON schema of an image as the deployer's limits make it, and reading images by it. */
public final class ImageSchema {
  /** Identifiers are UUIDs. */
  public static final String ID_PATTERN =
      "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$";

  /** What only the service says about an image. */
  static final Set<String> READ_ONLY =
      Set.of(
          "status",
          "size",
          "virtual_size",
          "checksum",
          "os_hash_algo",
          "os_hash_value",
          "created_at",
          "updated_at",
          "direct_url",
          "self",
          "file",
          "schema",
          "stores");

  /** Fields of the record; every other name is a property. */
  static final Set<String> BASE =
      Set.of(
          "id",
          "name",
          "visibility",
          "owner",
          "disk_format",
          "container_format",
          "min_disk",
          "min_ram",
          "protected",
          "os_hidden",
          "tags",
          "locations");

  private static final Set<String> RESERVED = Set.of("deleted", "deleted_at", "location");

  /** Properties of this prefix are the service's own. */
  public static final String OWN_PREFIX = "os_glance_";

  /** Whether this is the name of one of the properties that users make up. */
  public static boolean isProperty(String name) {
    return !BASE.contains(name) && !READ_ONLY.contains(name);
  }

  private static final int LONGEST_TEXT = 255;
  private static final int LONGEST_PROPERTY = 65_535;

  private final ImageLimits limits;
  private final boolean withStores;
  private final PropertySchema custom;

  /**
   * @param withStores whether there are several stores. Clients of some versions break over a
   *     property of the name "stores", so it is named only where it exists
   * @param file what the deployer says about properties
   * @throws IOException if that is not understood
   */
  public ImageSchema(ImageLimits limits, boolean withStores, Optional<Path> file)
      throws IOException {
    this.limits = limits;
    this.withStores = withStores;
    custom = file.isPresent() ? PropertySchema.read(file.get()) : PropertySchema.common();
  }

  /** Reads what a user says about a new image, which may need more than others. */
  ImageFields readNew(ObjectNode node, String owner) {
    custom.checkRequired(node);
    return read(node, owner);
  }

  /**
   * Reads what an image is to be after a change, which must not take away what it needs.
   *
   * @param before what it was
   */
  ImageFields readChanged(ObjectNode node, ObjectNode before, String owner) {
    custom.checkRequired(node, before);
    return read(node, owner);
  }

  /** Refuses the names that users may not give a value to. */
  static void checkWritable(String name) {
    if (READ_ONLY.contains(name)) {
      throw ApiException.forbidden("Attribute '" + name + "' is read-only.");
    }
    if (RESERVED.contains(name) || name.startsWith(OWN_PREFIX)) {
      throw ApiException.forbidden("Attribute '" + name + "' is reserved.");
    }
  }

  /**
   * Reads what a user says about an image.
   *
   * @param owner the owner where nobody names one
   */
  public ImageFields read(ObjectNode node, String owner) {
    SortedMap<String, String> properties = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      String name = entry.getKey();
      if (!BASE.contains(name)) {
        if (name.isEmpty() || name.length() > LONGEST_TEXT) {
          throw invalid("the name of a property has 1 to 255 characters");
        }
        if (!entry.getValue().isTextual()) {
          throw invalid("property " + name + " is not of type 'string'");
        }
        String content = entry.getValue().textValue();
        if (content.length() > LONGEST_PROPERTY) {
          throw invalid("property " + name + " is longer than 65535 characters");
        }
        properties.put(name, content);
      }
    }
    custom.check(properties);
    return new ImageFields(
        text(node, "name"),
        visibility(node),
        node.has("owner") ? text(node, "owner") : owner,
        format(node, "disk_format", limits.diskFormats()),
        format(node, "container_format", limits.containerFormats()),
        amount(node, "min_disk"),
        amount(node, "min_ram"),
        flag(node, "protected"),
        flag(node, "os_hidden"),
        properties,
        tags(node.path("tags")));
  }

  private static String text(JsonNode node, String name) {
    JsonNode value = node.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw invalid(name + " is not of type 'null', 'string'");
    }
    if (value.textValue().length() > LONGEST_TEXT) {
      throw invalid(name + " is longer than 255 characters");
    }
    return value.textValue();
  }

  private static String visibility(JsonNode node) {
    String visibility = node.has("visibility") ? text(node, "visibility") : Visibility.SHARED;
    if (visibility == null || !Visibility.ALL.contains(visibility)) {
      throw invalid(
          "'" + visibility + "' is not one of ['community', 'public', 'private', 'shared']");
    }
    return visibility;
  }

  private static String format(JsonNode node, String name, Set<String> allowed) {
    String format = text(node, name);
    if (format != null && !allowed.contains(format)) {
      throw ApiException.badRequest(
          "Invalid %s '%s' for image.".formatted(name.replace('_', ' '), format));
    }
    return format;
  }

  private static long amount(JsonNode node, String name) {
    JsonNode value = node.path(name);
    if (value.isMissingNode()) {
      return 0;
    }
    // In JSON, 1.0 is a whole number.
    if (!value.isNumber() || value.doubleValue() != Math.rint(value.doubleValue())) {
      throw invalid(name + " is not of type 'integer'");
    }
    if (!value.canConvertToInt()) {
      throw invalid(name + " must be within -2147483648 and 2147483647");
    }
    if (value.intValue() < 0) {
      throw ApiException.badRequest(
          "Invalid value '%s' for parameter '%s': Cannot be a negative value"
              .formatted(value.asText(), name));
    }
    return value.intValue();
  }

  private static boolean flag(JsonNode node, String name) {
    JsonNode value = node.path(name);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw invalid(name + " is not of type 'boolean'");
    }
    return value.booleanValue();
  }

  static SortedSet<String> tags(JsonNode node) {
    SortedSet<String> tags = new TreeSet<>();
    if (!node.isMissingNode() && !node.isArray()) {
      throw invalid("tags is not of type 'array'");
    }
    for (JsonNode tag : node) {
      tags.add(tag(tag.isTextual() ? tag.textValue() : null));
    }
    return tags;
  }

  static String tag(String tag) {
    if (tag == null || tag.length() > LONGEST_TEXT) {
      throw invalid("a tag is a text of at most 255 characters");
    }
    return tag;
  }

  static ApiException invalid(String reason) {
    return ApiException.badRequest("Provided object does not match schema 'image': " + reason);
  }

  /** The schema of one image. */
  public ObjectNode image() {
    ObjectNode properties = Json.object();
    text(properties, "id", "An identifier for the image").put("pattern", ID_PATTERN);
    nullable(properties, "name", "Descriptive name for the image").put("maxLength", LONGEST_TEXT);
    readOnly(properties, "status", "string", "Status of the image")
        .set(
            "enum",
            texts(
                "queued",
                "saving",
                "active",
                "killed",
                "deleted",
                "uploading",
                "importing",
                "pending_delete",
                "deactivated"));
    text(properties, "visibility", "Scope of image accessibility")
        .set("enum", texts("community", "public", "private", "shared"));
    property(properties, "protected", "boolean", "If true, image will not be deletable.");
    property(properties, "os_hidden", "boolean", "If true, image will not appear in lists");
    readOnly(properties, "checksum", null, "md5 hash of image contents.").put("maxLength", 32);
    readOnly(properties, "os_hash_algo", null, "Algorithm to calculate the os_hash_value")
        .put("maxLength", 64);
    readOnly(properties, "os_hash_value", null, "Hexdigest of the image contents")
        .put("maxLength", 128);
    nullable(properties, "owner", "Owner of the image").put("maxLength", LONGEST_TEXT);
    readOnly(properties, "size", null, "Size of image file in bytes")
        .set("type", texts("null", "integer"));
    readOnly(properties, "virtual_size", null, "Virtual size of image in bytes")
        .set("type", texts("null", "integer"));
    formats(properties, "container_format", "Format of the container", limits.containerFormats());
    formats(properties, "disk_format", "Format of the disk", limits.diskFormats());
    readOnly(properties, "created_at", "string", "Date and time of image registration");
    readOnly(properties, "updated_at", "string", "Date and time of the last image modification");
    ObjectNode tags = property(properties, "tags", "array", "List of strings related to the image");
    tags.putObject("items").put("type", "string").put("maxLength", LONGEST_TEXT);
    readOnly(properties, "direct_url", "string", "URL to access the image file kept in store");
    property(properties, "min_ram", "integer", "Amount of ram (in MB) required to boot image.");
    property(properties, "min_disk", "integer", "Amount of disk space (in GB) required to boot.");
    readOnly(properties, "self", "string", "An image self url");
    readOnly(properties, "file", "string", "An image file url");
    readOnly(properties, "schema", "string", "An image schema url");
    ObjectNode locations =
        property(properties, "locations", "array", "URLs and metadata of the image's places");
    ObjectNode location = locations.putObject("items").put("type", "object");
    location.set("required", texts("url", "metadata"));
    ObjectNode parts = location.putObject("properties");
    parts.putObject("url").put("type", "string").put("maxLength", 255);
    parts.putObject("metadata").put("type", "object");
    parts.set("validation_data", validationData());
    if (withStores) {
      readOnly(properties, "stores", "string", "Store in which image data resides.");
    }
    properties.setAll(custom.properties());
    ObjectNode schema = Json.object();
    schema.put("name", "image");
    schema.set("properties", properties);
    if (!custom.required().isEmpty()) {
      schema.set("required", Json.array(custom.required()));
    }
    schema.putObject("additionalProperties").put("type", "string");
    schema.set("links", links("self", "{self}", "enclosure", "{file}", "describedby", "{schema}"));
    return schema;
  }

  private static ObjectNode validationData() {
    ObjectNode schema = Json.object().put("type", "object").put("writeOnly", true);
    schema.put("description", "What the digests of the data are");
    schema.put("additionalProperties", false);
    ObjectNode parts = schema.putObject("properties");
    parts.putObject("checksum").put("type", "string").put("minLength", 32).put("maxLength", 32);
    parts.putObject("os_hash_algo").put("type", "string").put("maxLength", 64);
    parts.putObject("os_hash_value").put("type", "string").put("maxLength", 128);
    schema.set("required", texts("os_hash_algo", "os_hash_value"));
    return schema;
  }

  private static void formats(
      ObjectNode properties, String name, String description, Set<String> allowed) {
    ArrayNode values = Json.array();
    values.addNull();
    allowed.forEach(values::add);
    nullable(properties, name, description).set("enum", values);
  }

  private static ObjectNode property(
      ObjectNode properties, String name, String type, String description) {
    ObjectNode property = properties.putObject(name);
    property.put("type", type);
    property.put("description", description);
    return property;
  }

  private static ObjectNode text(ObjectNode properties, String name, String description) {
    return property(properties, name, "string", description);
  }

  private static ObjectNode nullable(ObjectNode properties, String name, String description) {
    ObjectNode property = property(properties, name, "string", description);
    property.set("type", texts("null", "string"));
    return property;
  }

  private static ObjectNode readOnly(
      ObjectNode properties, String name, String type, String description) {
    ObjectNode property =
        type == null
            ? nullable(properties, name, description)
            : property(properties, name, type, description);
    return property.put("readOnly", true);
  }

  static ArrayNode texts(String... texts) {
    return Json.array(List.of(texts));
  }

  public static ArrayNode links(String... relationsAndTargets) {
    ArrayNode links = Json.array();
    for (int i = 0; i < relationsAndTargets.length; i += 2) {
      links.addObject().put("rel", relationsAndTargets[i]).put("href", relationsAndTargets[i + 1]);
    }
    return links;
  }
}
