package dev.platter.server.config;

import dev.platter.server.db.Database;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The database that the service uses: {@code [database]}.
 *
 * @param url its JDBC URL
 * @param user the user; empty for the embedded database
 * @param password the user's password
 * @param connections how many connections are kept at most
 */
public record DatabaseSettings(String url, String user, String password, int connections) {
  private static final String SECTION = "database";

  /**
   * @param data where the embedded database lies, unless another one is named
   */
  public static DatabaseSettings read(IniFile ini, Path data) {
    String url = ini.text(SECTION, "connection", Database.embedded(data.resolve("database")));
    if (!url.matches("(jdbc:)?(h2|postgresql):.*")) {
      String hint =
          url.matches("(jdbc:)?(mysql|mariadb|sqlite|postgresql)[+:].*")
              ? "; 'platter service migrate' brings what a Glance has in another database"
              : "";
      throw ini.wrong(
          SECTION, "connection", "postgresql://HOST/NAME or h2:file:PATH is expected" + hint);
    }
    return new DatabaseSettings(
        url.startsWith("jdbc:") ? url : "jdbc:" + url,
        ini.text(SECTION, "user", ""),
        ini.text(SECTION, "password", ""),
        ini.count(SECTION, "max_pool_size", 10, 1));
  }

  /** Whether the database is a file of this process alone. */
  public boolean embedded() {
    return url.startsWith(Database.EMBEDDED);
  }

  /** Opens it; the caller closes it. */
  public Database open() throws IOException {
    return new Database(url, user, password, connections);
  }

  /** Opens it to look at it; nothing if there is none yet. The caller closes it. */
  public Optional<Database> look() {
    return Database.look(url, user, password);
  }

  @Override
  public String toString() {
    return "DatabaseSettings[" + SecretSettings.hide("connection", url) + "]";
  }
}
