package dev.platter.server.cinder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.client.HttpRequests;
import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.server.http.Json;
import dev.platter.server.keystone.KeystoneHttp;
import dev.platter.server.keystone.KeystoneSession;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Requests to Cinder in the store's own project, with a token that is renewed when Cinder refuses
 * it. What can be asked twice is asked again where the network fails, or Cinder for a moment. For
 * any thread.
 */
final class CinderRequests {
  /** The first that has attachments with a mode, which all of this is built on. */
  private static final String VERSION = "volume 3.54";

  private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);
  private static final long LONGEST_PAUSE_MILLIS = 10_000;

  private final CinderSettings settings;
  private final KeystoneSession keystone;
  private final HttpRequests http;

  CinderRequests(CinderSettings settings) {
    this.settings = settings;
    CinderSettings.Network network = settings.network();
    keystone =
        new KeystoneSession(
            new KeystoneHttp(network.timeout(), network.attempts(), network.tls()),
            settings.authUrl(),
            settings.login().deepCopy(),
            new KeystoneSession.EndpointChoice(Optional.empty(), Optional.empty()));
    http = new HttpRequests(network.tls(), network.timeout());
  }

  /** Asks for something that may be asked for twice; whatever is answered at last. */
  Answer repeated(String method, String path, JsonNode body) throws StoreException {
    return ask(method, path, body, settings.network().attempts());
  }

  /** The same, without a body. */
  Answer repeated(String method, String path) throws StoreException {
    return repeated(method, path, null);
  }

  /**
   * Asks for something once.
   *
   * @throws StoreException if it is not known what became of it, too
   */
  Answer once(String method, String path, JsonNode body) throws StoreException {
    return ask(method, path, body, 1);
  }

  private Answer ask(String method, String path, JsonNode body, int attempts)
      throws StoreException {
    Optional<String> refused = Optional.empty();
    for (int attempt = 1; ; attempt++) {
      try {
        String token = keystone.token(refused);
        Map<String, String> headers = new HashMap<>();
        headers.put("X-Auth-Token", token);
        headers.put("OpenStack-API-Version", VERSION);
        headers.put("Accept", "application/json");
        URI uri = URI.create(url() + path);
        Answer answer;
        if (body == null) {
          answer = http.ask(method, uri, headers);
        } else {
          headers.put("Content-Type", "application/json");
          answer = http.send(method, uri, headers, Json.bytes(body));
        }
        if (answer.status() == 401 && refused.isEmpty()) {
          refused = Optional.of(token);
          attempt--;
          continue;
        }
        if (attempt >= attempts || !PASSING.contains(answer.status())) {
          return answer;
        }
      } catch (IOException e) {
        if (attempt >= attempts) {
          throw unavailable(e);
        }
      }
      pause(Math.min(http.patience().toMillis() * attempt, LONGEST_PAUSE_MILLIS));
    }
  }

  private String url() throws IOException {
    CinderSettings.Endpoint endpoint = settings.endpoint();
    String text;
    if (endpoint.template().isPresent()) {
      text = CinderSettings.project(endpoint.template().get(), keystone.projectId());
    } else {
      text =
          keystone
              .endpoint(endpoint.type(), endpoint.name(), endpoint.visibility(), endpoint.region())
              .orElseThrow(() ->
                  new IOException(
                      "Keystone's catalogue has no %s endpoint of %s%s"
                          .formatted(
                              endpoint.visibility(),
                              endpoint.type(),
                              endpoint.region().map(region -> " in region " + region).orElse(""))))
              .toString()
              .replaceFirst("/+$", "");
    }
    if (!CinderSettings.isUrl(text)) {
      throw new IOException("Cinder's endpoint is no URL of HTTP");
    }
    return text;
  }

  void pause(long millis) throws StoreException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(new IOException("interrupted", e));
    }
  }

  /** The JSON of an answer that must be a success. */
  JsonNode json(Answer answer) throws StoreException {
    if (answer.status() / 100 != 2) {
      throw refusal(answer);
    }
    try {
      return Json.parse(answer.text());
    } catch (JsonProcessingException e) {
      throw unavailable(new IOException("Cinder answers what is no JSON"));
    }
  }

  StoreException failure(String message) {
    return new StoreException(Kind.UNAVAILABLE, settings.config().id(), message);
  }

  StoreException full(String message) {
    return new StoreException(Kind.FULL, settings.config().id(), message);
  }

  StoreException unavailable(IOException e) {
    return e instanceof StoreException known
        ? known
        : new StoreException(
            Kind.UNAVAILABLE, settings.config().id(), String.valueOf(e.getMessage()), e);
  }

  /** What is said of an answer that is no success. */
  StoreException refusal(Answer answer) {
    int status = answer.status();
    String reason = reason(answer);
    return switch (status) {
      case 413, 507 -> full("Cinder has no room: " + reason);
      case 401, 403 -> failure("Cinder refuses the store's user: " + reason);
      case 406 -> failure("Cinder does not know version 3.54 of its interface: " + reason);
      default -> failure("Cinder refuses: " + reason);
    };
  }

  /** Cinder's own words, which come as {@code {"badRequest": {"message": ...}}}. */
  private static String reason(Answer answer) {
    String words = "";
    try {
      for (JsonNode error : Json.parse(answer.text())) {
        words = error.path("message").asText();
      }
    } catch (JsonProcessingException e) {
      // A proxy's page tells nothing.
    }
    String line = words.replaceAll("[\\p{Cntrl}\\s]+", " ");
    return "status "
        + answer.status()
        + (line.isEmpty() ? "" : ", " + line.substring(0, Math.min(300, line.length())));
  }
}
