package dev.platter.server.metadef;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import dev.platter.server.image.ImageQuery;
import dev.platter.server.policy.Policy;
import dev.platter.server.policy.Target;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** Namespaces of metadata definitions, and the resource types that they are meant for. */
public final class NamespaceApi {
  private static final String NAMESPACES = "/v2/metadefs/namespaces";
  private static final String NAMESPACE = NAMESPACES + "/{namespace}";
  private static final String TYPES = NAMESPACE + "/resource_types";

  /** What is asked before a namespace is shown with all that it holds. */
  private static final List<String> SHOWN =
      List.of(
          "get_metadef_namespace",
          "list_metadef_resource_types",
          "get_metadef_objects",
          "get_metadef_properties",
          "get_metadef_tags");

  private final Database database;
  private final Supplier<Policy> policy;
  private final long quota;

  /**
   * @param quota how many bytes of definitions a namespace may hold; -1: as many as one likes
   */
  public NamespaceApi(Database database, Supplier<Policy> policy, long quota) {
    this.database = database;
    this.policy = policy;
    this.quota = quota;
  }

  public void addTo(Router router) {
    router
        .get(NAMESPACES, this::list)
        .post(NAMESPACES, this::create)
        .get(NAMESPACE, this::show)
        .put(NAMESPACE, this::update)
        .delete(NAMESPACE, this::delete)
        .get("/v2/metadefs/resource_types", this::listTypes)
        .get(TYPES, this::listAssociations)
        .post(TYPES, this::associate)
        .delete(TYPES + "/{resource_type}", this::dissociate);
  }

  private void list(Call call) throws IOException {
    requireOwn(call, "get_metadef_namespaces");
    String visibility = call.query("visibility").orElse(null);
    if (visibility != null && !Set.of("public", "private").contains(visibility)) {
      throw ApiException.badRequest("Invalid visibility value: " + visibility);
    }
    List<String> types =
        call.query("resource_types").map(text -> Arrays.asList(text.split(","))).orElse(List.of());
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("namespaces");
    int limit = limit(call);
    List<String> names = new ArrayList<>();
    database.read(session -> {
      list.removeAll(); // It may run a second time.
      names.clear();
      for (Namespace namespace : page(session, call, limit, visibility, types)) {
        ObjectNode node = namespace.show();
        NamespaceView.addAssociations(session, node, namespace.namespace());
        list.add(node);
        names.add(namespace.namespace());
      }
      return null;
    });
    String rest = ImageQuery.withoutMarker(call.query());
    answer.put("first", NAMESPACES + (rest.isEmpty() ? "" : "?" + rest));
    if (!names.isEmpty() && names.size() == limit) {
      answer.put(
          "next",
          NAMESPACES
              + "?"
              + (rest.isEmpty() ? "" : rest + "&")
              + "marker="
              + URLEncoder.encode(names.getLast(), StandardCharsets.UTF_8));
    }
    answer.put("schema", "/v2/schemas/metadefs/namespaces");
    call.answer(200, answer);
  }

  /** Where no namespace is meant, rules see the caller's own project. */
  private void requireOwn(Call call, String rule) {
    Target own = Target.ofProject(call.caller().projectId());
    if (!policy.get().allows("get_metadef_namespace", call.caller(), own)
        && !policy.get().allows(rule, call.caller(), own)) {
      throw ApiException.notFound("The resource could not be found.");
    }
    policy.get().require(rule, call.caller(), own);
  }

  private static int limit(Call call) {
    String limit = call.query("limit").orElse("25");
    if (!limit.matches("[0-9]{1,9}")) {
      throw ApiException.badRequest("limit param must be a positive integer");
    }
    return Math.min(1000, Integer.parseInt(limit));
  }

  private List<Namespace> page(
      Session session, Call call, int limit, String visibility, List<String> types)
      throws SQLException {
    String key = call.query("sort_key").orElse("created_at");
    Comparator<Namespace> order =
        switch (key) {
          case "namespace" -> Comparator.comparing(Namespace::namespace);
          case "created_at" -> Comparator.comparing(Namespace::createdAt);
          case "updated_at" ->
              Comparator.comparing(
                  Namespace::updatedAt, Comparator.nullsFirst(Comparator.naturalOrder()));
          default -> throw ApiException.badRequest("Invalid sort key: " + key);
        };
    List<Namespace> seen = new ArrayList<>();
    for (Namespace namespace : Metadefs.namespaces(session)) {
      boolean wanted =
          namespace.visibleTo(call.caller())
              && policy.get().allows("get_metadef_namespace", call.caller(), namespace.target())
              && (visibility == null || visibility.equals(namespace.visibility()));
      if (wanted && !types.isEmpty()) {
        Set<String> own = new TreeSet<>();
        Metadefs.associations(session, namespace.namespace()).forEach(a -> own.add(a.type()));
        wanted = !Collections.disjoint(own, types);
      }
      if (wanted) {
        seen.add(namespace);
      }
    }
    seen.sort(order.thenComparing(Namespace::namespace));
    if (call.query("sort_dir").orElse("desc").equals("desc")) {
      Collections.reverse(seen);
    }
    int from = 0;
    String marker = call.query("marker").orElse(null);
    if (marker != null) {
      List<String> names = seen.stream().map(Namespace::namespace).toList();
      from = names.indexOf(marker) + 1;
      if (from == 0) {
        throw ApiException.notFound("Metadata definition namespace=" + marker + " was not found.");
      }
    }
    return seen.subList(from, Math.min(seen.size(), from + limit));
  }

