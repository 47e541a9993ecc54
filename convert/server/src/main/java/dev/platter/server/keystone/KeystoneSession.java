package dev.platter.server.keystone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keystone, asked in the service's own name: logs in when that is needed, and finds Keystone's
 * endpoint in the catalogue. For any thread.
 */
public final class KeystoneSession {
  private static final Duration EARLY = Duration.ofMinutes(1);
  private static final Duration PAUSE = Duration.ofSeconds(2);

  private final KeystoneHttp http;
  private final URI authUrl;
  private final ObjectNode auth;
  private final EndpointChoice choice;
  private final ReentrantLock lock = new ReentrantLock();
  private Login login;
  private Instant failedAt = Instant.MIN;

  /** Why, for those who come too soon after it. */
  private String failure = "";

  /**
   * Which of Keystone's endpoints to use.
   *
   * @param visibility public, internal or admin; nothing: internal if there is one, else that where
   *     the service logs in
   * @param region nothing: the first one
   */
  public record EndpointChoice(Optional<String> visibility, Optional<String> region) {}

  private record Login(
      String token, Instant expiresAt, URI endpoint, JsonNode catalog, String projectId) {}

  /**
   * @param authUrl Keystone's version 3, without a slash at the end
   * @param auth what to log in with: the document of a login
   */
  public KeystoneSession(KeystoneHttp http, URI authUrl, ObjectNode auth, EndpointChoice choice) {
    this.http = http;
    this.authUrl = authUrl;
    this.auth = auth;
    this.choice = choice;
  }

  /**
   * Asks for something.
   *
   * @param path what follows version 3 in the URL
   */
  KeystoneHttp.Answer get(String path, Map<String, String> headers) throws KeystoneException {
    Login used = login(null);
    KeystoneHttp.Answer answer = get(used, path, headers);
    if (answer.status() == 401) {
      answer = get(login(used), path, headers);
      if (answer.status() == 401) {
        throw new KeystoneException("Keystone does not know the service's own token");
      }
    }
    return answer;
  }

  /**
   * The service's own token, which it shows to other services.
   *
   * @param refused a token that another service does not take any more; empty: none is known
   */
  public String token(Optional<String> refused) throws KeystoneException {
    Login used = login(null);
    return refused.filter(used.token()::equals).isPresent() ? login(used).token() : used.token();
  }

  private KeystoneHttp.Answer get(Login used, String path, Map<String, String> headers)
      throws KeystoneException {
    Map<String, String> all = new TreeMap<>(headers);
    all.put("X-Auth-Token", used.token());
    return http.ask("GET", URI.create(used.endpoint() + path), all, null);
  }

  /**
   * @param refused a login that no longer is one; null when none is known
   */
  private Login login(Login refused) throws KeystoneException {
    try {
      if (!lock.tryLock(30, TimeUnit.SECONDS)) {
        throw new KeystoneException("too many requests wait for the service's own login");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KeystoneException("interrupted", e);
    }
    try {
      Instant now = Instant.now();
      if (login != null && login != refused && now.isBefore(login.expiresAt().minus(EARLY))) {
        return login;
      }
      // Many failed logins lock an account.
      if (now.isBefore(failedAt.plus(PAUSE))) {
        throw new KeystoneException("the service could not log in a moment ago: " + failure);
      }
      failedAt = now;
      failure = "it waits for an answer";
      try {
        login = logIn();
      } catch (KeystoneException e) {
        failure = e.getMessage();
        throw e;
      }
      failedAt = Instant.EPOCH;
      return login;
    } finally {
      lock.unlock();
    }
  }

  private Login logIn() throws KeystoneException {
    KeystoneHttp.Answer answer =
        http.ask("POST", URI.create(authUrl + "/auth/tokens"), Map.of(), auth);
    if (answer.status() != 201 || answer.token().isEmpty()) {
      throw new KeystoneException(
          "the service's own login is answered with status " + answer.status());
    }
    JsonNode token = answer.json().path("token");
    return new Login(
        answer.token().get(),
        TokenDocument.expiry(token),
        endpoint(token),
        token.path("catalog").deepCopy(),
        token.path("project").path("id").asText());
  }

  /**
   * The identifier of the project that the service logs in to; empty where it is none.
   *
   * @throws KeystoneException if the service cannot log in
   */
  public String projectId() throws KeystoneException {
    return login(null).projectId();
  }

  /**
   * Where a service is, as the catalogue has it.
   *
   * @param type of the service, such as image
   * @param name of the service; empty: whatever it is called
   * @param visibility public, internal or admin
   * @param region empty: the first that has it
   * @throws KeystoneException if the service cannot log in
   */
  public Optional<URI> endpoint(
      String type, Optional<String> name, String visibility, Optional<String> region)
      throws KeystoneException {
    for (JsonNode service : login(null).catalog()) {
      String called = service.path("name").asText();
      if (service.path("type").asText().equals(type) && name.orElse(called).equals(called)) {
        for (JsonNode endpoint : service.path("endpoints")) {
          String place = endpoint.path("region_id").asText();
          if (region.orElse(place).equals(place)
              && visibility.equals(endpoint.path("interface").asText())) {
            return url(endpoint.path("url").asText());
          }
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<URI> url(String text) throws KeystoneException {
    try {
      URI uri = URI.create(text);
      if (Set.of("http", "https").contains(String.valueOf(uri.getScheme()))) {
        return Optional.of(uri);
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new KeystoneException("the catalogue names what is no URL of HTTP: " + text);
  }

  private URI endpoint(JsonNode token) throws KeystoneException {
    String wanted = choice.visibility().orElse("internal");
    for (JsonNode service : token.path("catalog")) {
      if (service.path("type").asText().equals("identity")) {
        for (JsonNode endpoint : service.path("endpoints")) {
          boolean here =
              choice.region().isEmpty()
                  || choice.region().get().equals(endpoint.path("region_id").asText());
          if (here && endpoint.path("interface").asText().equals(wanted)) {
            return versioned(endpoint.path("url").asText());
          }
        }
      }
    }
    if (choice.visibility().isPresent() || choice.region().isPresent()) {
      throw new KeystoneException(
          "the catalogue has no %s endpoint of the identity service%s"
              .formatted(wanted, choice.region().map(region -> " in region " + region).orElse("")));
    }
    return authUrl;
  }

  /**
   * The URL of version 3 for one that may name a version or not.
   *
   * @throws KeystoneException if it is no URL of HTTP
   */
  public static URI versioned(String url) throws KeystoneException {
    String bare = url.strip();
    while (bare.endsWith("/")) {
      bare = bare.substring(0, bare.length() - 1);
    }
    if (bare.endsWith("/v2.0")) {
      bare = bare.substring(0, bare.length() - 5);
    }
    try {
      URI uri = URI.create(bare.endsWith("/v3") ? bare : bare + "/v3");
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (http && uri.getHost() != null && uri.getRawQuery() == null) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new KeystoneException("this is no URL of Keystone: " + url);
  }
}
