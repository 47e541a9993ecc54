package dev.platter.server.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.net.HttpURLConnection;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

/**
 * Single requests over HTTP/1.1, bounded in time and in the size of answers. Follows no redirects,
 * repeats nothing. For any thread.
 */
public final class HttpRequests {
  /** Of what is read at once, a list of names or an image's manifest: bytes. */
  private static final int LARGEST = 16 << 20;

  /** An answer, or a piece written, may take this many times as long as silence may. */
  private static final int WHOLE = 10;

  private static final int PIECE = 64 << 10;

  /** Ends what takes too long. */
  private static final ScheduledThreadPoolExecutor CLOCK = clock();

  private final SSLContext tls;
  private final Duration timeout;

  private static ScheduledThreadPoolExecutor clock() {
    ScheduledThreadPoolExecutor clock =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("http-clock").daemon().factory());
    clock.setRemoveOnCancelPolicy(true);
    return clock;
  }

  /** An answer, all of it. */
  public record Answer(int status, Map<String, List<String>> headers, byte[] body) {
    /** The first value of a header. */
    public Optional<String> header(String name) {
      return headers.entrySet().stream()
          .filter(entry -> name.equalsIgnoreCase(entry.getKey()))
          .map(entry -> entry.getValue().getFirst())
          .findFirst();
    }

    /** The body in UTF-8. */
    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /**
   * @param tls whose certificates are believed
   * @param timeout how long a server may be silent
   */
  public HttpRequests(SSLContext tls, Duration timeout) {
    this.tls = tls;
    this.timeout = timeout;
  }

  /** A request that nothing is sent of yet. */
  public HttpURLConnection open(String method, URI uri, Map<String, String> headers)
      throws IOException {
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    if (connection instanceof HttpsURLConnection secure) {
      secure.setSSLSocketFactory(tls.getSocketFactory());
    }
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setConnectTimeout((int) timeout.toMillis());
    connection.setReadTimeout((int) timeout.toMillis());
    connection.setRequestMethod(method);
    connection.setRequestProperty("User-Agent", "Platter");
    connection.setRequestProperty("Accept", "*/*");
    headers.forEach(connection::setRequestProperty);
    return connection;
  }

  /** A request without a body. */
  public Answer ask(String method, URI uri, Map<String, String> headers) throws IOException {
    HttpURLConnection connection = open(method, uri, headers);
    try (Limit limit = limit(connection, WHOLE)) {
      return answer(connection, limit);
    }
  }

  /** A request with a small body. */
  public Answer send(String method, URI uri, Map<String, String> headers, byte[] body)
      throws IOException {
    HttpURLConnection connection = open(method, uri, headers);
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(body.length);
    try (Limit limit = limit(connection, WHOLE)) {
      connection.getOutputStream().write(body);
      return answer(connection, limit);
    }
  }

  /** Writes the body of a request. */
  @FunctionalInterface
  public interface BodyWriter {
    /**
     * @param piece takes some bytes, in order; each piece must go within the time that a server may
     *     be silent
     */
    void write(Piece piece) throws IOException;
  }

  /** Takes some bytes of a body. */
  @FunctionalInterface
  public interface Piece {
    void send(byte[] bytes, int length) throws IOException;
  }

  /**
   * A request with a body of a known size. The server is asked first whether it takes it.
   *
   * @param writer writes exactly {@code size} bytes; is not called where the server does not
   */
  public Answer stream(
      String method, URI uri, Map<String, String> headers, long size, BodyWriter writer)
      throws IOException {
    HttpURLConnection connection = open(method, uri, headers);
    connection.setRequestProperty("Expect", "100-Continue");
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(size);
    Optional<OutputStream> body = body(connection);
    if (body.isEmpty()) {
      return new Answer(connection.getResponseCode(), Map.of(), new byte[0]);
    }
    try {
      writer.write((bytes, length) -> write(connection, body.get(), bytes, 0, length));
    } catch (IOException | RuntimeException e) {
      connection.disconnect(); // else its end would be sent
      throw e;
    }
    return answer(connection);
  }

  /** Where a request's body goes; empty where the server does not take it, and says why. */
  public Optional<OutputStream> body(HttpURLConnection connection) throws IOException {
    try (Limit limit = limit(connection, 2)) {
      try {
        return Optional.of(connection.getOutputStream());
      } catch (ProtocolException e) {
        return Optional.empty();
      } catch (IOException e) {
        throw limit.reason(e);
      }
    }
  }

  /** Writes a piece of a body. */
  public void write(
      HttpURLConnection connection, OutputStream body, byte[] bytes, int offset, int length)
      throws IOException {
    try (Limit limit = limit(connection, 1)) {
      try {
        body.write(bytes, offset, length);
      } catch (IOException | RuntimeException e) {
        throw limit.reason(e);
      }
    }
  }

  /** The answer to what was sent. */
  public Answer answer(HttpURLConnection connection) throws IOException {
    try (Limit limit = limit(connection, WHOLE)) {
      return answer(connection, limit);
    }
  }

  private static Answer answer(HttpURLConnection connection, Limit limit) throws IOException {
    try {
      int status = connection.getResponseCode();
      if (status < 100) {
        throw new IOException("what answers does not speak HTTP");
      }
      byte[] body = new byte[0];
      try (InputStream input =
          status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
        if (input != null) {
          body = input.readNBytes(LARGEST + 1);
        }
      }
      if (body.length > LARGEST) {
        connection.disconnect();
        throw new IOException("the answer is too large");
      }
      return new Answer(status, connection.getHeaderFields(), body);
    } catch (IOException | RuntimeException e) {
      throw limit.reason(e);
    }
  }

  /**
   * Asks for some bytes.
   *
   * @param target is filled if the answer is 206; at other answers nothing is read
   * @return the answer without its body
   */
  public Answer read(URI uri, Map<String, String> headers, MemorySegment target)
      throws IOException {
    HttpURLConnection connection = open("GET", uri, headers);
    try (Limit limit = limit(connection, WHOLE)) {
      try {
        int status = connection.getResponseCode();
        if (status != 206) {
          connection.disconnect();
          return new Answer(status, connection.getHeaderFields(), new byte[0]);
        }
        Answer answer = new Answer(status, connection.getHeaderFields(), new byte[0]);
        try (InputStream input = connection.getInputStream()) {
          fill(input, target);
        } catch (IOException e) {
          connection.disconnect();
          throw e;
        }
        return answer;
      } catch (IOException | RuntimeException e) {
        throw limit.reason(e);
      }
    }
  }

  private static void fill(InputStream input, MemorySegment target) throws IOException {
    byte[] piece = new byte[PIECE];
    long done = 0;
    while (done < target.byteSize()) {
      int count = input.read(piece, 0, (int) Math.min(PIECE, target.byteSize() - done));
      if (count < 0) {
        throw new IOException(
            "the answer ends after %d of %d bytes".formatted(done, target.byteSize()));
      }
      MemorySegment.copy(MemorySegment.ofArray(piece), 0, target, done, count);
      done += count;
    }
    if (input.read() >= 0) {
      throw new IOException("more bytes come than the %d asked for".formatted(done));
    }
  }

  /** How long to wait before something is asked for again, at least. */
  public Duration patience() {
    return timeout.dividedBy(100);
  }

  /** Breaks a connection off when it is not closed in time. */
  public Limit limit(HttpURLConnection connection, int times) {
    return new Limit(connection, timeout.multipliedBy(times));
  }

  /** A time after which a connection is broken off. */
  public static final class Limit implements AutoCloseable {
    private final ScheduledFuture<?> end;
    private final Duration time;
    private volatile boolean over;

    private Limit(HttpURLConnection connection, Duration time) {
      this.time = time;
      end =
          CLOCK.schedule(
              () -> {
                over = true;
                // Breaking off may wait for what is stuck.
                Thread.ofVirtual().start(connection::disconnect);
              },
              time.toMillis(),
              TimeUnit.MILLISECONDS);
    }

    /** Why the connection failed; what is thrown by one that was broken off means nothing. */
    public IOException reason(Exception failure) {
      if (over || failure instanceof SocketTimeoutException) {
        return new SocketTimeoutException("no answer in time: " + time.toSeconds() + " seconds");
      }
      return failure instanceof IOException known
          ? known
          : new IOException(String.valueOf(failure.getMessage()), failure);
    }

    @Override
    public void close() {
      end.cancel(false);
    }
  }
}
