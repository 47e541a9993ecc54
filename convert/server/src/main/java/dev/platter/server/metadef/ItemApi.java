package dev.platter.server.metadef;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Endpoint;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import dev.platter.server.image.ImageView;
import dev.platter.server.metadef.Metadefs.Item;
import dev.platter.server.metadef.Metadefs.Kind;
import dev.platter.server.policy.Policy;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/** What namespaces of metadata definitions hold: properties, objects and tags. */
public final class ItemApi {
  private static final String NAMESPACE = "/v2/metadefs/namespaces/{namespace}";

  private final Database database;
  private final Supplier<Policy> policy;
  private final long quota;

  /**
   * @param quota how many bytes of definitions a namespace may hold; -1: as many as one likes
   */
  public ItemApi(Database database, Supplier<Policy> policy, long quota) {
    this.database = database;
    this.policy = policy;
    this.quota = quota;
  }

  public void addTo(Router router) {
    addTo(router, Kind.PROPERTY, "properties", "remove_metadef_property");
    addTo(router, Kind.OBJECT, "objects", "delete_metadef_object");
    addTo(router, Kind.TAG, "tags", "delete_metadef_tag");
    router.post(
        NAMESPACE + "/properties", call -> create(call, Kind.PROPERTY, "add_metadef_property"));
    router.post(NAMESPACE + "/objects", call -> create(call, Kind.OBJECT, "add_metadef_object"));
    router.post(NAMESPACE + "/tags", this::createTags);
    router.post(NAMESPACE + "/tags/{name}", this::createTag);
  }

  private void addTo(Router router, Kind kind, String plural, String deleteRule) {
    String all = NAMESPACE + "/" + plural;
    String one = all + "/{name}";
    Endpoint update = call -> update(call, kind);
    router
        .get(all, call -> list(call, kind, plural))
        .delete(all, call -> deleteAll(call, kind, deleteRule))
        .get(one, call -> show(call, kind))
        .put(one, update)
        .delete(one, call -> delete(call, kind, deleteRule));
  }

  /** Adds one definition from a document that holds its name. */
  static Item add(Session session, String namespace, Kind kind, JsonNode document)
      throws SQLException {
    if (!(document instanceof ObjectNode object)) {
      throw ApiException.badRequest("The definition of a " + kind.word() + " is a JSON object");
    }
    String name = Namespace.name(object, "name");
    check(kind, object);
    Instant now = Database.now();
    return Metadefs.insertItem(
        session, namespace, kind, new Item(name, stripped(object), now, now));
  }

  private static void check(Kind kind, ObjectNode document) {
    if (kind == Kind.PROPERTY) {
      PropertyCheck.check(document);
      for (String required : List.of("title", "type")) {
        if (!document.path(required).isTextual()) {
          throw ApiException.badRequest(
              "Provided object does not match schema 'property': '%s' is a required property"
                  .formatted(required));
        }
      }
    }
  }

  /** Without what the service adds. */
  static ObjectNode stripped(ObjectNode document) {
    ObjectNode copy = document.deepCopy();
    copy.remove(List.of("name", "created_at", "updated_at", "self", "schema"));
    sayDefault(copy);
    copy.path("properties").forEach(ItemApi::sayDefault);
    return copy;
  }

  /** Defaults are told as texts, whatever the type of the property is, as in Glance. */
  private static void sayDefault(JsonNode property) {
    JsonNode value = property.path("default");
    if (property instanceof ObjectNode object && (value.isNumber() || value.isBoolean())) {
      String text = value.asText();
      object.put(
          "default",
          value.isBoolean() ? text.replaceFirst("^t", "T").replaceFirst("^f", "F") : text);
    }
  }

  static ObjectNode showProperty(Item item) {
    return (ObjectNode) Json.object().put("name", item.name()).setAll(item.document());
  }

  static ObjectNode showObject(String namespace, Item item) {
    ObjectNode node = Json.object();
    node.put("name", item.name());
    node.setAll(item.document());
    node.putIfAbsent("required", Json.array());
    node.putIfAbsent("properties", Json.object());
    addTimes(node, item);
    node.put("self", "/v2/metadefs/namespaces/" + namespace + "/objects/" + item.name());
    node.put("schema", "/v2/schemas/metadefs/object");
    return node;
  }

  private static ObjectNode showTag(Item item) {
    ObjectNode node = Json.object().put("name", item.name());
    addTimes(node, item);
    return node;
  }

  private static void addTimes(ObjectNode node, Item item) {
    node.put("created_at", ImageView.time(item.createdAt()));
    if (item.updatedAt() != null) {
      node.put("updated_at", ImageView.time(item.updatedAt()));
    }
  }

  private static ObjectNode show(Kind kind, String namespace, Item item) {
    return switch (kind) {
      case PROPERTY -> showProperty(item);
      case OBJECT -> showObject(namespace, item);
      case TAG -> showTag(item);
    };
  }