  private void create(Call call) throws IOException {
    ObjectNode body = call.jsonObject();
    requireContent(call, body);
    Namespace namespace = Namespace.read(body, null, call.caller(), Database.now());
    ObjectNode answer =
        database.transaction(session -> {
          Metadefs.insert(session, namespace);
          addContent(session, namespace.namespace(), body);
          Metadefs.checkBytes(session, namespace.namespace(), quota);
          return NamespaceView.whole(session, namespace, "");
        });
    call.withHeader("Location", call.baseUrl() + NAMESPACES + "/" + namespace.namespace());
    call.answer(201, answer);
  }

  private void requireContent(Call call, ObjectNode body) {
    Map<String, String> rules =
        Map.of(
            "resource_type_associations",
            "add_metadef_resource_type_association",
            "objects",
            "add_metadef_object",
            "properties",
            "add_metadef_property",
            "tags",
            "add_metadef_tag");
    requireOwn(call, "add_metadef_namespace");
    rules.forEach((field, rule) -> {
      if (!body.path(field).isEmpty()) {
        requireOwn(call, rule);
      }
    });
  }

  /** A namespace may come with all that it holds. */
  private static void addContent(Session session, String namespace, ObjectNode body)
      throws SQLException {
    for (JsonNode type : body.path("resource_type_associations")) {
      associate(session, namespace, type);
    }
    for (JsonNode object : body.path("objects")) {
      ItemApi.add(session, namespace, Metadefs.Kind.OBJECT, object);
    }
    for (Map.Entry<String, JsonNode> property : body.path("properties").properties()) {
      if (property.getValue() instanceof ObjectNode document) {
        document.put("name", property.getKey());
      }
      ItemApi.add(session, namespace, Metadefs.Kind.PROPERTY, property.getValue());
    }
    for (JsonNode tag : body.path("tags")) {
      ItemApi.add(session, namespace, Metadefs.Kind.TAG, tag);
    }
  }

  private static void associate(Session session, String namespace, JsonNode body)
      throws SQLException {
    Instant now = Database.now();
    Metadefs.associate(
        session,
        namespace,
        new Metadefs.Association(
            Namespace.name(body, "name"),
            body.path("prefix").textValue(),
            body.path("properties_target").textValue(),
            now,
            now));
  }

  private void show(Call call) throws IOException {
    call.answer(
        200,
        database.read(session -> {
          Namespace namespace = null;
          for (String rule : SHOWN) {
            namespace = permitted(session, call, rule);
          }
          return NamespaceView.whole(session, namespace, call.query("resource_type").orElse(""));
        }));
  }

  private Namespace permitted(Session session, Call call, String rule) throws SQLException {
    return Metadefs.permitted(
        session, policy.get(), call.caller(), call.variable("namespace"), rule);
  }

  private void update(Call call) throws IOException {
    ObjectNode body = call.jsonObject();
    String name = call.variable("namespace");
    call.answer(
        200,
        database.transaction(session -> {
          Namespace before = permitted(session, call, "modify_metadef_namespace");
          Namespace after = Namespace.read(body, before, call.caller(), Database.now());
          Metadefs.update(session, name, after);
          return after.show();
        }));
  }

  private void delete(Call call) throws IOException {
    String name = call.variable("namespace");
    database.transaction(session -> {
      if (permitted(session, call, "delete_metadef_namespace").isProtected()) {
        throw ApiException.forbidden(
            "Metadata definition namespace %s is protected and cannot be deleted.".formatted(name));
      }
      Metadefs.delete(session, name);
      return null;
    });
    call.answer(204);
  }

  private void listTypes(Call call) throws IOException {
    requireOwn(call, "list_metadef_resource_types");
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("resource_types");
    database
        .read(Metadefs::resourceTypes)
        .forEach(type -> list.add(NamespaceView.association(type)));
    call.answer(200, answer);
  }

  private void listAssociations(Call call) throws IOException {
    String name = call.variable("namespace");
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("resource_type_associations");
    database.read(session -> {
      list.removeAll();
      permitted(session, call, "list_metadef_resource_types");
      Metadefs.associations(session, name).forEach(a -> list.add(NamespaceView.association(a)));
      return null;
    });
    call.answer(200, answer);
  }

  private void associate(Call call) throws IOException {
    ObjectNode body = call.jsonObject();
    String name = call.variable("namespace");
    ObjectNode answer =
        database.transaction(session -> {
          permitted(session, call, "add_metadef_resource_type_association");
          associate(session, name, body);
          String type = Namespace.name(body, "name");
          return Metadefs.associations(session, name).stream()
              .filter(association -> association.type().equals(type))
              .map(NamespaceView::association)
              .findFirst()
              .orElseThrow();
        });
    call.answer(201, answer);
  }

  private void dissociate(Call call) throws IOException {
    String name = call.variable("namespace");
    database.transaction(session -> {
      permitted(session, call, "remove_metadef_resource_type_association");
      Metadefs.dissociate(session, name, call.variable("resource_type"));
      return null;
    });
    call.answer(204);
  }
}
