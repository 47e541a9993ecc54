package dev.platter.remote.http;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * One request, which may be sent any number of times.
 *
 * @param content what goes with it
 */
public record WebRequest(
    String method, URI uri, Map<String, String> headers, Optional<Content> content) {
  /** With which a body is expected, be it an empty one. */
  private static final Set<String> WITH_CONTENT = Set.of("POST", "PUT", "PATCH");

  /** What makes no difference if it is done twice (RFC 9110, section 9.2.2). */
  private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "PUT", "DELETE");

  /**
   * The body of a request.
   *
   * @param bytes gives them from the first on, each time it is asked
   */
  public record Content(long length, Supplier<InputStream> bytes) {
    /** Some bytes of an array, which stays as it is meanwhile. */
    public static Content of(byte[] bytes, int from, int length) {
      return new Content(length, () -> new ByteArrayInputStream(bytes, from, length));
    }
  }

  /** Without a body. */
  public static WebRequest of(String method, URI uri, Map<String, String> headers) {
    return new WebRequest(method, uri, headers, Optional.empty());
  }

  /** With a body. */
  public static WebRequest of(
      String method, URI uri, Map<String, String> headers, Content content) {
    return new WebRequest(method, uri, headers, Optional.of(content));
  }

  /** The same with one more header. */
  public WebRequest with(String header, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(header, value);
    return new WebRequest(method, uri, more, content);
  }

  boolean isIdempotent() {
    return IDEMPOTENT.contains(method);
  }

  /** Whether an answer to it has a body. */
  boolean wantsBody() {
    return !method.equals("HEAD");
  }

  /**
   * How it begins (RFC 9112, sections 2 and 3).
   *
   * @param isForProxy whether it goes to a proxy that passes it on
   */
  String head(boolean isForProxy) throws HttpException {
    URI ascii = URI.create(uri.toASCIIString());
    String server = ascii.getHost() + (ascii.getPort() < 0 ? "" : ":" + ascii.getPort());
    StringBuilder head = new StringBuilder(method).append(' ');
    head.append(isForProxy ? "http://" + server : "");
    head.append(ascii.getRawPath().isEmpty() ? "/" : ascii.getRawPath());
    head.append(ascii.getRawQuery() == null ? "" : "?" + ascii.getRawQuery());
    head.append(" HTTP/1.1\r\nHost: ").append(server).append("\r\n");
    for (Map.Entry<String, String> header : headers.entrySet()) {
      if (header.getValue().chars().anyMatch(c -> c < ' ' || c > '~')) {
        throw new HttpException(header.getKey() + ": a character that a header cannot have");
      }
      head.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n");
    }
    if (WITH_CONTENT.contains(method)) {
      head.append("Content-Length: ").append(content.map(Content::length).orElse(0L));
      head.append("\r\n");
    }
    return head.append("\r\n").toString();
  }
}
