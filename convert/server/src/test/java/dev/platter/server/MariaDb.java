package dev.platter.server;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * A MariaDB of its own, in a directory, with an empty database "glance". Without tables of its own
 * it starts in a second, and lets everybody in.
 */
final class MariaDb implements AutoCloseable {
  private final Path directory;
  private final int port = RealKeystone.freePort();
  private final Process process;

  MariaDb(Path directory) throws IOException, InterruptedException, SQLException {
    ExternalTool.named("mariadbd");
    this.directory = directory;
    Path data = Files.createDirectories(directory.resolve("data"));
    process =
        new ProcessBuilder(
                List.of(
                    "mariadbd",
                    "--no-defaults",
                    "--user=" + System.getProperty("user.name"),
                    "--datadir=" + data,
                    "--socket=" + directory.resolve("socket"),
                    "--pid-file=" + directory.resolve("pid"),
                    "--bind-address=127.0.0.1",
                    "--port=" + port,
                    "--skip-grant-tables",
                    "--innodb-flush-log-at-trx-commit=0",
                    "--innodb-buffer-pool-size=32M"))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    try (Connection root = connected();
        Statement statement = root.createStatement()) {
      statement.execute("CREATE DATABASE glance CHARACTER SET utf8");
    }
  }

  private Connection connected() throws SQLException, InterruptedException, IOException {
    for (int i = 0; ; i++) {
      try {
        return DriverManager.getConnection("jdbc:mariadb://127.0.0.1:" + port + "/?user=root");
      } catch (SQLException e) {
        if (i > 300 || !process.isAlive()) {
          throw new SQLException(Files.readString(directory.resolve("log")), e);
        }
        Thread.sleep(100);
      }
    }
  }

  /** As SQLAlchemy names it. */
  String url(String scheme) {
    return scheme + "://glance:p%3Aw%2Fd%40%25@127.0.0.1:" + port + "/glance";
  }

  String jdbc() {
    return "jdbc:mariadb://127.0.0.1:" + port + "/glance?user=root";
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }
}
