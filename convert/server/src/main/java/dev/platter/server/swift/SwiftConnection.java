package dev.platter.server.swift;

import dev.platter.server.client.HttpRequests;
import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.server.swift.SwiftAccount.Pass;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Requests to one account, with a pass that is renewed when the cluster refuses it. What can be
 * asked twice is asked again where the network fails, or the server for a moment. For any thread.
 */
final class SwiftConnection {
  private static final int ATTEMPTS = 3;
  private static final int CHUNK = 64 << 10;

  /** What a server answers that may do better in a moment. */
  private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

  private final String store;
  private final SwiftAccount account;
  private final HttpRequests http;

  /**
   * @param store the store's identifier, for messages
   */
  SwiftConnection(String store, SwiftAccount account, HttpRequests http) {
    this.store = store;
    this.account = account;
    this.http = http;
  }

  /** One request with a pass. */
  private interface Exchange {
    Answer run(URI uri, Map<String, String> headers) throws IOException;
  }

  /**
   * Asks for something that has no body.
   *
   * @param path what follows the account in the URL, encoded, with its query
   * @return whatever is answered, the same status each time
   */
  Answer ask(String method, String path) throws StoreException {
    return repeated(path, Map.of(), ATTEMPTS, (uri, headers) -> http.ask(method, uri, headers));
  }

  /** Makes something that may be made twice. */
  Answer put(String path, Map<String, String> more, byte[] body) throws StoreException {
    return repeated(path, more, ATTEMPTS, (uri, headers) -> http.send("PUT", uri, headers, body));
  }

  /**
   * Sends an object from a file.
   *
   * @param upload what the object is marked with
   * @param tag the digest of the file's bytes, which Swift compares with what comes
   */
  Answer send(String path, String upload, Storage file, String tag) throws IOException {
    long size = file.size();
    Map<String, String> more =
        Map.of("Content-Type", "application/octet-stream", "ETag", tag, SwiftNames.UPLOAD, upload);
    return repeated(
        path,
        more,
        ATTEMPTS,
        (uri, headers) ->
            http.stream(
                "PUT",
                uri,
                headers,
                size,
                piece -> {
                  byte[] bytes = new byte[CHUNK];
                  for (long at = 0; at < size; at += CHUNK) {
                    int length = (int) Math.min(CHUNK, size - at);
                    file.readFully(at, MemorySegment.ofArray(bytes).asSlice(0, length));
                    piece.send(bytes, length);
                  }
                }));
  }

  /**
   * Reads a range of an object's bytes.
   *
   * @param target is filled if the status of the answer is 206
   */
  Answer read(String path, long offset, MemorySegment target, int attempts) throws StoreException {
    String range = "bytes=" + offset + "-" + (offset + target.byteSize() - 1);
    return repeated(
        path,
        Map.of("Range", range, "Accept-Encoding", "identity"),
        attempts,
        (uri, headers) -> http.read(uri, headers, target));
  }

  private Answer repeated(String path, Map<String, String> more, int attempts, Exchange exchange)
      throws StoreException {
    Optional<Pass> refused = Optional.empty();
    for (int attempt = 1; ; attempt++) {
      try {
        Pass pass = account.pass(refused);
        Answer answer = exchange.run(uri(pass, path), headers(pass, more));
        if (answer.status() == 401 && refused.isEmpty()) {
          refused = Optional.of(pass);
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
      pause(attempt);
    }
  }

  /**
   * Begins to send an object in pieces, of which nothing is seen before the last one. The server is
   * asked first whether it takes it.
   *
   * @param upload what the object is marked with
   */
  SwiftUpload begin(String path, String upload) throws StoreException {
    Optional<Pass> refused = Optional.empty();
    for (int attempt = 1; ; attempt++) {
      try {
        Pass pass = account.pass(refused);
        HttpURLConnection connection =
            http.open(
                "PUT",
                uri(pass, path),
                headers(
                    pass,
                    Map.of(
                        "Expect",
                        "100-Continue",
                        "If-None-Match",
                        "*",
                        "Content-Type",
                        "application/octet-stream",
                        SwiftNames.UPLOAD,
                        upload)));
        connection.setDoOutput(true);
        connection.setChunkedStreamingMode(CHUNK);
        Optional<OutputStream> body = http.body(connection);
        if (body.isPresent()) {
          return new StreamedUpload(this, http, connection, body.get());
        }
        int status = connection.getResponseCode(); // which is known already
        boolean renewable = status == 401 && refused.isEmpty();
        if (!renewable && (attempt >= ATTEMPTS || !PASSING.contains(status))) {
          throw refusal(status);
        }
        refused = renewable ? Optional.of(pass) : refused;
      } catch (StoreException e) {
        throw e;
      } catch (IOException e) {
        if (attempt >= ATTEMPTS) {
          throw unavailable(e);
        }
      }
      pause(attempt);
    }
  }

  /** Waits before the next of several attempts, the longer the more there were. */
  void pause(int attempt) throws StoreException {
    try {
      Thread.sleep(http.patience().multipliedBy(attempt));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Kind.UNAVAILABLE, store, "interrupted", e);
    }
  }

  private static Map<String, String> headers(Pass pass, Map<String, String> more) {
    Map<String, String> headers = new HashMap<>(more);
    headers.put("X-Auth-Token", pass.token());
    return headers;
  }

  private static URI uri(Pass pass, String path) {
    return URI.create(pass.url() + path);
  }

  /** The path of an object, or of a container where the object's name is empty. */
  static String path(String container, String object) {
    return "/" + encoded(container) + (object.isEmpty() ? "" : "/" + encoded(object));
  }

  /** A text as it may stand in a URL. */
  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("%2F", "/");
  }

  /** What is said of a cluster that cannot be asked. */
  StoreException unavailable(IOException e) {
    return e instanceof StoreException known
        ? known
        : new StoreException(Kind.UNAVAILABLE, store, String.valueOf(e.getMessage()), e);
  }

  /** What is said of an answer that is no success. */
  StoreException refusal(int status) {
    return switch (status) {
      case 413, 507 ->
          new StoreException(
              Kind.FULL, store, "Swift takes no more, or nothing as large (status " + status + ")");
      case 412 -> new StoreException(Kind.DUPLICATE, store, "the object is there already");
      case 401, 403 ->
          new StoreException(
              Kind.UNAVAILABLE, store, "Swift refuses the store's user (status " + status + ")");
      case 404 ->
          new StoreException(Kind.UNAVAILABLE, store, "there is no such container (status 404)");
      default -> new StoreException(Kind.UNAVAILABLE, store, "Swift answers with status " + status);
    };
  }
}
