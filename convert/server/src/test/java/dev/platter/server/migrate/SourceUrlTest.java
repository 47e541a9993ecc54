package dev.platter.server.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** URLs as Glance's [database] connection has them. */
class SourceUrlTest {
  @Test
  void sqlAlchemysDialectsAreUnderstood() {
    SourceUrl mysql =
        SourceUrl.parse(
            "mysql+pymysql://glance:p%40ss%2Fw:o@rd@db.example.org:3307/glance?charset=utf8");
    assertEquals("jdbc:mariadb://db.example.org:3307/glance", mysql.jdbc());
    assertEquals("glance", mysql.properties().getProperty("user"));
    assertEquals("p@ss/w:o@rd", mysql.properties().getProperty("password"));
    assertEquals("false", mysql.properties().getProperty("allowLocalInfile"));
    assertEquals("mysql://db.example.org:3307/glance", mysql.toString());
    assertTrue(mysql.hasPassword());
    SourceUrl postgres =
        SourceUrl.parse("postgresql+psycopg2://g@[::1]/glance?sslmode=verify-full");
    assertEquals("jdbc:postgresql://[::1]/glance", postgres.jdbc());
    assertEquals("verify-full", postgres.properties().getProperty("sslmode"));
    assertFalse(postgres.hasPassword());
    assertEquals(
        "jdbc:sqlite:/var/lib/glance/glance.sqlite",
        SourceUrl.parse("sqlite:////var/lib/glance/glance.sqlite").jdbc());
    assertEquals(Dialect.MYSQL, SourceUrl.parse("mariadb://h/d").dialect());
  }

  @Test
  void certificatesAreObeyed() {
    SourceUrl url = SourceUrl.parse("mysql+pymysql://u:p@h/d?ssl_ca=/etc/ca.pem");
    assertEquals("verify-ca", url.properties().getProperty("sslMode"));
    assertEquals("/etc/ca.pem", url.properties().getProperty("serverSslCert"));
    for (String query :
        List.of("ssl_verify_identity=true&ssl_ca=/ca", "ssl_ca=/ca&ssl_verify_identity=true")) {
      assertEquals(
          "verify-full",
          SourceUrl.parse("mysql://u:p@h/d?" + query).properties().getProperty("sslMode"));
    }
  }

  @Test
  void whatCannotBeObeyedIsRefusedWithoutTellingSecrets() {
    for (String url :
        List.of(
            "mysql+pymysql://u:secret@h/d?ssl_cert=/x",
            "mysql+pymysql://u:secret@h/d?unix_socket=/run/mysqld.sock",
            "mysql+pymysql://u:secret@h/d?ssl_verify_identity=false",
            "postgresql://u:secret@h/d?host=/run",
            "postgresql://u:secret%zz@h/d",
            "mssql://u:secret@h/d",
            "mysql+pymysql://u:secret@h",
            "u:secret@h/d",
            "sqlite:///x?mode=secret",
            "sqlite://",
            "")) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> SourceUrl.parse(url)).getMessage();
      assertFalse(message.contains("secret"), message);
    }
  }
}
