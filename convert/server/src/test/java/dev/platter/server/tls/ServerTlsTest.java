package dev.platter.server.tls;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.http.HttpServer;
import dev.platter.server.http.Router;
import dev.platter.server.identity.Callers;
import dev.platter.server.identity.Credentials;
import dev.platter.server.keystone.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates and keys in files: what is used of them, and when. */
@Tag("interop")
class ServerTlsTest {
  @TempDir Path directory;
  private TestCertificates made;
  private long time;

  @BeforeEach
  void make() {
    made = new TestCertificates(directory);
  }

  private ServerTls tls(String certificate, String key) throws IOException {
    return new ServerTls(made.certificate(certificate), made.key(key), () -> time);
  }

  private static HttpServer server(ServerTls tls) throws IOException {
    HttpServer server =
        new HttpServer(
            new HttpServer.Address("127.0.0.1", 0, Optional.of(tls)),
            new HttpServer.Patience(Duration.ofSeconds(60), Duration.ZERO),
            Optional.empty(),
            new Callers(_ -> Credentials.inProject("u", "p", Set.of()), _ -> false),
            new Router(),
            (_, _, _, _, _, _) -> {});
    server.start();
    return server;
  }

  /** Whom a caller meets who knows the authority alone. */
  private String met(HttpServer server, String... protocols) throws IOException {
    try (SSLSocket socket =
        (SSLSocket)
            Tls.of(made.certificate("root"))
                .getSocketFactory()
                .createSocket("127.0.0.1", server.port())) {
      if (protocols.length > 0) {
        socket.setEnabledProtocols(protocols);
      }
      socket.startHandshake();
      X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return shown.getSubjectX500Principal().getName();
    }
  }

  private void replace(String by) throws IOException {
    Files.copy(made.certificate(by), made.certificate("service"), REPLACE_EXISTING);
    Files.copy(made.key(by), made.key("service"), REPLACE_EXISTING);
  }

  private void later(ServerTls tls) {
    time += 2_000_000_000L;
    tls.refresh();
  }

  @Test
  void keysOfAllUsualKindsAreUsedWithTheChainAndNoProtocolIsOld() throws IOException {
    for (String kind : new String[] {"ec", "rsa:2048", "ed25519"}) {
      made.issue("service", kind);
      ServerTls tls = tls("service", "service");
      HttpServer server = server(tls);
      try {
        assertEquals("CN=service", met(server, "TLSv1.2"), kind);
        assertEquals("CN=service", met(server, "TLSv1.3"), kind);
        assertArrayEquals(
            new String[] {"TLSv1.3", "TLSv1.2"},
            tls.context().newSSLEngine().getEnabledProtocols());
      } finally {
        server.close();
      }
    }
  }

  @Test
  void whatTheFilesHoldNowIsUsedForNewConnections() throws IOException {
    made.issue("first", "ec");
    made.issue("second", "rsa:2048");
    replace("first");
    ServerTls tls = tls("service", "service");
    HttpServer server = server(tls);
    try {
      assertEquals("CN=first", met(server));
      Files.copy(made.certificate("second"), made.certificate("service"), REPLACE_EXISTING);
      later(tls);
      assertEquals("CN=first", met(server), "the new key is not there yet");
      replace("second");
      later(tls);
      assertEquals("CN=second", met(server));
      Files.writeString(made.certificate("service"), "nonsense");
      later(tls);
      assertEquals("CN=second", met(server));
      Files.delete(made.certificate("service"));
      later(tls);
      assertEquals("CN=second", met(server));
      replace("first");
      later(tls);
      assertEquals("CN=first", met(server));
    } finally {
      server.close();
    }
  }

  @Test
  void keysInOlderFilesAreRead() throws IOException {
    made.issue("service", "rsa:2048");
    made.openssl("rsa", "-traditional", "-in", made.key("service"), "-out", made.key("pkcs1"));
    made.issue("curve", "ec");
    made.openssl("ec", "-in", made.key("curve"), "-out", made.key("sec1"));
    tls("service", "pkcs1");
    tls("curve", "sec1");
  }

  private void refused(String expected, String certificate, String key) {
    IOException refused = assertThrows(IOException.class, () -> tls(certificate, key));
    assertTrue(refused.getMessage().contains(expected), refused.getMessage());
    assertTrue(refused.getMessage().startsWith(directory.toString()), refused.getMessage());
  }

  @Test
  void filesThatCannotBeUsedAreRefused() throws IOException {
    made.issue("service", "ec");
    made.issue("other", "ec");
    refused("is not the key of the certificate", "service", "other");
    made.openssl(
        "pkcs8",
        "-topk8",
        "-in",
        made.key("service"),
        "-out",
        made.key("locked"),
        "-passout",
        "pass:secret");
    refused("has a passphrase", "service", "locked");
    Files.writeString(made.key("empty"), "");
    Files.setPosixFilePermissions(made.key("empty"), PosixFilePermissions.fromString("rw-------"));
    refused("holds no private key", "service", "empty");
    Files.writeString(made.certificate("empty"), "");
    refused("holds no certificate", "empty", "service");
    String strangers =
        Files.readString(made.certificate("other")) + Files.readString(made.certificate("service"));
    Files.writeString(made.certificate("strangers"), strangers);
    refused("is not signed by the next one", "strangers", "other");
    Files.setPosixFilePermissions(made.key("other"), PosixFilePermissions.fromString("rw-r--r--"));
    refused("everybody may read it", "other", "other");
  }

  @Test
  void whoeverDoesNotKnowTheAuthorityIsNotTalkedInto() throws IOException {
    made.issue("service", "ec");
    HttpServer server = server(tls("service", "service"));
    try {
      Files.copy(made.certificate("middle"), made.certificate("root"), REPLACE_EXISTING);
      assertEquals("CN=service", met(server), "the one below is an authority, too");
      new TestCertificates(directory);
      assertThrows(SSLHandshakeException.class, () -> met(server));
    } finally {
      server.close();
    }
  }
}