  private void list(Call call, Kind kind, String plural) throws IOException {
    String permission =
        kind == Kind.PROPERTY ? "get_metadef_properties" : "get_metadef_" + kind.word() + "s";
    String namespace = call.variable("namespace");
    List<Item> items =
        database.read(session -> {
          Metadefs.permitted(session, policy.get(), call.caller(), namespace, permission);
          return Metadefs.items(session, namespace, kind);
        });
    ObjectNode answer = Json.object();
    if (kind == Kind.PROPERTY) {
      ObjectNode properties = answer.putObject(plural);
      for (Item item : items) {
        ObjectNode property = showProperty(item);
        property.remove("name");
        properties.set(item.name(), property);
      }
    } else {
      ArrayNode list = answer.putArray(plural);
      for (Item item : items) {
        list.add(
            kind == Kind.TAG
                ? Json.object().put("name", item.name())
                : show(kind, namespace, item));
      }
      if (kind == Kind.OBJECT) {
        answer.put("schema", "/v2/schemas/metadefs/" + plural);
      }
    }
    call.answer(200, answer);
  }

  private void create(Call call, Kind kind, String rule) throws IOException {
    ObjectNode body = call.jsonObject();
    String namespace = call.variable("namespace");
    call.answer(
        201,
        database.transaction(session -> {
          Metadefs.permitted(session, policy.get(), call.caller(), namespace, rule);
          Item item = add(session, namespace, kind, body);
          Metadefs.checkBytes(session, namespace, quota);
          return show(kind, namespace, item);
        }));
  }

  /** Many tags at once, in the place of those that there were, or besides them. */
  private void createTags(Call call) throws IOException {
    ObjectNode body = call.jsonObject();
    if (!body.path("tags").isArray()) {
      throw ApiException.badRequest("tags is not of type 'array'");
    }
    boolean append = call.header("X-Openstack-Append").map("true"::equalsIgnoreCase).orElse(false);
    String namespace = call.variable("namespace");
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("tags");
    database.transaction(session -> {
      Metadefs.permitted(session, policy.get(), call.caller(), namespace, "add_metadef_tags");
      if (!append) {
        Metadefs.deleteItems(session, namespace, Kind.TAG);
      }
      for (JsonNode tag : body.path("tags")) {
        list.addObject().put("name", add(session, namespace, Kind.TAG, tag).name());
      }
      Metadefs.checkBytes(session, namespace, quota);
      return null;
    });
    call.answer(201, answer);
  }

  private void createTag(Call call) throws IOException {
    String namespace = call.variable("namespace");
    ObjectNode tag = Json.object().put("name", call.variable("name"));
    call.answer(
        201,
        database.transaction(session -> {
          Metadefs.permitted(session, policy.get(), call.caller(), namespace, "add_metadef_tag");
          Item item = add(session, namespace, Kind.TAG, tag);
          Metadefs.checkBytes(session, namespace, quota);
          return showTag(item);
        }));
  }

  private void show(Call call, Kind kind) throws IOException {
    String permission = "get_metadef_" + kind.word();
    String namespace = call.variable("namespace");
    call.answer(
        200,
        database.transaction(session -> {
          Metadefs.permitted(session, policy.get(), call.caller(), namespace, permission);
          String name = withoutPrefix(session, call, kind, namespace);
          Item item = Metadefs.item(session, namespace, kind, name);
          ObjectNode shown = show(kind, namespace, item);
          return shown.put("name", call.variable("name"));
        }));
  }

  /** A property may be asked for by the name that it has on a resource type, prefix included. */
  private static String withoutPrefix(Session session, Call call, Kind kind, String namespace)
      throws SQLException {
    String name = call.variable("name");
    String type = call.query("resource_type").orElse(null);
    if (kind != Kind.PROPERTY || type == null) {
      return name;
    }
    for (Metadefs.Association association : Metadefs.associations(session, namespace)) {
      String prefix = association.prefix();
      if (association.type().equals(type) && prefix != null && name.startsWith(prefix)) {
        return name.substring(prefix.length());
      }
    }
    return name;
  }

  private void update(Call call, Kind kind) throws IOException {
    String permission = "modify_metadef_" + kind.word();
    ObjectNode body = call.jsonObject();
    String namespace = call.variable("namespace");
    call.answer(
        200,
        database.transaction(session -> {
          Metadefs.permitted(session, policy.get(), call.caller(), namespace, permission);
          String name = Namespace.name(body, "name");
          check(kind, body);
          Item item =
              Metadefs.updateItem(
                  session, namespace, kind, call.variable("name"), name, stripped(body));
          Metadefs.checkBytes(session, namespace, quota);
          return show(kind, namespace, item);
        }));
  }

  private void delete(Call call, Kind kind, String rule) throws IOException {
    String namespace = call.variable("namespace");
    database.transaction(session -> {
      Metadefs.permitted(session, policy.get(), call.caller(), namespace, rule);
      Metadefs.deleteItem(session, namespace, kind, call.variable("name"));
      return null;
    });
    call.answer(204);
  }

  private void deleteAll(Call call, Kind kind, String rule) throws IOException {
    String permission = kind == Kind.TAG ? "delete_metadef_tags" : rule;
    String namespace = call.variable("namespace");
    database.transaction(session -> {
      Metadefs.permitted(session, policy.get(), call.caller(), namespace, permission);
      Metadefs.deleteItems(session, namespace, kind);
      return null;
    });
    call.answer(204);
  }
}
