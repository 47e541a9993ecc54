package dev.platter.remote.oci;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A registry in memory that does what the Distribution Specification says, asks for credentials
 * where it is told to, and lies where it is told to.
 */
final class StubRegistry implements Closeable {
  /** How it lets others in. */
  enum Door {
    OPEN,
    BASIC,
    TOKEN
  }

  private static final String REPOSITORY = "/v2/vm/disk/";

  final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  final Map<String, byte[]> manifests = new ConcurrentHashMap<>();
  final Map<String, String> toldDigests = new ConcurrentHashMap<>();
  final Map<String, ByteArrayOutputStream> uploads = new ConcurrentHashMap<>();
  final List<String> requests = new CopyOnWriteArrayList<>();
  final List<String> authorizations = new CopyOnWriteArrayList<>();
  final AtomicLong sent = new AtomicLong();
  final AtomicInteger tokens = new AtomicInteger();
  volatile Door door = Door.OPEN;
  volatile String pair = "";
  volatile String realm;
  volatile boolean ranges = true;
  volatile String blobsAt;
  volatile int leastChunk;
  volatile boolean endless;

  /** Where it says that uploads go on: a prefix of locations. */
  volatile String uploadsAt = "";

  /** By how much it lies about what it has of an upload, and of a blob. */
  volatile int lieOfUploads;

  volatile int lieOfBlobs;

  /** Whether it says that it has stored a blob, and has not. */
  volatile boolean losesBlobs;

  /** How it answers who stores a manifest. */
  volatile int stored = 201;

  /** How many requests a token is good for. */
  volatile int tokenUses = Integer.MAX_VALUE;

  private final AtomicInteger uses = new AtomicInteger();
  private final HttpServer server;

  StubRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    server.createContext("/", this::handle);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      requests.add(exchange.getRequestMethod() + " " + path);
      List<String> given = exchange.getRequestHeaders().getOrDefault("Authorization", List.of());
      authorizations.addAll(given);
      if (path.equals("/token")) {
        token(exchange, given);
      } else if (!isLetIn(given)) {
        exchange.getRequestBody().readAllBytes();
        String own = "http://" + exchange.getRequestHeaders().getFirst("Host") + "/token";
        exchange
            .getResponseHeaders()
            .add(
                "WWW-Authenticate",
                door == Door.BASIC
                    ? "Basic realm=\"here\""
                    : "Bearer realm=\"" + (realm == null ? own : realm) + "\",service=\"stub\"");
        answer(exchange, 401, error("UNAUTHORIZED", "authentication required"));
      } else if (path.startsWith(REPOSITORY + "manifests/")) {
        manifest(exchange, path.substring((REPOSITORY + "manifests/").length()));
      } else if (path.startsWith(REPOSITORY + "blobs/uploads/")) {
        upload(exchange, path.substring((REPOSITORY + "blobs/uploads/").length()));
      } else if (path.startsWith(REPOSITORY + "blobs/")) {
        blob(exchange, path.substring((REPOSITORY + "blobs/").length()));
      } else {
        answer(exchange, 404, error("NAME_UNKNOWN", "no such repository"));
      }
    }
  }

  private static byte[] error(String code, String message) {
    String text = "{\"errors\":[{\"code\":\"%s\",\"message\":\"%s\"}]}".formatted(code, message);
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String basic() {
    return "Basic "
        + java.util.Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private boolean isLetIn(List<String> given) {
    return switch (door) {
      case OPEN -> true;
      case BASIC -> given.contains(basic());
      case TOKEN ->
          given.contains("Bearer t" + tokens.get()) && uses.incrementAndGet() <= tokenUses;
    };
  }

  private void token(HttpExchange exchange, List<String> given) throws IOException {
    String query = exchange.getRequestURI().getQuery();
    if (!given.contains(basic()) || !query.contains("scope=repository:vm/disk:pull")) {
      answer(exchange, 401, new byte[0]);
      return;
    }
    uses.set(0);
    answer(
        exchange,
        200,
        ("{\"token\":\"t" + tokens.incrementAndGet() + "\",\"expires_in\":300}")
            .getBytes(StandardCharsets.UTF_8));
  }

  private void manifest(HttpExchange exchange, String reference) throws IOException {
    if (exchange.getRequestMethod().equals("PUT")) {
      byte[] bytes = exchange.getRequestBody().readAllBytes();
      manifests.put(reference, bytes);
      exchange.getResponseHeaders().add("Docker-Content-Digest", Digest.of(bytes).toString());
      answer(exchange, stored, new byte[0]);
      return;
    }
    byte[] bytes = manifests.get(reference);
    if (endless) {
      exchange.sendResponseHeaders(200, 0);
      byte[] part = " ".repeat(1 << 16).getBytes(StandardCharsets.UTF_8);
      try {
        while (true) {
          exchange.getResponseBody().write(part);
        }
      } catch (IOException e) {
        return; // the client has had enough
      }
    }
    if (bytes == null) {
      answer(exchange, 404, error("MANIFEST_UNKNOWN", "manifest unknown"));
      return;
    }
    String told = toldDigests.getOrDefault(reference, Digest.of(bytes).toString());
    exchange.getResponseHeaders().add("Docker-Content-Digest", told);
    answer(exchange, 200, bytes);
  }

  private void upload(HttpExchange exchange, String id) throws IOException {
    InputStream body = exchange.getRequestBody();
    Headers headers = exchange.getResponseHeaders();
    if (exchange.getRequestMethod().equals("POST")) {
      String fresh = "u" + requests.size();
      uploads.put(fresh, new ByteArrayOutputStream());
      headers.add("Location", uploadsAt + REPOSITORY + "blobs/uploads/" + fresh + "?state=0");
      if (leastChunk > 0) {
        headers.add("OCI-Chunk-Min-Length", "" + leastChunk);
      }
      answer(exchange, 202, new byte[0]);
      return;
    }
    ByteArrayOutputStream upload = uploads.get(id);
    if (upload == null) {
      answer(exchange, 404, error("BLOB_UPLOAD_UNKNOWN", "blob upload unknown"));
      return;
    }
    switch (exchange.getRequestMethod()) {
      case "GET" -> {
        progress(headers, id, upload);
        answer(exchange, 204, null);
      }
      case "PATCH" -> patch(exchange, id, upload);
      case "PUT" -> {
        upload.write(body.readAllBytes());
        byte[] bytes = upload.toByteArray();
        String digest = Digest.of(bytes).toString();
        if (!exchange.getRequestURI().getQuery().endsWith("digest=" + digest)) {
          answer(exchange, 400, error("DIGEST_INVALID", "provided digest did not match"));
          return;
        }
        uploads.remove(id);
        if (!losesBlobs) {
          blobs.put(digest, bytes);
        }
        answer(exchange, 201, new byte[0]);
      }
      default -> {
        uploads.remove(id);
        answer(exchange, 204, null);
      }
    }
  }

  private void progress(Headers headers, String id, ByteArrayOutputStream upload) {
    String place = uploadsAt + REPOSITORY + "blobs/uploads/" + id;
    headers.add("Location", place + "?state=" + upload.size());
    headers.add("Range", "0-" + Math.max(0, upload.size() - 1 + lieOfUploads));
  }

  private void patch(HttpExchange exchange, String id, ByteArrayOutputStream upload)
      throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Content-Range");
    String[] ends = range.split("-");
    int from = Integer.parseInt(ends[0]);
    if (from != upload.size()) {
      exchange.getRequestBody().readAllBytes();
      progress(exchange.getResponseHeaders(), id, upload);
      answer(exchange, 416, new byte[0]);
      return;
    }
    byte[] part = new byte[1000];
    InputStream body = exchange.getRequestBody();
    for (int n = body.read(part); n >= 0; n = body.read(part)) { // what came stays
      upload.write(part, 0, n);
    }
    progress(exchange.getResponseHeaders(), id, upload);
    answer(exchange, 202, new byte[0]);
  }

  private void blob(HttpExchange exchange, String digest) throws IOException {
    if (blobsAt != null) {
      exchange.getResponseHeaders().add("Location", blobsAt + exchange.getRequestURI());
      answer(exchange, 307, new byte[0]);
      return;
    }
    byte[] bytes = blobs.get(digest);
    if (bytes == null) {
      answer(exchange, 404, error("BLOB_UNKNOWN", "blob unknown"));
      return;
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      int told = bytes.length + lieOfBlobs;
      exchange.getResponseHeaders().add("Content-Length", Integer.toString(told));
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    String range = exchange.getRequestHeaders().getFirst("Range");
    if (range == null || !ranges) {
      answer(exchange, 200, bytes);
      return;
    }
    String[] ends = range.substring("bytes=".length()).split("-");
    int from = Integer.parseInt(ends[0]);
    if (from >= bytes.length) {
      exchange.getResponseHeaders().add("Content-Range", "bytes */" + bytes.length);
      answer(exchange, 416, new byte[0]);
      return;
    }
    int end = (int) Math.min(bytes.length, Long.parseLong(ends[1]) + 1);
    exchange
        .getResponseHeaders()
        .add("Content-Range", "bytes %d-%d/%d".formatted(from, end - 1, bytes.length));
    answer(exchange, 206, Arrays.copyOfRange(bytes, from, end));
  }

  private void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    boolean isHead = exchange.getRequestMethod().equals("HEAD");
    if (isHead || body == null || body.length == 0) {
      if (status != 204 && !isHead) {
        exchange.getResponseHeaders().add("Content-Length", "0");
      }
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    sent.addAndGet(body.length);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
