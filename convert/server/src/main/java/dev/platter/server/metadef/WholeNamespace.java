package dev.platter.server.metadef;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Session;
import dev.platter.server.metadef.Metadefs.Association;
import dev.platter.server.metadef.Metadefs.Item;
import dev.platter.server.metadef.Metadefs.Kind;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A namespace of metadata definitions with all that it holds, to be moved from one database to
 * another.
 */
public final class WholeNamespace {
  private final Namespace namespace;
  private final Map<Kind, List<Item>> items;
  private final List<Association> associations;

  private WholeNamespace(
      Namespace namespace, Map<Kind, List<Item>> items, List<Association> associations) {
    this.namespace = namespace;
    this.items = items;
    this.associations = associations;
  }

  /** Times of a record; {@code updated} is null for one that was never changed. */
  public record Times(Instant created, Instant updated) {}

  /** Something that a namespace holds, by its name. */
  public record Definition(String name, ObjectNode document, Times times) {
    private Item item() {
      return new Item(name, ItemApi.stripped(document), times.created(), times.updated());
    }
  }

  /** A resource type that a namespace is meant for. */
  public record Target(String type, String prefix, String propertiesTarget, Times times) {}

  /** What is said of a namespace itself. */
  public record Head(
      String name,
      String displayName,
      String description,
      boolean isPublic,
      boolean isProtected,
      String owner,
      Times times) {}

  /** One that is made of its parts. */
  public static WholeNamespace of(
      Head head,
      List<Definition> properties,
      List<Definition> objects,
      List<Definition> tags,
      List<Target> targets) {
    Map<Kind, List<Item>> items = new EnumMap<>(Kind.class);
    items.put(Kind.PROPERTY, properties.stream().map(Definition::item).toList());
    items.put(Kind.OBJECT, objects.stream().map(Definition::item).toList());
    items.put(Kind.TAG, tags.stream().map(Definition::item).toList());
    return new WholeNamespace(
        new Namespace(
            head.name(),
            head.displayName(),
            head.description(),
            head.isPublic() ? "public" : "private",
            head.isProtected(),
            head.owner(),
            head.times().created(),
            head.times().updated()),
        items,
        targets.stream()
            .map(target ->
                new Association(
                    target.type(),
                    target.prefix(),
                    target.propertiesTarget(),
                    target.times().created(),
                    target.times().updated()))
            .toList());
  }

  /** Finds one. */
  public static Optional<WholeNamespace> find(Session session, String name) throws SQLException {
    Optional<Namespace> found = Metadefs.find(session, name);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Map<Kind, List<Item>> items = new EnumMap<>(Kind.class);
    for (Kind kind : Kind.values()) {
      items.put(kind, Metadefs.items(session, name, kind));
    }
    return Optional.of(
        new WholeNamespace(found.get(), items, Metadefs.associations(session, name)));
  }

  /** Adds it, or replaces what is there. Resource types that nobody knew are known from then on. */
  public void save(Session session) throws SQLException {
    String name = namespace.namespace();
    Metadefs.delete(session, name);
    Metadefs.insert(session, namespace);
    for (Kind kind : Kind.values()) {
      for (Item item : items.get(kind)) {
        Metadefs.insertItem(session, name, kind, item);
      }
    }
    for (Association association : associations) {
      Metadefs.associate(session, name, association);
    }
  }

  /** Whether there is a resource type of this name. */
  public static boolean knowsResourceType(Session session, String name) throws SQLException {
    return session
        .first("SELECT name FROM metadef_resource_types WHERE name = ?", r -> r.getString(1), name)
        .isPresent();
  }

  /** Adds a resource type that nobody knows. */
  public static void addResourceType(Session session, String name, Times times)
      throws SQLException {
    session.update(
        "INSERT INTO metadef_resource_types (name, created_at, updated_at) VALUES (?, ?, ?)",
        name,
        times.created(),
        times.updated());
  }

  /** The same for all that can be compared. */
  public ObjectNode record() {
    ObjectNode node = namespace.show();
    node.put("created", namespace.createdAt().toString());
    node.put("updated", String.valueOf(namespace.updatedAt()));
    items.forEach((kind, list) -> {
      ArrayNode array = node.putArray(kind.word());
      list.stream()
          .sorted(Comparator.comparing(Item::name))
          .forEach(item -> {
            ObjectNode one = array.addObject();
            one.put("name", item.name());
            one.set("document", item.document());
            one.put("created", item.createdAt().toString());
            one.put("updated", String.valueOf(item.updatedAt()));
          });
    });
    ArrayNode targets = node.putArray("targets");
    associations.stream()
        .sorted(Comparator.comparing(Association::type))
        .forEach(association -> {
          ObjectNode one = targets.addObject();
          one.put("type", association.type());
          one.put("prefix", association.prefix());
          one.put("properties_target", association.propertiesTarget());
          one.put("created", association.createdAt().toString());
          one.put("updated", String.valueOf(association.updatedAt()));
        });
    return node;
  }
}
