package dev.platter.server.migrate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import dev.platter.server.metadef.WholeNamespace;
import dev.platter.server.metadef.WholeNamespace.Definition;
import dev.platter.server.metadef.WholeNamespace.Head;
import dev.platter.server.metadef.WholeNamespace.Target;
import dev.platter.server.metadef.WholeNamespace.Times;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads namespaces of metadata definitions, one at a time, with all that they hold. */
final class GlanceMetadefs {
  private static final int LONGEST_NAME = 80;
  private static final int LONGEST_TEXT = 65_535;
  private static final int LONGEST_DOCUMENT = 1 << 20;
  private static final int PAGE = 100;

  /** Of what a namespace holds, characters. */
  private static final long LARGEST = 16 << 20;

  private final GlanceDatabase database;
  private final Dialect dialect;

  GlanceMetadefs(GlanceDatabase database) {
    this.database = database;
    dialect = database.dialect();
  }

  /** A namespace by its name, or what is wrong with it. */
  record Found(String name, WholeNamespace namespace, String problem) {}

  /** A resource type, or what is wrong with it. */
  record Type(String name, Times times, String problem) {}

  /** The names of namespaces that follow one; none: there are no more. */
  List<String> names(String after) throws SQLException {
    return List.copyOf(
        database
            .page("metadef_namespaces", "namespace", Map.of("id", Dialect.other("id")), after, PAGE)
            .keySet());
  }

  Found namespace(String name) throws SQLException {
    try {
      return new Found(name, read(name), null);
    } catch (BadValueException e) {
      return new Found(name, null, e.getMessage());
    }
  }

  private WholeNamespace read(String name) throws SQLException, BadValueException {
    List<Value> row = new ArrayList<>();
    String sql =
        "SELECT %s, %s, %s, %s, %s, %s, %s, id FROM metadef_namespaces WHERE namespace = ?"
            .formatted(
                dialect.text("display_name", LONGEST_NAME),
                dialect.text("description", LONGEST_TEXT),
                dialect.text("visibility", 32),
                Dialect.other("protected"),
                dialect.text("owner", 255),
                Dialect.other("created_at"),
                Dialect.other("updated_at"));
    List<String> names =
        List.of(
            "display_name",
            "description",
            "visibility",
            "protected",
            "owner",
            "created_at",
            "updated_at");
    long[] id = new long[1];
    database.read(
        sql,
        found -> {
          if (row.isEmpty()) {
            for (int i = 0; i < names.size(); i++) {
              row.add(found.at(i + 1, names.get(i)));
            }
            id[0] = found.result().getLong(8);
          }
        },
        name);
    String clear = new Value("the name", name).required(LONGEST_NAME);
    String visibility = row.get(2).required(32);
    if (!List.of("public", "private").contains(visibility)) {
      throw row.get(2).wrong("is neither public nor private");
    }
    Head head =
        new Head(
            clear,
            row.get(0).optional(LONGEST_NAME),
            row.get(1).optional(LONGEST_TEXT),
            visibility.equals("public"),
            row.get(3).flag(),
            row.get(4).required(255),
            times(row.get(5), row.get(6)));
    long[] total = new long[1];
    return WholeNamespace.of(
        head,
        definitions(
            id[0], "metadef_properties", dialect.text("json_schema", LONGEST_DOCUMENT), total),
        objects(id[0], total),
        definitions(id[0], "metadef_tags", "NULL", total),
        targets(id[0], total));
  }

  private static Times times(Value created, Value updated) throws BadValueException {
    Instant begin = created.moment();
    if (begin == null) {
      throw created.wrong("is missing");
    }
    return new Times(begin, updated.moment());
  }

  private static void add(long[] total, Value... values) throws BadValueException {
    for (Value value : values) {
      total[0] += 50 + (value.text() == null ? 0 : value.text().length());
    }
    if (total[0] > LARGEST) {
      throw new BadValueException("it holds more than " + LARGEST + " characters");
    }
  }

  /** A reader of rows that stops taking any once one is wrong. */
  private void readAll(String sql, long id, Taker taker) throws SQLException, BadValueException {
    BadValueException[] wrong = new BadValueException[1];
    database.read(
        sql,
        row -> {
          if (wrong[0] == null) {
            try {
              taker.take(row);
            } catch (BadValueException e) {
              wrong[0] = e;
            }
          }
        },
        id);
    if (wrong[0] != null) {
      throw wrong[0];
    }
  }

