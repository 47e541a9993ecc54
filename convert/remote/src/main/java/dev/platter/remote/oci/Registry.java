package dev.platter.remote.oci;

import dev.platter.image.ImageException;
import dev.platter.image.name.JsonParser;
import dev.platter.remote.http.Answer;
import dev.platter.remote.http.Attempts;
import dev.platter.remote.http.HttpException;
import dev.platter.remote.http.Patience;
import dev.platter.remote.http.Redirects;
import dev.platter.remote.http.WebConnection;
import dev.platter.remote.http.WebRequest;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
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
  /** That with registries, usually. */
  static final Patience PATIENCE = Patience.of(Duration.ofSeconds(30));

  private static final int MOST_ERROR = 1 << 16;
  private static final int MOST_SHOWN = 200;

  private final OciName name;
  private final Authority authority;
  private final WebConnection connection;

  /**
   * @param environment variables by their names
   * @param actions what is wanted, as scopes of tokens have it: {@code pull} or {@code pull,push}
   */
  Registry(OciName name, Map<String, String> environment, String actions, Patience patience)
      throws IOException {
    this.name = name;
    this.connection = new WebConnection(environment, patience);
    Credentials credentials = Credentials.of(environment, name.host(), name.repository());
    this.authority = new Authority(name, credentials, actions, this);
  }

  Patience patience() {
    return connection.patience();
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
  Answer send(WebRequest call) throws IOException {
    Optional<String> used = isRegistry(call.uri()) ? authority.current() : Optional.empty();
    Answer answer = sendPlain(call, used);
    if (answer.status() != 401 || !isRegistry(call.uri())) {
      return answer;
    }
    answer.close();
    Optional<String> better = authority.renewed(answer.headers("WWW-Authenticate"), used);
    return sendPlain(call, better);
  }

  /** Sends it with just these credentials. */
  Answer sendPlain(WebRequest call, Optional<String> authorization) throws IOException {
    WebRequest request = call.with("Accept-Encoding", "identity").with("User-Agent", "Platter");
    return connection.send(
        authorization.isPresent() ? request.with("Authorization", authorization.get()) : request);
  }

  /** Sends a request without a body, and follows where it is led. */
  Answer follow(String method, URI from, Map<String, String> headers) throws IOException {
    URI uri = from;
    for (int redirects = 0; ; redirects++) {
      Answer answer = send(WebRequest.of(method, uri, headers));
      if (!Redirects.isOne(answer.status())) {
        return answer;
      }
      answer.close();
      if (redirects == Redirects.MOST) {
        throw new HttpException("more than " + Redirects.MOST + " redirects");
      }
      uri = Redirects.target(uri, answer.header("Location"));
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
    Answer answer = follow("HEAD", uri("/blobs/" + digest), Map.of());
    answer.close();
    if (answer.status() == 404) {
      return false;
    }
    if (answer.status() != 200) {
      throw Attempts.failed(answer.status());
    }
    long told = answer.length().orElse(size);
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
  byte[] bytes(Answer answer, int most, String what) throws IOException {
    byte[] bytes = new byte[most + 1];
    try (answer) {
      int count = answer.readAll(ByteBuffer.wrap(bytes));
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
  IOException refused(String what, Answer answer) {
    int status = answer.status();
    String message = what + ": the registry answers " + status + reason(answer);
    if (status == 401 || status == 403) {
      message += authority.hint();
    }
    return Attempts.isPassing(status) ? new IOException(message) : new HttpException(message);
  }

  /** Distribution Specification, "Error codes". */
  private String reason(Answer answer) {
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
