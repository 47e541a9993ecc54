package dev.platter.server.migrate;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A database by its URL, as SQLAlchemy writes them: {@code
 * mysql+pymysql://USER:PASSWORD@HOST/NAME}, {@code postgresql+psycopg2://...}, {@code
 * sqlite:////absolute/path}.
 *
 * @param jdbc what the driver wants, without user and password
 * @param properties user, password, and what else the driver is told
 * @param shown for messages and logs: without user, password and parameters
 * @param hasPassword whether the URL has one in it
 */
record SourceUrl(
    Dialect dialect, String jdbc, Properties properties, String shown, boolean hasPassword) {
  private static final Pattern SERVER =
      Pattern.compile(
          "(?<kind>[a-z]+)(\\+[a-z0-9]+)?://((?<user>[^:@/]*)(:(?<password>.*))?@)?"
              + "(?<host>\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+)(:(?<port>[0-9]{1,5}))?"
              + "/(?<name>[^/?@]+)(\\?(?<query>[^@]*))?");
  private static final Pattern FILE =
      Pattern.compile("sqlite(\\+[a-z0-9]+)?:///(?<path>[^?]+)(\\?.*)?");

  /** Says nothing about who is let in, or who can listen. */
  private static final Set<String> HARMLESS =
      Set.of("charset", "use_unicode", "connect_timeout", "read_timeout", "write_timeout");

  private static final String EXPECTED =
      "the URL of Glance's database is expected, as in [database] connection:"
          + " mysql+pymysql://USER:PASSWORD@HOST/NAME, postgresql://..., sqlite:////PATH";

  /**
   * @throws IllegalArgumentException if it is none, or says what cannot be obeyed; the message has
   *     nothing secret in it
   */
  static SourceUrl parse(String url) {
    Matcher file = FILE.matcher(url);
    if (file.matches()) {
      if (file.group(3) != null) {
        throw new IllegalArgumentException("parameters of a URL of SQLite are not understood");
      }
      Path path = Path.of(file.group("path")).toAbsolutePath();
      return new SourceUrl(
          Dialect.SQLITE, "jdbc:sqlite:" + path, new Properties(), "sqlite:///" + path, false);
    }
    Matcher server = SERVER.matcher(url);
    if (!server.matches()) {
      throw new IllegalArgumentException(EXPECTED);
    }
    Properties properties = new Properties();
    setDecoded(properties, "user", server.group("user"));
    setDecoded(properties, "password", server.group("password"));
    String port = server.group("port") == null ? "" : ":" + server.group("port");
    String place = server.group("host") + port + "/" + server.group("name");
    String query = server.group("query") == null ? "" : server.group("query");
    Dialect dialect =
        switch (server.group("kind")) {
          case "mysql", "mariadb" -> Dialect.MYSQL;
          case "postgresql", "postgres" -> Dialect.POSTGRESQL;
          default -> throw new IllegalArgumentException(EXPECTED);
        };
    if (dialect == Dialect.MYSQL) {
      // A server must not ask for files of this machine.
      properties.setProperty("allowLocalInfile", "false");
      properties.setProperty("connectTimeout", "15000");
      properties.setProperty("timezone", "UTC");
    } else {
      properties.setProperty("connectTimeout", "15");
      properties.setProperty("ApplicationName", "platter-migrate");
    }
    for (String parameter : query.split("&", -1)) {
      if (!parameter.isEmpty()) {
        setParameter(dialect, properties, parameter);
      }
    }
    return new SourceUrl(
        dialect,
        "jdbc:" + (dialect == Dialect.MYSQL ? "mariadb" : "postgresql") + "://" + place,
        properties,
        server.group("kind") + "://" + place,
        server.group("password") != null);
  }

  private static void setParameter(Dialect dialect, Properties properties, String parameter) {
    int equals = parameter.indexOf('=');
    String name = equals < 0 ? parameter : parameter.substring(0, equals);
    String value = equals < 0 ? "" : decoded(parameter.substring(equals + 1));
    if (HARMLESS.contains(name)) {
      return;
    }
    if (dialect == Dialect.POSTGRESQL && Set.of("sslmode", "sslrootcert").contains(name)) {
      properties.setProperty(name, value);
    } else if (dialect == Dialect.MYSQL && name.equals("ssl_ca")) {
      properties.putIfAbsent("sslMode", "verify-ca");
      properties.setProperty("serverSslCert", value);
    } else if (dialect == Dialect.MYSQL
        && name.equals("ssl_verify_identity")
        && value.equalsIgnoreCase("true")) {
      properties.setProperty("sslMode", "verify-full");
    } else {
      throw new IllegalArgumentException(
          "the parameter %s of the URL cannot be obeyed; %s are understood"
              .formatted(
                  name,
                  dialect == Dialect.MYSQL
                      ? "ssl_ca, ssl_verify_identity=true and charset"
                      : "sslmode and sslrootcert"));
    }
  }

  private static void setDecoded(Properties properties, String key, String text) {
    if (text != null && !text.isEmpty()) {
      properties.setProperty(key, decoded(text));
    }
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the URL has a % in it that is no escape: %25 is one");
    }
  }

  /** Without what opens it. */
  @Override
  public String toString() {
    return shown;
  }
}
