package dev.platter.remote.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.platter.storage.Location;
import dev.platter.storage.NamedSecrets;
import dev.platter.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose certificate an authority of its own has signed, and proxies that want a login. */
class SecuredServerTest {
  private static final byte[] CONTENT = new byte[200_000];
  private static final String PASSWORD = "password";

  @TempDir static Path directory;

  private static HttpsServer server;
  private static final AtomicInteger requests = new AtomicInteger();
  private static volatile String redirect;

  @BeforeAll
  static void start() throws Exception {
    new Random(1).nextBytes(CONTENT);
    key("authority", "CN=An authority", "bc:c");
    key("other", "CN=Another authority", "bc:c");
    key("server", "CN=localhost", "san=dns:localhost");
    String request = keytool("-certreq", "-alias", "server");
    Path asked = Files.writeString(directory.resolve("request"), request);
    String[] sign = {"-gencert", "-alias", "authority", "-rfc", "-infile", asked.toString()};
    List<String> signing = new ArrayList<>(List.of(sign));
    signing.addAll(List.of("-ext", "san=dns:localhost"));
    Path signed =
        Files.writeString(directory.resolve("signed"), keytool(signing.toArray(String[]::new)));
    keytool("-importcert", "-noprompt", "-alias", "server", "-file", signed.toString());
    for (String each : List.of("authority", "other")) {
      Files.writeString(certificate(each), keytool("-exportcert", "-rfc", "-alias", each));
    }
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context()));
    server.createContext("/", SecuredServerTest::answer);
    server.start();
  }

  @AfterAll
  static void stop() {
    server.stop(0);
  }

  @BeforeEach
  void reset() {
    requests.set(0);
    redirect = null;
  }

  private static Path certificate(String alias) {
    return directory.resolve(alias + ".pem");
  }

  private static void key(String alias, String name, String extension) throws Exception {
    keytool(
        "-genkeypair",
        "-keyalg",
        "EC",
        "-alias",
        alias,
        "-dname",
        name,
        "-ext",
        extension,
        "-validity",
        "2");
  }

  private static String keytool(String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(Arrays.asList(words));
    command.addAll(List.of("-keystore", directory.resolve("keys").toString()));
    command.addAll(List.of("-storepass", PASSWORD, "-J-XX:TieredStopAtLevel=1"));
    Process process =
        new ProcessBuilder(command).redirectError(directory.resolve("said").toFile()).start();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), out);
    return out;
  }

  private static SSLContext context() throws Exception {
    KeyStore all = KeyStore.getInstance(directory.resolve("keys").toFile(), chars());
    KeyStore one = KeyStore.getInstance(KeyStore.getDefaultType());
    one.load(null, null);
    one.setKeyEntry(
        "server", all.getKey("server", chars()), chars(), all.getCertificateChain("server"));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(one, chars());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  private static char[] chars() {
    return PASSWORD.toCharArray();
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      requests.incrementAndGet();
      if (redirect != null) {
        exchange.getResponseHeaders().set("Location", redirect);
        exchange.sendResponseHeaders(302, -1);
        return;
      }
      String[] ends =
          exchange.getRequestHeaders().getFirst("Range").substring("bytes=".length()).split("-");
      int from = Integer.parseInt(ends[0]);
      int end = Math.min(CONTENT.length, Integer.parseInt(ends[1]) + 1);
      if (from >= CONTENT.length) {
        exchange.getResponseHeaders().set("Content-Range", "bytes */" + CONTENT.length);
        exchange.sendResponseHeaders(416, -1);
        return;
      }
      exchange.getResponseHeaders().set("ETag", "\"one\"");
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (end - 1) + "/" + CONTENT.length);
      exchange.sendResponseHeaders(206, end - from);
      exchange.getResponseBody().write(CONTENT, from, end - from);
    }
  }

  private static String url(String host) {
    return "https://" + host + ":" + server.getAddress().getPort() + "/disk.img";
  }

  private static byte[] read(String url, Map<String, String> environment) throws IOException {
    return read(url, environment, Map.of());
  }

  private static byte[] read(String url, Map<String, String> environment, Map<String, String> more)
      throws IOException {
    Map<String, String> options = new HashMap<>(more);
    options.put("url", url);
    options.put("timeout", "5");
    Location location = Location.of(URI.create(url).getScheme(), url, options);
    NamedSecrets secrets = id -> "s3cret:+%".getBytes(UTF_8);
    try (Storage storage =
        WebFile.open(url, HttpAddress.of(location, secrets), Surroundings.of(environment))) {
      byte[] bytes = new byte[(int) storage.size()];
      storage.readFully(0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  private static Map<String, String> trusting(String alias) {
    return Map.of("SSL_CERT_FILE", certificate(alias).toString());
  }

  private static void refuses(String expected, String url, Map<String, String> environment) {
    HttpException error = assertThrows(HttpException.class, () -> read(url, environment));
    assertTrue(error.getMessage().contains(expected), error.getMessage());
    assertEquals(0, requests.get());
  }

  @Test
  void isTrustedWhereItsAuthorityIs() throws IOException {
    refuses("certificate of localhost is not accepted", url("localhost"), Map.of());
    refuses("certificate of localhost is not accepted", url("localhost"), trusting("other"));
    assertArrayEquals(CONTENT, read(url("localhost"), trusting("authority")));
  }

  @Test
  void isNotTrustedUnderAnotherName() {
    refuses("certificate of 127.0.0.1 is not accepted", url("127.0.0.1"), trusting("authority"));
  }

  @Test
  void isNotTrustedWhereNoCertificatesAre() throws IOException {
    refuses("SSL_CERT_FILE", url("localhost"), trusting("none"));
    Files.writeString(certificate("text"), "no certificate\n");
    HttpException error =
        assertThrows(HttpException.class, () -> read(url("localhost"), trusting("text")));
    assertFalse(error.getMessage().isBlank());
    assertEquals(0, requests.get());
  }

  @Test
  void isTrustedUncheckedOnlyWhereThatIsAskedFor() throws IOException {
    assertArrayEquals(CONTENT, read(url("127.0.0.1"), Map.of(), Map.of("sslverify", "off")));
  }

  @Test
  void aRedirectLeavesEncryptionNever() throws IOException {
    try (WebServer plain = new WebServer(CONTENT)) {
      redirect = plain.url();
      HttpException error =
          assertThrows(HttpException.class, () -> read(url("localhost"), trusting("authority")));
      assertTrue(
          error.getMessage().contains("from https to http is not followed"), error.getMessage());
      assertEquals(0, plain.requests.get());
      assertEquals(1, requests.get());
    }
  }

  @Test
  void aRedirectMayBeginEncryption() throws IOException {
    try (WebServer plain = new WebServer(new byte[0])) {
      plain.redirect = url("localhost");
      assertArrayEquals(CONTENT, read(plain.url(), trusting("authority")));
    }
  }

  /** The password goes to the proxy alone: what is behind the tunnel sees nothing of it. */
  @Test
  void aProxyIsToldWhoAsks() throws IOException {
    String pair = Base64.getEncoder().encodeToString("joe:s3cret:+%".getBytes(UTF_8));
    try (TunnelProxy proxy = new TunnelProxy("Basic " + pair)) {
      Map<String, String> environment = new HashMap<>(trusting("authority"));
      environment.put("https_proxy", "http://127.0.0.1:" + proxy.port());
      HttpException refused =
          assertThrows(HttpException.class, () -> read(url("localhost"), environment));
      assertTrue(refused.getMessage().contains("the proxy wants"), refused.getMessage());
      Map<String, String> options =
          Map.of("proxy-username", "joe", "proxy-password-secret", "proxy");
      assertArrayEquals(CONTENT, read(url("localhost"), environment, options));
      environment.put("https_proxy", "http://joe:s3cret:+%25@127.0.0.1:" + proxy.port());
      assertArrayEquals(CONTENT, read(url("localhost"), environment));
      environment.put("https_proxy", "http://joe:other@127.0.0.1:" + proxy.port());
      HttpException wrong =
          assertThrows(HttpException.class, () -> read(url("localhost"), environment));
      assertFalse(wrong.getMessage().contains("other@"), wrong.getMessage());
      assertEquals(2, proxy.refused());
    }
  }

  @Test
  void whoIsNoProxyIsNotTold() throws IOException {
    Map<String, String> options = Map.of("proxy-username", "joe", "proxy-password-secret", "proxy");
    try (WebServer proxy = new WebServer(CONTENT);
        WebServer direct = new WebServer(CONTENT)) {
      String address = proxy.url().replace("/disk.img", "");
      Map<String, String> environment = Map.of("http_proxy", address, "no_proxy", "127.0.0.1");
      assertArrayEquals(CONTENT, read("http://no-such-host.invalid/a", environment, options));
      assertEquals(proxy.requests.get(), proxy.all("proxy-authorization").size());
      assertArrayEquals(CONTENT, read(direct.url(), environment, options));
      assertEquals(List.of(), direct.all("proxy-authorization"));
    }
  }

  @Test
  void aProxysUrlThatIsNoneIsNotShown() {
    Map<String, String> environment = Map.of("https_proxy", "http://joe:s3cret @host");
    HttpException error =
        assertThrows(HttpException.class, () -> read("https://host/x", environment));
    for (Throwable e = error; e != null; e = e.getCause()) {
      assertFalse(e.getMessage().contains("s3cret"), e.getMessage());
    }
  }

  /** Lets clients through to whom they name, if they have the right login. */
  private static final class TunnelProxy implements Closeable {
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicInteger refused = new AtomicInteger();
    private final String login;

    TunnelProxy(String login) throws IOException {
      this.login = login;
      Thread.ofVirtual().start(this::accept);
    }

    int port() {
      return socket.getLocalPort();
    }

    int refused() {
      return refused.get();
    }

    private void accept() {
      try {
        while (true) {
          Socket client = socket.accept();
          Thread.ofVirtual().start(() -> serve(client));
        }
      } catch (IOException e) {
        return; // closed
      }
    }

    private void serve(Socket client) {
      try (client) {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
          head.append((char) client.getInputStream().read());
        }
        String[] words = head.toString().split("[ :]");
        assertEquals("CONNECT", words[0]);
        if (!head.toString().contains("Proxy-Authorization: " + login + "\r\n")) {
          refused.incrementAndGet();
          String no =
              "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n";
          client.getOutputStream().write(no.getBytes(ISO_8859_1));
          return;
        }
        try (Socket to = new Socket(words[1], Integer.parseInt(words[2]))) {
          client.getOutputStream().write("HTTP/1.1 200 Go\r\n\r\n".getBytes(ISO_8859_1));
          Thread back = Thread.ofVirtual().start(() -> pass(to, client));
          pass(client, to);
          back.join();
        }
      } catch (IOException | InterruptedException e) {
        return; // somebody left
      }
    }

    private static void pass(Socket from, Socket to) {
      try (InputStream in = from.getInputStream()) {
        in.transferTo(to.getOutputStream());
        to.shutdownOutput();
      } catch (IOException e) {
        return; // somebody left
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
