package dev.platter.testdata;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stub of Azure's blob service on loopback, for page blobs and what is asked of them here: it
 * refuses whatever the service's reference does not allow (Put Blob, Put Page, Set Blob Metadata,
 * Get Blob Properties, Delete Blob), and does not check how a signature was made, only that it is
 * the one given out. Blobs are {@code /account/container/NAME}, as emulators have them.
 */
public final class StubBlobs implements Closeable {
  /** The query that opens blobs here. */
  public static final String SIGNATURE = "sv=2020-10-02&sr=b&sp=racwd&sig=s3cret%2Bword%3D";

  private static final int PAGE = 512;
  private static final int MOST_AT_ONCE = 4 << 20;
  private static final String META = "x-ms-meta-";
  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{1,15})-([0-9]{1,15})");

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Blob> blobs = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicLong bytesPut = new AtomicLong();
  private final AtomicInteger underWay = new AtomicInteger();

  private volatile long refused = -1;

  /** A blob as the stub has it. */
  public static final class Blob {
    private final byte[] content;
    private volatile Map<String, String> metadata;
    private volatile long lastPut = -1;
    private volatile int besideLast;

    Blob(int size, Map<String, String> metadata) {
      this.content = new byte[size];
      this.metadata = metadata;
    }

    /** All of its bytes; the array is the stub's. */
    public byte[] content() {
      return content;
    }

    /** What is said of it, names in lower case and without their prefix. */
    public Map<String, String> metadata() {
      return metadata;
    }

    /** Where the pages begin that came last. */
    public long lastPut() {
      return lastPut;
    }

    /** How many other requests were under way when they came. */
    public int besideLast() {
      return besideLast;
    }
  }

  /** An answer other than the one asked for. */
  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;

    Refusal(int status, String code) {
      super(code, null, false, false);
      this.status = status;
    }
  }

  public StubBlobs() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
  }

  /** The port on loopback. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** The URL of a blob, without what opens it. */
  public String url(String name) {
    return url(port(), name);
  }

  /** The same by way of another port. */
  public static String url(int port, String name) {
    return "http://127.0.0.1:" + port + "/account/container/" + name;
  }

  /** A blob; null: there is none. */
  public Blob blob(String name) {
    return blobs.get("/account/container/" + name);
  }

  /** Has a blob there, all zeros. */
  public void make(String name, int size) {
    blobs.put("/account/container/" + name, new Blob(size, Map.of()));
  }

  /** Forgets everything. */
  public void clear() {
    blobs.clear();
    requests.clear();
    bytesPut.set(0);
    refused = -1;
  }

  /** Lets nobody put the page at an offset; -1: all may be put, as from the beginning. */
  public void refusePageAt(long offset) {
    refused = offset;
  }

  /** What was asked for: methods and operations. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** How many bytes of pages came. */
  public long bytesPut() {
    return bytesPut.get();
  }

  private void serve(HttpExchange exchange) throws IOException {
    int others = underWay.getAndIncrement();
    try (exchange) {
      int status;
      try {
        status = answer(exchange, exchange.getRequestBody().readAllBytes(), others);
      } catch (Refusal e) {
        exchange.getResponseHeaders().set("x-ms-error-code", e.getMessage());
        status = e.status;
      } finally {
        underWay.getAndDecrement(); // who is answered may ask for the next at once
      }
      exchange.sendResponseHeaders(status, -1);
    }
  }

  private int answer(HttpExchange exchange, byte[] body, int others) throws Refusal {
    String query = exchange.getRequestURI().getRawQuery();
    String operation = "";
    if (query != null && query.startsWith("comp=")) {
      int end = query.indexOf('&');
      operation = query.substring(0, Math.max(0, end));
      query = query.substring(end + 1);
    }
    String request = exchange.getRequestMethod() + " " + operation;
    requests.add(request);
    Headers headers = exchange.getRequestHeaders();
    require(SIGNATURE.equals(query), 403, "AuthenticationFailed");
    require(headers.getFirst("x-ms-version") != null, 400, "MissingRequiredHeader");
    require(headers.getFirst("Authorization") == null, 400, "InvalidAuthenticationInfo");
    String name = exchange.getRequestURI().getPath();
    require(name.matches("/account/[^/]+/.+"), 400, "InvalidUri");
    require(name.startsWith("/account/container/"), 404, "ContainerNotFound");
    return switch (request) {
      case "PUT " -> putBlob(name, headers, body);
      case "PUT comp=page" -> putPage(found(name), exchange, body, others);
      case "PUT comp=metadata" -> {
        found(name).metadata = metadata(headers);
        yield 200;
      }
      case "HEAD " -> {
        Blob blob = found(name);
        exchange.getResponseHeaders().set("x-ms-blob-type", "PageBlob");
        exchange.getResponseHeaders().set("Content-Length", "" + blob.content.length);
        blob.metadata.forEach((key, value) -> exchange.getResponseHeaders().set(META + key, value));
        yield 200;
      }
      case "DELETE " -> {
        found(name);
        blobs.remove(name);
        yield 202;
      }
      default -> throw new Refusal(400, "UnsupportedOperation");
    };
  }

  private static void require(boolean isSo, int status, String code) throws Refusal {
    if (!isSo) {
      throw new Refusal(status, code);
    }
  }

  private Blob found(String name) throws Refusal {
    Blob blob = blobs.get(name);
    require(blob != null, 404, "BlobNotFound");
    return blob;
  }

  private int putBlob(String name, Headers headers, byte[] body) throws Refusal {
    require("PageBlob".equals(headers.getFirst("x-ms-blob-type")), 400, "InvalidHeaderValue");
    require(body.length == 0, 400, "InvalidBlobType");
    String length = headers.getFirst("x-ms-blob-content-length");
    require(length != null && length.matches("[0-9]{1,9}"), 400, "MissingRequiredHeader");
    require(Integer.parseInt(length) % PAGE == 0, 400, "InvalidHeaderValue");
    String condition = headers.getFirst("If-None-Match");
    require(condition == null || condition.equals("*"), 400, "InvalidHeaderValue");
    Blob blob = new Blob(Integer.parseInt(length), metadata(headers));
    if (condition == null) {
      blobs.put(name, blob);
    } else {
      require(blobs.putIfAbsent(name, blob) == null, 409, "BlobAlreadyExists");
    }
    return 201;
  }

  private static Map<String, String> metadata(Headers headers) {
    Map<String, String> metadata = new TreeMap<>();
    headers.forEach((key, values) -> {
      String lower = key.toLowerCase(java.util.Locale.ROOT);
      if (lower.startsWith(META)) {
        metadata.put(lower.substring(META.length()), values.getFirst());
      }
    });
    return metadata;
  }

  private int putPage(Blob blob, HttpExchange exchange, byte[] body, int others) throws Refusal {
    Headers headers = exchange.getRequestHeaders();
    String write = String.valueOf(headers.getFirst("x-ms-page-write"));
    require(write.equals("update") || write.equals("clear"), 400, "InvalidHeaderValue");
    Matcher range = RANGE.matcher(String.valueOf(headers.getFirst("x-ms-range")));
    require(range.matches(), 400, "MissingRequiredHeader");
    long from = Long.parseLong(range.group(1));
    long end = Long.parseLong(range.group(2)) + 1;
    require(from % PAGE == 0 && end % PAGE == 0 && from < end, 416, "InvalidPageRange");
    require(end <= blob.content.length, 416, "InvalidPageRange");
    if (write.equals("clear")) {
      require(body.length == 0, 400, "InvalidHeaderValue");
      Arrays.fill(blob.content, (int) from, (int) end, (byte) 0);
      return 201;
    }
    require(end - from <= MOST_AT_ONCE, 413, "RequestBodyTooLarge");
    require(end - from == body.length, 400, "InvalidHeaderValue");
    require(refused < from || refused >= end, 403, "AuthorizationFailure");
    String md5 = md5(body);
    String told = headers.getFirst("Content-MD5");
    require(told == null || told.equals(md5), 400, "Md5Mismatch");
    System.arraycopy(body, 0, blob.content, (int) from, body.length);
    bytesPut.addAndGet(body.length);
    blob.lastPut = from;
    blob.besideLast = others;
    exchange.getResponseHeaders().set("Content-MD5", md5);
    return 201;
  }

  private static String md5(byte[] bytes) {
    try {
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
