package dev.platter.remote.oci;

import dev.platter.image.ImageException;
import dev.platter.image.name.JsonParser;
import dev.platter.remote.http.Attempts;
import dev.platter.remote.http.Body;
import dev.platter.remote.http.HttpException;
import dev.platter.remote.http.WebConnection;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A repository of a registry, spoken to with whatever credentials it asks for; they go to that
 * registry alone, and to the server of tokens that it names. For any number of threads.
 */
final class Registry implements Closeable {
  /** How long a server may be silent. */
  static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** A request with a body may take so many times as long. */
  private static final int BODY_TIMES = 10;

  private static final int MOST_REDIRECTS = 10;
  private static final int MOST_ERROR = 1 << 16;
  private static final int MOST_SHOWN = 200;

  private final OciName name;
  private final Authority authority;
  private final WebConnection connection;
  private final Duration timeout;

  /**
   * @param environment variables by their names
   * @param actions what is wanted, as scopes of tokens have it: {@code pull} or {@code pull,push}
   */
  Registry(OciName name, Map<String, String> environment, String actions, Duration timeout)
      throws IOException {
    this.name = name;
    this.timeout = timeout;
    this.connection = new WebConnection(environment, timeout);
    Credentials credentials = Credentials.of(environment, name.host(), name.repository());
    this.authority = new Authority(name, credentials, actions, this);
  }

  Duration timeout() {
    return timeout;
  }

  /**
   * One request.
   *
   * @param body null: none; sent anew where the request is
   */
  record Call(String method, URI uri, Map<String, String> headers, BodyPublisher body) {
    static Call of(String method, URI uri) {
      return new Call(method, uri, Map.of(), null);
    }
  }

  /** A URL of the repository. */
  URI uri(String path) throws HttpException {
    return name.uri("/v2/" + name.repository() + path);
  }

  /**
   * Sends a request, once more where the registry asks for credentials.
   *
   * @return the answer, whatever its status; the caller closes its body
   */
  HttpResponse<InputStream> send(Call call) throws IOException {
    Optional<String> used = isRegistry(call.uri()) ? authority.current() : Optional.empty();
    HttpResponse<InputStream> answer = sendPlain(call, used);
    if (answer.statusCode() != 401 || !isRegistry(call.uri())) {
      return answer;
    }
    answer.body().close();
    Optional<String> better =
        authority.renewed(answer.headers().allValues("WWW-Authenticate"), used);
    return sendPlain(call, better);
  }

  /** Sends it with just these credentials. */
  HttpResponse<InputStream> sendPlain(Call call, Optional<String> authorization)
      throws IOException {
    BodyPublisher body = call.body() == null ? BodyPublishers.noBody() : call.body();
    // A body takes time to be sent, and the clock runs from its beginning.
    HttpRequest.Builder request =
        HttpRequest.newBuilder(call.uri())
            .method(call.method(), body)
            .timeout(body.contentLength() == 0 ? timeout : timeout.multipliedBy(BODY_TIMES))
            .header("Accept-Encoding", "identity")
            .header("User-Agent", "Platter");
    call.headers().forEach(request::header);
    authorization.ifPresent(text -> request.header("Authorization", text));
    return connection.send(request.build());
  }

  /** Sends a request without a body, and follows where it is led. */
  HttpResponse<InputStream> follow(String method, URI from, Map<String, String> headers)
      throws IOException {
    URI uri = from;
    for (int redirects = 0; ; redirects++) {
      HttpResponse<InputStream> answer = send(new Call(method, uri, headers, null));
      if (!WebConnection.isRedirect(answer)) {
        return answer;
      }
      answer.body().close();
      if (redirects == MOST_REDIRECTS) {
        throw new HttpException("more than " + MOST_REDIRECTS + " redirects");
      }
      uri = WebConnection.redirected(uri, answer.headers().firstValue("Location"));
    }
  }

  private boolean isRegistry(URI uri) throws HttpException {
    URI ours = name.uri("/");
    return ours.getScheme().equalsIgnoreCase(uri.getScheme())
        && ours.getAuthority().equalsIgnoreCase(uri.getAuthority());
  }

  /**
   * Whether there is such a blob; asks once.
   *
   * @throws HttpException if it has another size
   */
  boolean has(Digest digest, long size) throws IOException {
    HttpResponse<InputStream> answer = follow("HEAD", uri("/blobs/" + digest), Map.of());
    answer.body().close();
    if (answer.statusCode() == 404) {
      return false;
    }
    if (answer.statusCode() != 200) {
      throw Attempts.failed(answer.statusCode());
    }
    long told = answer.headers().firstValueAsLong("Content-Length").orElse(size);
    if (told != size) {
      throw new HttpException(
          "the registry has %d bytes of %s, expected %d".formatted(told, digest, size));
    }
    return true;
  }

  /**
   * All of a body that is to be small.
   *
   * @param what it is, for messages
   */
  byte[] bytes(HttpResponse<InputStream> answer, int most, String what) throws IOException {
    byte[] bytes = new byte[most + 1];
    try (Body body = new Body(answer.body(), timeout)) {
      int count = body.read(bytes, 0);
      if (count > most) {
        throw new HttpException(what + " has more than " + most + " bytes");
      }
      return Arrays.copyOf(bytes, count);
    }
  }

  /**
   * What an answer says that is none of those hoped for; its body is read and closed.
   *
   * @param what was tried
   * @return one to be tried again, or an {@link HttpException}
   */
  IOException refused(String what, HttpResponse<InputStream> answer) {
    int status = answer.statusCode();
    String message = what + ": the registry answers " + status + reason(answer);
    if (status == 401 || status == 403) {
      message += authority.hint();
    }
    return Attempts.isPassing(status) ? new IOException(message) : new HttpException(message);
  }

  /** Distribution Specification, "Error codes". */
  private String reason(HttpResponse<InputStream> answer) {
    try {
      String text = new String(bytes(answer, MOST_ERROR, "the error"), StandardCharsets.UTF_8);
      if (JsonParser.parseObject(text).get("errors") instanceof List<?> errors
          && !errors.isEmpty()
          && errors.getFirst() instanceof Map<?, ?> error) {
        Object said = error.get("message") instanceof String m ? m : error.get("code");
        return said == null ? "" : " (" + shown(said.toString()) + ")";
      }
      return "";
    } catch (IOException e) {
      return ""; // the status says enough
    }
  }

  /** A text of a stranger's that is fit for a message. */
  static String shown(String text) {
    String part = text.length() > MOST_SHOWN ? text.substring(0, MOST_SHOWN) + "..." : text;
    return ImageException.printable(part);
  }

  @Override
  public void close() {
    connection.close();
  }
}
