package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Databases of other kinds, in which Glance itself has made its tables. */
final class GlanceServers implements AutoCloseable {
  private PostgresCluster postgres;
  private MariaDb mariaDb;

  GlanceServers(Path directory) throws Exception {
    try {
      postgres = new PostgresCluster();
      mariaDb = new MariaDb(Files.createDirectory(directory.resolve("mariadb")));
      sync(directory, glanceOnPostgres());
      sync(directory, glanceOnMariaDb());
    } catch (Exception | AssertionError e) {
      close();
      throw e;
    }
  }

  PostgresCluster postgres() {
    return postgres;
  }

  /** Glance's database there, as SQLAlchemy names it. */
  String glanceOnPostgres() {
    return postgres.url().replace("://", "+psycopg2://platter@");
  }

  /** Glance's database there, as SQLAlchemy names it. */
  String glanceOnMariaDb() {
    return mariaDb.url("mysql+pymysql");
  }

  private static void sync(Path directory, String url) throws Exception {
    Path conf = directory.resolve("other.conf");
    Path output = directory.resolve("sync");
    Files.writeString(conf, "[database]\nconnection = " + url + "\n");
    ProcessBuilder sync =
        new ProcessBuilder("/usr/bin/python3", "-m", "glance.cmd.manage", "--config-file");
    sync.command().addAll(List.of(conf.toString(), "db_sync"));
    Process process = sync.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    assertEquals(0, process.waitFor(), Files.readString(output));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (mariaDb != null) {
      mariaDb.close();
    }
    if (postgres != null) {
      postgres.close();
    }
  }

  /** Brings all that Glance has in SQLite into its tables in both servers. */
  void copy(Path sqlite) throws SQLException {
    copy(sqlite, "jdbc:" + postgres.url() + "?user=platter");
    copy(sqlite, mariaDb.jdbc());
  }

  private static void copy(Path sqlite, String jdbc) throws SQLException {
    try (Connection from = DriverManager.getConnection("jdbc:sqlite:" + sqlite);
        Connection to = DriverManager.getConnection(jdbc)) {
      to.setAutoCommit(false);
      for (String table :
          List.of(
              "images",
              "image_properties",
              "image_tags",
              "image_members",
              "image_locations",
              "tasks",
              "task_info",
              "metadef_namespaces",
              "metadef_resource_types",
              "metadef_properties",
              "metadef_objects",
              "metadef_tags",
              "metadef_namespace_resource_types")) {
        copyTable(from, to, table);
      }
      to.commit();
    }
  }

  private static void copyTable(Connection from, Connection to, String table) throws SQLException {
    try (Statement clear = to.createStatement();
        Statement read = from.createStatement();
        ResultSet rows = read.executeQuery("SELECT * FROM " + table)) {
      clear.execute("DELETE FROM " + table);
      List<String> columns = new ArrayList<>();
      for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
        columns.add(rows.getMetaData().getColumnName(i));
      }
      boolean postgres = to.getMetaData().getURL().contains("postgres");
      List<String> places = new ArrayList<>();
      for (String column : columns) {
        places.add(
            !postgres
                ? "?"
                : Set.of("deleted", "protected", "os_hidden", "can_share").contains(column)
                    ? "CAST(CAST(? AS INTEGER) AS BOOLEAN)"
                    : column.endsWith("_at")
                        ? "CAST(? AS TIMESTAMP)"
                        : column.equals("visibility") && table.equals("images")
                            ? "CAST(? AS image_visibility)"
                            : "?");
      }
      try (PreparedStatement insert =
          to.prepareStatement(
              "INSERT INTO %s (%s) VALUES (%s)"
                  .formatted(table, String.join(", ", columns), String.join(", ", places)))) {
        while (rows.next()) {
          for (int i = 1; i <= columns.size(); i++) {
            insert.setObject(i, rows.getObject(i));
          }
          insert.executeUpdate();
        }
      }
    }
  }
}