  @FunctionalInterface
  private interface Taker {
    void take(GlanceDatabase.Row row) throws SQLException, BadValueException;
  }

  private List<Definition> definitions(long id, String table, String document, long[] total)
      throws SQLException, BadValueException {
    List<Definition> all = new ArrayList<>();
    readAll(
        "SELECT %s, %s, %s, %s FROM %s WHERE namespace_id = ? ORDER BY id"
            .formatted(
                dialect.text("name", LONGEST_NAME),
                document,
                Dialect.other("created_at"),
                Dialect.other("updated_at"),
                table),
        id,
        row -> {
          Value name = row.at(1, "a name in " + table);
          Value schema = row.at(2, "a definition in " + table);
          add(total, name, schema);
          all.add(
              new Definition(
                  name.required(LONGEST_NAME),
                  object(schema),
                  times(row.at(3, "created_at"), row.at(4, "updated_at"))));
        });
    return all;
  }

  private static ObjectNode object(Value schema) throws BadValueException {
    JsonNode json = schema.json(LONGEST_DOCUMENT, Json.object());
    if (json instanceof ObjectNode object) {
      return object;
    }
    throw schema.wrong("is no JSON object");
  }

  private List<Definition> objects(long id, long[] total) throws SQLException, BadValueException {
    List<Definition> all = new ArrayList<>();
    readAll(
        "SELECT %s, %s, %s, %s, %s, %s FROM metadef_objects WHERE namespace_id = ? ORDER BY id"
            .formatted(
                dialect.text("name", LONGEST_NAME),
                dialect.text("description", LONGEST_TEXT),
                dialect.text("required", LONGEST_TEXT),
                dialect.text("json_schema", LONGEST_DOCUMENT),
                Dialect.other("created_at"),
                Dialect.other("updated_at")),
        id,
        row -> {
          Value name = row.at(1, "the name of an object");
          Value description = row.at(2, "the description of an object");
          Value required = row.at(3, "what an object requires");
          Value schema = row.at(4, "the definition of an object");
          add(total, name, description, required, schema);
          ObjectNode document = Json.object();
          String text = description.optional(LONGEST_TEXT);
          if (text != null) {
            document.put("description", text);
          }
          ArrayNode names = document.putArray("required");
          String list = required.optional(LONGEST_TEXT);
          if (list != null && !list.isEmpty()) {
            for (String one : list.split(",", -1)) {
              names.add(one);
            }
          }
          document.set("properties", object(schema));
          all.add(
              new Definition(
                  name.required(LONGEST_NAME),
                  document,
                  times(row.at(5, "created_at"), row.at(6, "updated_at"))));
        });
    return all;
  }

  private List<Target> targets(long id, long[] total) throws SQLException, BadValueException {
    List<Target> all = new ArrayList<>();
    readAll(
        "SELECT %s, %s, %s, %s, %s FROM metadef_namespace_resource_types a"
                .formatted(
                    dialect.text("t.name", LONGEST_NAME),
                    dialect.text("a.prefix", LONGEST_NAME),
                    dialect.text("a.properties_target", LONGEST_NAME),
                    Dialect.other("a.created_at"),
                    Dialect.other("a.updated_at"))
            + " JOIN metadef_resource_types t ON t.id = a.resource_type_id"
            + " WHERE a.namespace_id = ? ORDER BY t.name",
        id,
        row -> {
          Value name = row.at(1, "the name of a resource type");
          add(total, name);
          all.add(
              new Target(
                  name.required(LONGEST_NAME),
                  row.at(2, "a prefix").optional(LONGEST_NAME),
                  row.at(3, "a target of properties").optional(LONGEST_NAME),
                  times(row.at(4, "created_at"), row.at(5, "updated_at"))));
        });
    return all;
  }

  /** Resource types that follow one; none: there are no more. */
  List<Type> types(String after) throws SQLException {
    Map<String, String> columns = new LinkedHashMap<>();
    columns.put("created_at", Dialect.other("created_at"));
    columns.put("updated_at", Dialect.other("updated_at"));
    List<Type> types = new ArrayList<>();
    database
        .page("metadef_resource_types", "name", columns, after, PAGE)
        .forEach((name, row) -> {
          try {
            types.add(
                new Type(
                    new Value("the name", name).required(LONGEST_NAME),
                    times(row.get("created_at"), row.get("updated_at")),
                    null));
          } catch (BadValueException e) {
            types.add(new Type(name, null, e.getMessage()));
          }
        });
    return types;
  }
}
