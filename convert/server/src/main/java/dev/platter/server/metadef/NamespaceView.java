package dev.platter.server.metadef;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Session;
import dev.platter.server.http.Json;
import dev.platter.server.image.ImageView;
import java.sql.SQLException;
import java.util.List;

/** How a namespace is shown, with all that it holds. */
final class NamespaceView {
  private NamespaceView() {}

  /**
   * @param type the resource type for which it is shown: names of properties then have the prefix
   *     that they have on it; empty, or one that it is not meant for: as they are
   */
  static ObjectNode whole(Session session, Namespace namespace, String type) throws SQLException {
    String name = namespace.namespace();
    String prefix = prefix(Metadefs.associations(session, name), type);
    ObjectNode node = namespace.show();
    ArrayNode objects = Json.array();
    for (Metadefs.Item item : Metadefs.items(session, name, Metadefs.Kind.OBJECT)) {
      objects.add(prefixed(ItemApi.showObject(name, item), prefix));
    }
    ObjectNode properties = Json.object();
    for (Metadefs.Item item : Metadefs.items(session, name, Metadefs.Kind.PROPERTY)) {
      ObjectNode property = ItemApi.showProperty(item);
      property.remove("name");
      properties.set(prefix + item.name(), property);
    }
    ArrayNode tags = Json.array();
    for (Metadefs.Item item : Metadefs.items(session, name, Metadefs.Kind.TAG)) {
      tags.addObject().put("name", item.name());
    }
    if (!objects.isEmpty()) {
      node.set("objects", objects);
    }
    if (!properties.isEmpty()) {
      node.set("properties", properties);
    }
    if (!tags.isEmpty()) {
      node.set("tags", tags);
    }
    addAssociations(session, node, name);
    return node;
  }

  private static String prefix(List<Metadefs.Association> associations, String type) {
    for (Metadefs.Association association : associations) {
      if (association.type().equals(type) && association.prefix() != null) {
        return association.prefix();
      }
    }
    return "";
  }

  private static ObjectNode prefixed(ObjectNode object, String prefix) {
    if (prefix.isEmpty()) {
      return object;
    }
    ObjectNode properties = Json.object();
    object
        .path("properties")
        .properties()
        .forEach(property -> properties.set(prefix + property.getKey(), property.getValue()));
    ArrayNode required = Json.array();
    for (JsonNode name : object.path("required")) {
      required.add(prefix + name.asText());
    }
    object.set("properties", properties);
    object.set("required", required);
    return object;
  }

  static void addAssociations(Session session, ObjectNode node, String namespace)
      throws SQLException {
    List<Metadefs.Association> associations = Metadefs.associations(session, namespace);
    if (!associations.isEmpty()) {
      ArrayNode list = node.putArray("resource_type_associations");
      associations.forEach(one -> list.add(association(one)));
    }
  }

  static ObjectNode association(Metadefs.Association association) {
    ObjectNode node = Json.object();
    node.put("name", association.type());
    if (association.prefix() != null) {
      node.put("prefix", association.prefix());
    }
    if (association.propertiesTarget() != null) {
      node.put("properties_target", association.propertiesTarget());
    }
    node.put("created_at", ImageView.time(association.createdAt()));
    if (association.updatedAt() != null) {
      node.put("updated_at", ImageView.time(association.updatedAt()));
    }
    return node;
  }
}
