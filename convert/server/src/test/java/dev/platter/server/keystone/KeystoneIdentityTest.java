package dev.platter.server.keystone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Callers;
import dev.platter.server.identity.Credentials;
import dev.platter.server.identity.Headers;
import dev.platter.server.identity.IdentityException;
import dev.platter.server.identity.Scope;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KeystoneIdentityTest {
  private static final String PASSWORD = "own-password";

  private FakeKeystone keystone;
  private Instant now = Instant.now();
  private KeystoneHttp http;

  @BeforeEach
  void start() throws IOException {
    keystone = new FakeKeystone();
    http = new KeystoneHttp(Duration.ofSeconds(1), 2, Tls.system());
  }

  @AfterEach
  void end() {
    http.close();
    keystone.close();
  }

  private KeystoneIdentity identity(int cacheSeconds) throws IOException {
    return identity(cacheSeconds, keystone.url());
  }

  private KeystoneIdentity identity(int cacheSeconds, String url) throws IOException {
    ObjectNode login = Json.object();
    login.putObject("auth").put("password", PASSWORD);
    URI versioned = KeystoneSession.versioned(url);
    return new KeystoneIdentity(
        new KeystoneSession(
            http,
            versioned,
            login,
            new KeystoneSession.EndpointChoice(Optional.empty(), Optional.empty())),
        new KeystoneIdentity.ServiceTokens(Set.of("service"), true),
        "http://keystone",
        "image",
        Duration.ofSeconds(cacheSeconds),
        () -> now);
  }

  private static Headers headers(Map<String, List<String>> values) {
    return name -> values.getOrDefault(name, List.of());
  }

  private static Headers token(String token) {
    return headers(Map.of("X-Auth-Token", List.of(token)));
  }

  private static Headers through(String token, String service) {
    return headers(Map.of("X-Auth-Token", List.of(token), "X-Service-Token", List.of(service)));
  }

  private static IdentityException.Reason refusal(KeystoneIdentity identity, Headers headers) {
    return assertThrows(IdentityException.class, () -> identity.identify(headers)).reason();
  }

  @Test
  void whatKeystoneSaysOfATokenIsBelievedForAWhile() throws Exception {
    keystone.add("t1", "u", "p", "Member", "reader");
    KeystoneIdentity identity = identity(300);
    Credentials who = identity.identify(token("t1"));
    assertEquals("u", who.userId());
    assertEquals("p", who.projectId());
    assertEquals(Set.of("member", "reader"), who.roles());
    identity.identify(token("t1"));
    assertEquals(1, keystone.validations.get());
    keystone.tokens.clear(); // revoked
    identity.identify(token("t1"));
    assertEquals(1, keystone.validations.get());
    assertEquals(1, keystone.logins.get());
  }

  @Test
  void whatKeystoneSaidIsNotBelievedForEver() throws Exception {
    keystone.add("t1", "u", "p", "reader");
    KeystoneIdentity identity = identity(1);
    identity.identify(token("t1"));
    keystone.tokens.clear(); // revoked
    now = now.plusMillis(999);
    identity.identify(token("t1"));
    now = now.plusMillis(1);
    assertEquals(IdentityException.Reason.REFUSED, refusal(identity, token("t1")));
  }

  @Test
  void tokensThatAreNoneAreRefused() throws Exception {
    KeystoneIdentity identity = identity(300);
    for (String token :
        new String[] {
          "", " ", "unknown", "a b", "a\r\nX-Roles: admin", "\u00e9", "x".repeat(8001)
        }) {
      assertEquals(IdentityException.Reason.REFUSED, refusal(identity, token(token)), token);
    }
    assertEquals(IdentityException.Reason.REFUSED, refusal(identity, headers(Map.of())));
    Headers twice = headers(Map.of("X-Auth-Token", List.of("unknown", "unknown")));
    assertEquals(IdentityException.Reason.REFUSED, refusal(identity, twice));
    assertEquals(1, keystone.validations.get(), "only what may be a token is asked for, and once");
    assertEquals(Optional.of("Keystone uri=\"http://keystone\""), identity.challenge());
  }

  @Test
  void anExpiredTokenIsRefusedEvenWhenItIsStillKept() throws Exception {
    keystone.add("t1", "u", "p", "reader").put("expires_at", now.plusSeconds(5).toString());
    KeystoneIdentity identity = identity(300);
    identity.identify(token("t1"));
    now = now.plusSeconds(5);
    assertEquals(IdentityException.Reason.REFUSED, refusal(identity, token("t1")));
  }

  @Test
  void accessRulesBindATokenUnlessAServicePassesItOn() throws Exception {
    ArrayNode rules =
        keystone
            .add("t1", "u", "p", "reader")
            .putObject("application_credential")
            .putArray("access_rules");
    rules.addObject().put("service", "image").put("method", "GET").put("path", "/v2/images/*");
    rules.addObject().put("service", "compute").put("method", "PUT").put("path", "/v2/images/*");
    keystone.add("t2", "u", "p", "reader").putObject("application_credential");
    keystone
        .add("t3", "u", "p", "reader")
        .putObject("application_credential")
        .putArray("access_rules");
    keystone.add("nova", "nova", "services", "service");
    Callers callers = new Callers(identity(300), who -> false);
    for (int i = 0; i < 2; i++) { // asked, and remembered
      assertEquals("u", callers.identify(token("t1"), "GET", "/v2/images/x", "").userId());
      for (String[] other :
          new String[][] {
            {"t1", "PUT", "/v2/images/x"},
            {"t1", "GET", "/v2/images/x/file"},
            {"t3", "GET", "/v2/images"}
          }) {
        IdentityException refused =
            assertThrows(
                IdentityException.class,
                () -> callers.identify(token(other[0]), other[1], other[2], ""));
        assertEquals(IdentityException.Reason.REFUSED, refused.reason());
      }
      assertEquals("u", callers.identify(token("t2"), "PUT", "/anything", "").userId());
      assertEquals("u", callers.identify(through("t1", "nova"), "PUT", "/v2/x", "").userId());
    }
  }

  @Test
  void aServiceWithItsRoleMakesExpiredTokensGood() throws Exception {
    keystone
        .add("old", "u", "p", "reader")
        .put("expires_at", Instant.now().minusSeconds(60).toString());
    keystone.add("nova", "nova", "services", "service");
    keystone.add("other", "x", "services", "admin");
    KeystoneIdentity identity = identity(300);
    assertEquals(IdentityException.Reason.REFUSED, refusal(identity, token("old")));
    assertEquals(IdentityException.Reason.REFUSED, refusal(identity, through("old", "other")));
    assertEquals(IdentityException.Reason.REFUSED, refusal(identity, through("old", "none")));
    Credentials who = identity.identify(through("old", "nova"));
    assertEquals(Set.of("service"), who.serviceRoles());
    assertEquals(Set.of("reader"), who.roles());
    assertTrue(keystone.lastQuery.contains("allow_expired=1"), keystone.lastQuery);
    assertEquals(IdentityException.Reason.REFUSED, refusal(identity, token("old")));
  }

  @Test
  void scopesAreToldApart() throws Exception {
    ObjectNode system = keystone.add("sys", "u", "p", "admin");
    system.remove("project");
    system.putObject("system").put("all", true);
    ObjectNode domain = keystone.add("dom", "u", "p", "admin");
    domain.remove("project");
    domain.putObject("domain").put("id", "d1");
    keystone.add("none", "u", "p").remove("project");
    KeystoneIdentity identity = identity(300);
    assertEquals(Scope.SYSTEM, identity.identify(token("sys")).scope());
    assertEquals(Scope.domain("d1"), identity.identify(token("dom")).scope());
    assertEquals(Scope.NONE, identity.identify(token("none")).scope());
  }

  @Test
  void theServiceLogsInAgainWhenItsOwnTokenIsNoLongerOne() throws Exception {
    keystone.add("t1", "u", "p", "reader");
    keystone.add("t2", "u", "p", "reader");
    KeystoneIdentity identity = identity(300);
    identity.identify(token("t1"));
    FakeKeystone.Answer normal = keystone.validation;
    keystone.validation =
        exchange -> {
          keystone.validation = normal;
          FakeKeystone.send(exchange, 401, "{}");
        };
    identity.identify(token("t2"));
    assertEquals(2, keystone.logins.get());
  }

  @Test
  void nobodyIsLetInWhileKeystoneDoesNotAnswerAsItShould() throws Exception {
    keystone.add("t1", "u", "p", "admin");
    FakeKeystone.Answer never =
        exchange -> {
          try {
            Thread.sleep(60_000);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    FakeKeystone.Answer slowly =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try {
            for (int i = 0; i < 600; i++) {
              exchange.getResponseBody().write(' ');
              exchange.getResponseBody().flush();
              Thread.sleep(100);
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    FakeKeystone.Answer huge =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] piece = new byte[1 << 16];
          for (int i = 0; i < 1 << 12; i++) {
            exchange.getResponseBody().write(piece);
          }
        };
    List<FakeKeystone.Answer> answers = new ArrayList<>(List.of(never, slowly, huge));
    String valid = keystone.tokens.get("t1").toString();
    for (String body :
        new String[] {
          "",
          "null",
          "[]",
          "{}",
          "<html>",
          valid.substring(1),
          valid + valid,
          "[".repeat(100_000),
          "{\"token\":null}",
          valid.replace("expires_at", "expires"),
          valid.replace("\"id\":\"u\"", "\"id\":null"),
          valid.replace("\"name\":\"admin\"", "\"name\":[\"admin\"]"),
          valid.replace("Z\"", "\"")
        }) {
      answers.add(exchange -> FakeKeystone.send(exchange, 200, body));
    }
    for (int status : new int[] {201, 204, 300, 302, 400, 401, 403, 405, 413, 500, 503}) {
      answers.add(exchange -> {
        exchange.getResponseHeaders().add("Location", keystone.url() + "/elsewhere");
        FakeKeystone.send(exchange, status, status == 204 ? "" : valid);
      });
    }
    for (int i = 0; i < answers.size(); i++) {
      keystone.validation = answers.get(i);
      keystone.tokens.put("t1", (ObjectNode) Json.parse(valid));
      long began = System.nanoTime();
      assertEquals(
          IdentityException.Reason.UNAVAILABLE, refusal(identity(300), token("t1")), "answer " + i);
      assertTrue(System.nanoTime() - began < 30_000_000_000L, "answer " + i);
    }
    assertEquals(
        IdentityException.Reason.UNAVAILABLE,
        refusal(identity(300, "http://127.0.0.1:1"), token("t1")));
  }

  @Test
  void aFailedLoginIsNotRepeatedAtOnceAndTellsNothingSecret() throws Exception {
    StringBuilder log = new StringBuilder();
    Logger logger = Logger.getLogger(KeystoneIdentity.class.getName());
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            log.append(record.getMessage()).append(List.of(record.getParameters()));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    logger.setLevel(Level.ALL);
    try {
      keystone.login = exchange -> FakeKeystone.send(exchange, 401, "{\"x\":\"" + PASSWORD + "\"}");
      KeystoneIdentity identity = identity(300);
      for (int i = 0; i < 20; i++) {
        assertEquals(IdentityException.Reason.UNAVAILABLE, refusal(identity, token("secret-t")));
      }
    } finally {
      logger.removeHandler(handler);
    }
    assertEquals(1, keystone.logins.get());
    assertTrue(log.toString().contains("no caller can be identified"), log::toString);
    assertFalse(log.toString().contains("secret-t") || log.toString().contains(PASSWORD));
  }

  @Test
  void guessesDoNotDriveOutWhatIsKnownAndAreKeptWithinBounds() {
    TokenCache cache = new TokenCache(Duration.ofMinutes(5), 100, () -> now);
    TokenDocument document = new TokenDocument(Credentials.NOBODY, Instant.MAX);
    cache.put("good", false, Optional.of(document));
    for (int i = 0; i < 1000; i++) {
      cache.put("guess" + i, false, Optional.empty());
    }
    assertEquals(101, cache.size());
    assertEquals(Optional.of(Optional.of(document)), cache.find("good", false));
    assertEquals(Optional.empty(), cache.find("good", true));
    assertEquals(Optional.of(Optional.empty()), cache.find("guess999", false));
  }

  @Test
  void manyAtOnceAreAnsweredEach() throws Exception {
    http.close();
    http = new KeystoneHttp(Duration.ofSeconds(30), 2, Tls.system());
    for (int i = 0; i < 300; i++) {
      keystone.add("t" + i, "u" + i, "p", "reader");
    }
    KeystoneIdentity identity = identity(300);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> users = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        Headers headers = token("t" + i);
        users.add(threads.submit(() -> identity.identify(headers).userId()));
      }
      for (int i = 0; i < 300; i++) {
        assertEquals("u" + i, users.get(i).get());
      }
    }
    assertEquals(1, keystone.logins.get());
  }

  @Test
  void urlsOfKeystoneMayNameTheVersionOrNot() throws Exception {
    for (String url : new String[] {"http://k:5000", "http://k:5000/", "http://k:5000/v3/"}) {
      assertEquals(URI.create("http://k:5000/v3"), KeystoneSession.versioned(url));
    }
    for (String url : new String[] {"k:5000", "ftp://k/", "http:///v3", "http://k/?a=b", "a b"}) {
      assertThrows(KeystoneException.class, () -> KeystoneSession.versioned(url), url);
    }
  }
}
