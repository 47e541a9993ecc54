package dev.platter.server.migrate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/**
 * Glance's database: one moment of it, read and never written to. Whatever is in it, no statement
 * brings more than some MiB. Used by one thread.
 */
final class GlanceDatabase implements AutoCloseable {
  /** Of which releases the tables that are read have the columns that they are read by. */
  private static final List<String> RELEASES =
      List.of("wallaby", "xena", "yoga", "zed", "2023_1", "2024_1");

  private static final List<String> TABLES =
      List.of(
          "images",
          "image_properties",
          "image_tags",
          "image_members",
          "image_locations",
          "tasks",
          "task_info",
          "metadef_namespaces",
          "metadef_properties",
          "metadef_objects",
          "metadef_tags",
          "metadef_resource_types",
          "metadef_namespace_resource_types");

  private final SourceUrl url;
  private final Connection connection;

  /** Does something with a row. */
  @FunctionalInterface
  interface RowReader {
    void read(Row row) throws SQLException;
  }

  /** A row, whose columns are read by their places in the statement, from 1 on. */
  record Row(ResultSet result) {
    Value at(int place, String name) throws SQLException {
      return new Value(name, result.getString(place));
    }
  }

  private GlanceDatabase(SourceUrl url, Connection connection) {
    this.url = url;
    this.connection = connection;
  }

  /**
   * Opens it, and makes sure that it is one whose tables are understood.
   *
   * @throws IOException if it cannot be opened, or is another one: says why, and nothing secret
   */
  static GlanceDatabase open(SourceUrl url) throws IOException {
    Connection connection;
    try {
      connection = connect(url);
    } catch (SQLException e) {
      throw failed(url, e);
    }
    GlanceDatabase database = new GlanceDatabase(url, connection);
    try {
      connection.setAutoCommit(false);
      database.checkTables();
      database.checkRevision();
      return database;
    } catch (SQLException e) {
      database.close();
      throw failed(url, e);
    } catch (IOException | RuntimeException e) {
      database.close();
      throw e;
    }
  }

  private static Connection connect(SourceUrl url) throws SQLException, IOException {
    Properties properties = new Properties();
    properties.putAll(url.properties());
    if (url.dialect() == Dialect.SQLITE) {
      Path file = Path.of(url.jdbc().substring("jdbc:sqlite:".length()));
      if (!Files.isRegularFile(file)) {
        throw new IOException(url.shown() + ": there is no such file");
      }
      properties.setProperty("open_mode", "1"); // SQLITE_OPEN_READONLY
      properties.setProperty("limit_length", String.valueOf(64 << 20));
      return DriverManager.getConnection(url.jdbc(), properties);
    }
    Connection connection = DriverManager.getConnection(url.jdbc(), properties);
    try {
      connection.setReadOnly(true);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** What drivers say of a failed login has the user in it, and no password. */
  static IOException failed(SourceUrl url, SQLException e) {
    return new IOException(
        "Glance's database, " + url.shown() + ": " + String.valueOf(e.getMessage()).strip(), e);
  }

  Dialect dialect() {
    return url.dialect();
  }

  /** A view could be anything, and take for ever. */
  private void checkTables() throws SQLException, IOException {
    if (dialect() != Dialect.SQLITE) {
      return;
    }
    List<String> tables = new ArrayList<>();
    read(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN (?"
            + ", ?".repeat(TABLES.size() - 1)
            + ")",
        row -> tables.add(row.result().getString(1)),
        TABLES.toArray());
    for (String table : TABLES) {
      if (!tables.contains(table)) {
        throw new IOException(url.shown() + ": has no table " + table + ": is it Glance's?");
      }
    }
  }

  private void checkRevision() throws SQLException, IOException {
    List<String> revisions = new ArrayList<>();
    read(
        "SELECT " + dialect().text("version_num", 64) + " FROM alembic_version LIMIT 9",
        row -> revisions.add(String.valueOf(row.result().getString(1))));
    boolean known =
        !revisions.isEmpty()
            && revisions.stream()
                .allMatch(revision ->
                    revision.matches("[a-z0-9_]+_(expand|contract)01")
                        && RELEASES.contains(revision.replaceFirst("_(expand|contract)01$", "")));
    if (!known) {
      throw new IOException(
          ("%s: its tables are of revision %s (alembic_version); understood are wallaby_contract01,"
                  + " which releases up to 2023.2 have, to 2024_1_contract01, which later ones have;"
                  + " older ones are brought there by glance-manage db sync")
              .formatted(
                  url.shown(),
                  revisions.isEmpty()
                      ? "none"
                      : String.join(", ", revisions).replaceAll("[^A-Za-z0-9_, ]", "?")));
    }
  }

  /**
   * Reads rows, one after another.
   *
   * @param parameters texts and numbers
   */
  void read(String sql, RowReader reader, Object... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setFetchSize(200);
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        Row row = new Row(rows);
        while (rows.next()) {
          reader.read(row);
        }
      }
    }
  }

  /** How many rows a condition is true of. */
  long count(String table, String condition) throws SQLException {
    long[] count = new long[1];
    read(
        "SELECT COUNT(*) FROM " + table + " WHERE " + condition,
        row -> count[0] = row.result().getLong(1));
    return count[0];
  }

  /**
   * Reads the rows that follow an identifier, in the order of identifiers.
   *
   * @param columns names and expressions
   * @return values by their names, by identifier
   */
  Map<String, Map<String, Value>> page(
      String from, String id, Map<String, String> columns, String after, int limit)
      throws SQLException {
    Map<String, Map<String, Value>> page = new LinkedHashMap<>();
    List<String> names = List.copyOf(columns.keySet());
    String sql =
        "SELECT %s, %s FROM %s WHERE %s AND %s > ? ORDER BY %s LIMIT %d"
            .formatted(
                id,
                String.join(", ", columns.values()),
                from,
                dialect().orderly(id),
                id,
                id,
                limit);
    read(
        sql,
        row -> {
          Map<String, Value> values = new LinkedHashMap<>();
          for (int i = 0; i < names.size(); i++) {
            values.put(names.get(i), row.at(i + 2, names.get(i)));
          }
          page.put(row.result().getString(1), values);
        },
        after);
    if (page.keySet().equals(Set.of(after))) {
      throw new SQLException("the rows of " + from + " have no order: " + id);
    }
    return page;
  }

  /** Ends the moment that was read. */
  @Override
  public void close() {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // Nothing was changed.
    }
    try {
      connection.close();
    } catch (SQLException e) {
      // Nothing was changed.
    }
  }
}
