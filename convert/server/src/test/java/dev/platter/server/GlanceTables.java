package dev.platter.server;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/** A database in SQLite with the tables of Glance that count, to be filled with anything. */
final class GlanceTables implements AutoCloseable {
  private static final String ROW =
      "created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN";

  private final Path file;
  private final Connection connection;

  GlanceTables(Path file) throws SQLException {
    this.file = file;
    connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    connection.setAutoCommit(false);
    for (String table :
        new String[] {
          "alembic_version (version_num VARCHAR(32))",
          "images (id VARCHAR(36) PRIMARY KEY, name VARCHAR(255), size INTEGER, status VARCHAR(30),"
              + " disk_format VARCHAR(20), container_format VARCHAR(20), checksum VARCHAR(32),"
              + " owner VARCHAR(255), min_disk INTEGER, min_ram INTEGER, protected BOOLEAN,"
              + " virtual_size INTEGER, visibility VARCHAR(9), os_hidden BOOLEAN,"
              + " os_hash_algo VARCHAR(64), os_hash_value VARCHAR(128), "
              + ROW
              + ")",
          "image_properties (id INTEGER PRIMARY KEY, image_id VARCHAR(36), name VARCHAR(255),"
              + " value TEXT, "
              + ROW
              + ")",
          "image_tags (id INTEGER PRIMARY KEY, image_id VARCHAR(36), value VARCHAR(255), "
              + ROW
              + ")",
          "image_members (id INTEGER PRIMARY KEY, image_id VARCHAR(36), member VARCHAR(255),"
              + " status VARCHAR(20), "
              + ROW
              + ")",
          "image_locations (id INTEGER PRIMARY KEY, image_id VARCHAR(36), value TEXT,"
              + " meta_data TEXT, status VARCHAR(30), "
              + ROW
              + ")",
          "tasks (id VARCHAR(36) PRIMARY KEY, type VARCHAR(30), status VARCHAR(30),"
              + " owner VARCHAR(255), expires_at DATETIME, image_id VARCHAR(36),"
              + " request_id VARCHAR(64), user_id VARCHAR(64), "
              + ROW
              + ")",
          "task_info (task_id VARCHAR(36), input TEXT, result TEXT, message TEXT)",
          "metadef_namespaces (id INTEGER PRIMARY KEY, namespace VARCHAR(80),"
              + " display_name VARCHAR(80), description TEXT, visibility VARCHAR(32),"
              + " protected BOOLEAN, owner VARCHAR(255), created_at DATETIME, updated_at DATETIME)",
          "metadef_properties (id INTEGER PRIMARY KEY, namespace_id INTEGER, name VARCHAR(80),"
              + " json_schema TEXT, created_at DATETIME, updated_at DATETIME)",
          "metadef_objects (id INTEGER PRIMARY KEY, namespace_id INTEGER, name VARCHAR(80),"
              + " description TEXT, required TEXT, json_schema TEXT, created_at DATETIME,"
              + " updated_at DATETIME)",
          "metadef_tags (id INTEGER PRIMARY KEY, namespace_id INTEGER, name VARCHAR(80),"
              + " created_at DATETIME, updated_at DATETIME)",
          "metadef_resource_types (id INTEGER PRIMARY KEY, name VARCHAR(80),"
              + " created_at DATETIME, updated_at DATETIME)",
          "metadef_namespace_resource_types (resource_type_id INTEGER, namespace_id INTEGER,"
              + " properties_target VARCHAR(80), prefix VARCHAR(80), created_at DATETIME,"
              + " updated_at DATETIME)"
        }) {
      run("CREATE TABLE " + table);
    }
    run("INSERT INTO alembic_version VALUES ('2024_1_contract01')");
  }

  static String id(int number) {
    return "%08d-2222-4222-8222-222222222222".formatted(number);
  }

  GlanceTables run(String sql, Object... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      statement.execute();
    }
    return this;
  }

  /** A queued image without anything. */
  GlanceTables queued(String id) throws SQLException {
    return run(
        "INSERT INTO images (id, name, status, visibility, owner, min_disk, min_ram, protected,"
            + " os_hidden, created_at, deleted)"
            + " VALUES (?, 'n', 'queued', 'shared', 'p', 0, 0, 0, 0, '2024-05-06 07:08:09.1', 0)",
        id);
  }

  /** An active image of so many bytes, without a location yet. */
  GlanceTables active(String id, long size) throws SQLException {
    return queued(id)
        .run(
            "UPDATE images SET status = 'active', size = ?, disk_format = 'raw',"
                + " container_format = 'bare' WHERE id = ?",
            size,
            id);
  }

  GlanceTables location(String id, String url, String metadata) throws SQLException {
    return run(
        "INSERT INTO image_locations (image_id, value, meta_data, status, deleted)"
            + " VALUES (?, ?, ?, 'active', 0)",
        id,
        url,
        metadata);
  }

  GlanceTables property(String id, Object name, Object value) throws SQLException {
    return run(
        "INSERT INTO image_properties (image_id, name, value, deleted) VALUES (?, ?, ?, 0)",
        id,
        name,
        value);
  }

  /** Lets others see what was done. */
  String url() throws SQLException {
    connection.commit();
    return "sqlite:///" + file;
  }

  /** Makes a table something else. */
  void replaceByView(String table, String select) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE " + table);
      statement.execute("CREATE VIEW " + table + " AS " + select);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
