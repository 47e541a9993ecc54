package dev.platter.server.barbican;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.client.HttpRequests;
import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.server.http.Json;
import dev.platter.service.Requester;
import dev.platter.service.signature.CertificateDirectory;
import dev.platter.service.signature.CertificateSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Certificates as secrets of Barbican, asked for with the token of whoever asks for the import: so
 * Barbican says who may use which. For any thread.
 */
public final class BarbicanCertificates implements CertificateSource {
  private static final Pattern UUID =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
  private static final int ATTEMPTS = 3;

  /** What services answer that may do better in a moment. */
  private static final Set<Integer> PASSING = Set.of(429, 500, 502, 503, 504);

  private final KeyManager settings;
  private final HttpRequests http;

  public BarbicanCertificates(KeyManager settings) {
    this.settings = settings;
    http = new HttpRequests(settings.tls(), settings.timeout());
  }

  @Override
  public Optional<X509Certificate> certificate(String uuid, Requester requester)
      throws IOException {
    if (!UUID.matcher(uuid).matches() || requester.token().isEmpty()) {
      return Optional.empty();
    }
    String token = requester.token().get();
    String secret = endpoint(token) + "/" + settings.version() + "/secrets/" + uuid;
    Optional<Answer> found = ask(secret, token, "application/json");
    if (found.isEmpty()) {
      return Optional.empty();
    }
    JsonNode description = json(found.get());
    String type = description.path("secret_type").asText();
    if (!type.equals("certificate")) {
      throw new IOException("the secret " + uuid + " is of the type " + type + ", no certificate");
    }
    String content = description.path("content_types").path("default").asText("text/plain");
    Optional<Answer> payload = ask(secret + "/payload", token, content);
    return payload.isEmpty()
        ? Optional.empty()
        : Optional.of(
            CertificateDirectory.parse(
                new ByteArrayInputStream(payload.get().body()), "the secret " + uuid));
  }

  /** Where Barbican is: as the settings say, or as Keystone tells the user. */
  private String endpoint(String token) throws IOException {
    if (settings.endpoint().isPresent()) {
      return settings.endpoint().get().toString();
    }
    String catalog = settings.keystone().orElseThrow() + "/auth/catalog";
    Answer answer =
        ask(catalog, token, "application/json")
            .orElseThrow(
                () -> new IOException("Keystone does not tell the caller where Barbican is"));
    for (JsonNode service : json(answer).path("catalog")) {
      for (JsonNode endpoint : service.path("endpoints")) {
        String region = endpoint.path("region_id").asText();
        if (service.path("type").asText().equals("key-manager")
            && endpoint.path("interface").asText().equals(settings.visibility())
            && settings.region().orElse(region).equals(region)) {
          return KeyManager.url(endpoint.path("url").asText())
              .orElseThrow(() -> new IOException("the catalogue's URL of Barbican is none"))
              .toString();
        }
      }
    }
    throw new IOException(
        "Keystone's catalogue has no %s endpoint of key-manager%s"
            .formatted(
                settings.visibility(),
                settings.region().map(region -> " in region " + region).orElse("")));
  }

  /** The answer; empty where there is nothing, or nothing for this user. */
  private Optional<Answer> ask(String url, String token, String type) throws IOException {
    Map<String, String> headers = Map.of("X-Auth-Token", token, "Accept", type);
    for (int attempt = 1; ; attempt++) {
      try {
        Answer answer = http.ask("GET", URI.create(url), headers);
        if (answer.status() == 200) {
          return Optional.of(answer);
        }
        if (Set.of(401, 403, 404, 406).contains(answer.status())) {
          return Optional.empty();
        }
        if (attempt >= ATTEMPTS || !PASSING.contains(answer.status())) {
          throw new IOException("the key manager answers with status " + answer.status());
        }
      } catch (IOException e) {
        if (attempt >= ATTEMPTS) {
          throw e;
        }
      }
      pause(attempt);
    }
  }

  private void pause(int attempt) throws IOException {
    Duration wait = http.patience().multipliedBy(attempt);
    try {
      Thread.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static JsonNode json(Answer answer) throws IOException {
    try {
      return Json.parse(answer.text());
    } catch (JsonProcessingException e) {
      throw new IOException("the key manager answers what is no JSON");
    }
  }
}
