package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.identity.TrustedProxy;
import dev.platter.server.keystone.FakeKeystone;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What callers may say of themselves, byte for byte as it comes over the wire. */
@Timeout(120)
class IdentityOverHttpTest {
  private static final String PATH = "/v2/images";

  @TempDir Path directory;

  private RunningServer server(String... settings) throws IOException {
    RunningServer server = new RunningServer(directory);
    for (int i = 0; i < settings.length; i += 3) {
      server.set(settings[i], settings[i + 1], settings[i + 2]);
    }
    return server;
  }

  private RunningServer behind(FakeKeystone keystone) throws IOException {
    return server(
        "paste_deploy",
        "flavor",
        "keystone",
        "keystone_authtoken",
        "auth_url",
        keystone.url(),
        "keystone_authtoken",
        "www_authenticate_uri",
        "http://keystone.example",
        "keystone_authtoken",
        "username",
        "glance",
        "keystone_authtoken",
        "password",
        "secret-password",
        "keystone_authtoken",
        "project_name",
        "service",
        "keystone_authtoken",
        "timeout",
        "1");
  }

  /** Sends a request as it is, and returns the answer's head. */
  private static String head(RunningServer server, String method, String path, String... headers)
      throws IOException {
    try (Socket socket = new Socket("127.0.0.1", URI.create(server.url()).getPort())) {
      List<String> lines = new ArrayList<>(List.of(method + " " + path + " HTTP/1.1", "Host: h"));
      lines.addAll(List.of(headers));
      lines.add("Connection: close");
      String request = String.join("\r\n", lines) + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      return answer.substring(0, Math.max(0, answer.indexOf("\r\n\r\n")));
    }
  }

  private static int status(RunningServer server, String path, String... headers)
      throws IOException {
    return Integer.parseInt(head(server, "GET", path, headers).split(" ")[1]);
  }

  @Test
  void behindKeystoneNoHeaderButTheTokenIsBelieved() throws IOException {
    try (FakeKeystone keystone = new FakeKeystone();
        RunningServer server = behind(keystone).startConfigured()) {
      keystone.add("reader-token", "u", "p", "reader");
      String[] forged = {
        "X-Identity-Status: Confirmed",
        "X-Roles: admin",
        "X-Project-Id: q",
        "X-User-Id: root",
        "X_Roles: admin",
        "x-roles: admin",
        "X-Is-Admin-Project: True",
        "X-Service-Roles: service",
        "X-Service-Identity-Status: Confirmed",
        "X-Role: admin",
        "X-Tenant: admin",
        "X-Auth-Token-Roles: admin",
        "OpenStack-System-Scope: all"
      };
      assertEquals(401, status(server, PATH, forged));
      String[] withToken = Arrays.copyOf(forged, forged.length + 1);
      withToken[forged.length] = "X-Auth-Token: reader-token";
      assertEquals(200, status(server, PATH, withToken));
      assertEquals(403, status(server, "/v2/tasks", withToken));
      String head = head(server, "GET", PATH);
      assertTrue(head.contains("WWW-Authenticate: Keystone uri=\"http://keystone.example\""), head);
    }
  }

  @Test
  void tokensThatComeInOddWaysAreRefused() throws IOException {
    try (FakeKeystone keystone = new FakeKeystone();
        RunningServer server = behind(keystone).startConfigured()) {
      keystone.add("t1", "u", "p", "reader");
      keystone.add("t2", "root", "p", "admin");
      assertEquals(200, status(server, PATH, "x-auth-TOKEN: t1"));
      assertEquals(401, status(server, PATH, "X-Auth-Token: t1", "X-Auth-Token: t2"));
      assertEquals(401, status(server, PATH, "X-Auth-Token: t1", "x-auth-token: t1"));
      assertEquals(401, status(server, PATH, "X-Auth-Token: t1,t2"));
      assertEquals(401, status(server, PATH, "X_Auth_Token: t1"));
      assertEquals(401, status(server, PATH, "Authorization: Bearer t1"));
      assertEquals(401, status(server, PATH, "X-Auth-Token:"));
      assertEquals(401, status(server, PATH, "X-Auth-Token: t1 x"));
      assertEquals(401, status(server, PATH, "X-Auth-Token: " + "t".repeat(4000)));
      assertEquals(431, status(server, PATH, "X-Auth-Token: " + "t".repeat(100_000)));
      // A line break within a value begins another header, which proves nothing.
      assertEquals(401, status(server, PATH, "X-Auth-Token: t9\r\nX-Roles: admin"));
      assertEquals(400, status(server, PATH, "X-Auth-Token: t1\r\n X-Roles: admin"));
      assertEquals(401, status(server, "/no/such/path"));
      assertEquals(200, status(server, "/healthcheck"));
      assertEquals(300, status(server, "/"));
    }
  }

  @Test
  void aKeystoneThatDoesNotAnswerLetsNobodyIn() throws IOException {
    try (FakeKeystone keystone = new FakeKeystone();
        RunningServer server = behind(keystone).startConfigured()) {
      keystone.add("t1", "root", "p", "admin");
      FakeKeystone.Answer normal = keystone.validation;
      keystone.validation = exchange -> FakeKeystone.send(exchange, 200, "garbage");
      assertEquals(503, status(server, PATH, "X-Auth-Token: t1"));
      keystone.validation = normal;
      assertEquals(200, status(server, PATH, "X-Auth-Token: t1"));
    }
  }

  @Test
  void theProxyIsBelievedUnderItsOwnNameAndWithItsSecret() throws IOException {
    String[] user = {"X-Identity-Status: Confirmed", "X-Roles: admin", "X-Project-Id: p"};
    try (RunningServer server =
        server(
                "paste_deploy",
                "flavor",
                "trusted-proxy",
                "trusted_proxy",
                "shared_secret",
                "0123456789abcdef")
            .startConfigured()) {
      assertEquals(401, status(server, PATH, user));
      String[] proxy = Arrays.copyOf(user, user.length + 1);
      proxy[user.length] = TrustedProxy.SECRET + ": 0123456789abcdef";
      assertEquals(200, status(server, PATH, proxy));
      proxy[0] = "X_Identity_Status: Confirmed";
      assertEquals(401, status(server, PATH, proxy));
    }
    for (String[] wrong :
        new String[][] {
          {"paste_deploy", "flavor", "trusted-proxy", "DEFAULT", "bind_host", "0.0.0.0"},
          {"paste_deploy", "flavor", "trusted-proxy", "trusted_proxy", "shared_secret", "short"},
          {"paste_deploy", "flavor", "trusted_headers"},
          {"paste_deploy", "flavor", "keystone+trusted-proxy"},
          {"paste_deploy", "flavor", "keystone"},
          {"paste_deploy", "flavor", "token-file"},
          {"paste_deploy", "flavor", "caching"},
          {
            "paste_deploy", "flavor", "keystone",
            "keystone_authtoken", "auth_url", "http://k",
            "keystone_authtoken", "auth_type", "v2password"
          }
        }) {
      RunningServer server = server(wrong);
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class,
              server::startConfigured,
              () -> String.join(" ", wrong));
      assertTrue(refused.getMessage().startsWith("["), refused::getMessage);
    }
  }
}
