package dev.platter.server.keystone;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.http.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/**
 * Requests to Keystone, bounded: in time, in the size of the answer, and in how many there are at
 * once. Follows no redirects. For any thread.
 */
public final class KeystoneHttp implements AutoCloseable {
  private static final int AT_ONCE = 64;
  private static final int LARGEST = 1 << 20;
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration LEAST_WAIT = Duration.ofMillis(200);

  private final HttpClient client;
  private final Duration timeout;
  private final int attempts;
  private final Semaphore running = new Semaphore(AT_ONCE);

  /**
   * An answer.
   *
   * @param token the value of {@code X-Subject-Token}
   */
  record Answer(int status, Optional<String> token, byte[] body) {
    /** The body as JSON. */
    JsonNode json() throws KeystoneException {
      try {
        return Json.parse(new String(body, StandardCharsets.UTF_8));
      } catch (JsonProcessingException e) {
        throw new KeystoneException("Keystone's answer is no JSON");
      }
    }
  }

  /**
   * @param timeout how long one answer may take, with all its content
   * @param attempts how often a connection is tried
   * @param tls whom to believe
   */
  public KeystoneHttp(Duration timeout, int attempts, SSLContext tls) {
    this.timeout = timeout;
    this.attempts = attempts;
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT.compareTo(timeout) < 0 ? CONNECT : timeout)
            .sslContext(tls)
            .build();
  }

  /**
   * @param body JSON, or null
   * @throws KeystoneException whatever keeps it from answering
   */
  Answer ask(String method, URI uri, Map<String, String> headers, JsonNode body)
      throws KeystoneException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(timeout);
    request.header("Accept", "application/json").header("User-Agent", "Platter");
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    headers.forEach(request::header);
    request.method(
        method,
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body)));
    try {
      if (!running.tryAcquire(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new KeystoneException("too many requests to Keystone wait for an answer");
      }
      try {
        return send(request.build());
      } finally {
        running.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KeystoneException("interrupted", e);
    }
  }

  private Answer send(HttpRequest request) throws KeystoneException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return sendOnce(request);
      } catch (IOException e) {
        // All that is ever asked can be asked twice; who is too slow is not asked again.
        if (attempt >= attempts || e instanceof HttpTimeoutException) {
          throw new KeystoneException(
              "asking " + request.uri().getAuthority() + " failed: " + reason(e), e);
        }
        Thread.sleep(LEAST_WAIT.multipliedBy(attempt));
      }
    }
  }

  private static String reason(IOException e) {
    return e instanceof ConnectException ? "there is no connection" : e.getMessage();
  }

  private Answer sendOnce(HttpRequest request) throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> future =
        client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST));
    try {
      // The request's own timeout ends with the headers.
      HttpResponse<byte[]> response = future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return new Answer(
          response.statusCode(), response.headers().firstValue("X-Subject-Token"), response.body());
    } catch (TimeoutException e) {
      throw new HttpTimeoutException("no answer in " + timeout.toSeconds() + " seconds");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failure
          ? failure
          : new IOException(e.getCause().getMessage());
    } finally {
      future.cancel(true);
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
