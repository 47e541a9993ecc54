package dev.platter.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands between clients and a server of HTTP, and fails at a request as it is told. */
final class FaultyGateway implements AutoCloseable {
  private static final Set<String> HOP =
      Set.of("connection", "content-length", "date", "expect", "host", "transfer-encoding");

  private final ServerSocket front;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final int port;
  private final AtomicInteger requests = new AtomicInteger();
  private volatile Plan plan = new Plan(0, Fault.LOST, false);

  /** What goes wrong. */
  enum Fault {
    /** It is answered with 401, and not passed on. */
    UNAUTHORIZED,
    /** It is answered with 413, and not passed on. */
    TOO_LARGE,
    /** It is answered with 503, and not passed on. */
    BUSY,
    /** It is answered with 507, and not passed on. */
    FULL,
    /** The connection ends before anything is passed on. */
    LOST,
    /** The connection ends in the middle of the request. */
    TORN,
    /** It is passed on, and the connection ends before the answer. */
    UNANSWERED,
    /** It is passed on, and the connection ends in the middle of the answer. */
    CUT,
    /** It is passed on with another byte in its body, if it has one. */
    CHANGED
  }

  private record Plan(int at, Fault fault, boolean forever) {
    boolean hits(int request) {
      return at > 0 && (request == at || forever && request > at);
    }
  }

  /**
   * @param port where the server listens on loopback
   */
  FaultyGateway(int port) throws IOException {
    this.port = port;
    front = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  String url() {
    return "http://127.0.0.1:" + front.getLocalPort();
  }

  /** Counts from here on; the first request is 1. At 0 nothing fails. */
  void failAt(int request, Fault fault, boolean forever) {
    plan = new Plan(request, fault, forever);
    requests.set(0);
  }

  /** How many requests came. */
  int requests() {
    return requests.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = front.accept();
        threads.execute(() -> serve(socket));
      }
    } catch (IOException e) {
      // It is closed.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true); // else what follows the head waits for what is read to be told
      InputStream input = new BufferedInputStream(socket.getInputStream());
      Request request = Request.read(input);
      while (request != null && pass(request, input, socket.getOutputStream())) {
        request = Request.read(input);
      }
    } catch (IOException e) {
      // The connection ends.
    }
  }

  /** The head of a request; names of headers are in lower case. */
  private record Request(String method, String path, Map<String, String> headers) {
    static Request read(InputStream input) throws IOException {
      String line = line(input);
      if (line.isEmpty()) {
        return null;
      }
      String[] words = line.split(" ");
      Map<String, String> headers = new TreeMap<>();
      for (String header = line(input); !header.isEmpty(); header = line(input)) {
        int colon = header.indexOf(':');
        headers.put(
            header.substring(0, colon).toLowerCase(Locale.ROOT),
            header.substring(colon + 1).strip());
      }
      return new Request(words[0], words[1], headers);
    }

    boolean asksFirst() {
      return headers.containsKey("expect");
    }

    byte[] body(InputStream input) throws IOException {
      if (!headers.containsKey("transfer-encoding")) {
        return exactly(input, Integer.parseInt(headers.getOrDefault("content-length", "0")));
      }
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      while (true) {
        int size = Integer.parseInt(line(input), 16);
        body.write(exactly(input, size));
        line(input);
        if (size == 0) {
          return body.toByteArray();
        }
      }
    }

    private static byte[] exactly(InputStream input, int size) throws IOException {
      byte[] bytes = input.readNBytes(size);
      if (bytes.length < size) {
        throw new EOFException();
      }
      return bytes;
    }

    private static String line(InputStream input) throws IOException {
      StringBuilder line = new StringBuilder();
      for (int next = input.read(); next != '\n'; next = input.read()) {
        if (next < 0) {
          return "";
        }
        line.append((char) next);
      }
      return line.toString().strip();
    }
  }

  /** Handles a request; returns whether another may follow. */
  private boolean pass(Request request, InputStream input, OutputStream output) throws IOException {
    Plan now = plan;
    Fault fault = now.hits(requests.incrementAndGet()) ? now.fault() : null;
    int refusal =
        switch (fault) {
          case UNAUTHORIZED -> 401;
          case TOO_LARGE -> 413;
          case BUSY -> 503;
          case FULL -> 507;
          case null, default -> 0;
        };
    if (refusal > 0) {
      if (!request.asksFirst()) {
        request.body(input);
      }
      output.write(
          "HTTP/1.1 %d no\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
              .formatted(refusal)
              .getBytes(StandardCharsets.US_ASCII));
      return false;
    }
    if (fault == Fault.LOST) {
      return false;
    }
    if (request.asksFirst()) {
      output.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    if (fault == Fault.TORN) {
      input.readNBytes(request.method().equals("PUT") ? 100 : 0);
      return false;
    }
    byte[] body = request.body(input);
    if (fault == Fault.CHANGED && body.length > 0) {
      body[body.length / 2]++;
    }
    Answer answer = forward(request, body);
    if (fault == Fault.UNANSWERED) {
      return false;
    }
    boolean cut = fault == Fault.CUT;
    answer(request, answer, output, cut);
    return !cut;
  }

  /** What the server answers; names of headers as they came. */
  private record Answer(int status, Map<String, String> headers, byte[] body) {}

  private Answer forward(Request asked, byte[] body) throws IOException {
    HttpURLConnection request =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + port + asked.path()).toURL().openConnection();
    request.setRequestMethod(asked.method());
    asked
        .headers()
        .forEach((name, value) -> {
          if (!HOP.contains(name)) {
            request.setRequestProperty(name, value);
          }
        });
    if (asked.method().equals("PUT")) {
      request.setDoOutput(true);
      request.setFixedLengthStreamingMode(body.length);
      request.getOutputStream().write(body);
    }
    int status = request.getResponseCode();
    Map<String, String> headers = new TreeMap<>();
    request
        .getHeaderFields()
        .forEach((name, values) -> {
          if (name != null) {
            headers.put(name, values.getFirst());
          }
        });
    try (InputStream input = status < 400 ? request.getInputStream() : request.getErrorStream()) {
      return new Answer(status, headers, input == null ? new byte[0] : input.readAllBytes());
    }
  }

  private void answer(Request request, Answer answer, OutputStream output, boolean cut)
      throws IOException {
    byte[] body = answer.body();
    StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status() + " so\r\n");
    String size = Integer.toString(body.length);
    for (Map.Entry<String, String> header : answer.headers().entrySet()) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (name.equals("content-length") && request.method().equals("HEAD")) {
        size = header.getValue();
      }
      if (!HOP.contains(name)) {
        // The account's URL leads here, too.
        String value = header.getValue().replace("http://127.0.0.1:" + port, url());
        head.append(name + ": " + value + "\r\n");
      }
    }
    if (answer.status() != 204) {
      head.append("Content-Length: " + size + "\r\n");
    }
    output.write((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    output.write(body, 0, cut ? body.length / 2 : body.length);
    output.flush();
  }

  @Override
  public void close() throws IOException {
    front.close();
    threads.shutdownNow();
  }
}
