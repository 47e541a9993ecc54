package dev.platter.testdata;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stub of EBS's direct API on loopback (StartSnapshot, PutSnapshotBlock, CompleteSnapshot,
 * ListSnapshotBlocks, GetSnapshotBlock): it refuses whatever the service's reference does not
 * allow, compares all checksums, and does not check how a request was signed, only that it was.
 */
public final class StubSnapshots implements Closeable {
  /** The size of a block, bytes. */
  public static final int BLOCK = 512 << 10;

  private static final int PER_GIB = 2048;
  private static final Pattern BLOCKS = Pattern.compile("/snapshots/([^/]+)/blocks");
  private static final Pattern ONE_BLOCK =
      Pattern.compile("/snapshots/([^/]+)/blocks/([0-9]{1,9})");
  private static final Pattern COMPLETION = Pattern.compile("/snapshots/completion/([^/]+)");

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Snapshot> snapshots = new ConcurrentHashMap<>();
  private final AtomicInteger unknown = new AtomicInteger();
  private volatile int perPage = 10_000;
  private volatile Lie lie = Lie.NONE;

  /** What the stub says that is not so. */
  public enum Lie {
    NONE,

    /** Another checksum of a block that is read. */
    CHECKSUM,

    /** Another checksum of a block that was put. */
    PUT_CHECKSUM,

    /** Another size of blocks. */
    BLOCK_SIZE,

    /** A list of blocks in no order. */
    ORDER,

    /** A block behind the end. */
    BEYOND,

    /** A list that has no end. */
    ENDLESS,

    /** No size. */
    NO_VOLUME_SIZE,

    /** A snapshot that could not be completed. */
    ERROR
  }

  /** A snapshot as the stub has it. */
  public static final class Snapshot {
    private final String id;
    private final int gib;
    private final String request;
    private final TreeMap<Integer, byte[]> blocks = new TreeMap<>();
    private boolean complete;

    Snapshot(String id, int gib, String request) {
      this.id = id;
      this.gib = gib;
      this.request = request;
    }

    /** What it is called. */
    public String id() {
      return id;
    }

    /** The size of its volume, GiB. */
    public int gib() {
      return gib;
    }

    /** What it was started with, JSON. */
    public String request() {
      return request;
    }

    /** Its blocks by their numbers. */
    public synchronized Map<Integer, byte[]> blocks() {
      return new TreeMap<>(blocks);
    }

    /** Whether it may be used. */
    public synchronized boolean isComplete() {
      return complete;
    }
  }

  /** An answer other than the one asked for. */
  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final String kind;

    Refusal(int status, String kind, String message) {
      super(message, null, false, false);
      this.status = status;
      this.kind = kind;
    }
  }

  public StubSnapshots() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
  }

  /** The port on loopback. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** All snapshots, complete or not. */
  public List<Snapshot> snapshots() {
    return new ArrayList<>(snapshots.values());
  }

  /** Forgets everything. */
  public void clear() {
    snapshots.clear();
    unknown.set(0);
    perPage = 10_000;
    lie = Lie.NONE;
  }

  /** Lists no more blocks at a time. */
  public void listAtMost(int blocks) {
    perPage = blocks;
  }

  /** Does not know any snapshot when it is asked so many times to take a block. */
  public void knowNothingFor(int requests) {
    unknown.set(requests);
  }

  /** Tells that from now on. */
  public void tell(Lie what) {
    lie = what;
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      int status;
      byte[] answer;
      try {
        status = exchange.getRequestMethod().equals("GET") ? 200 : 201;
        answer = answer(exchange, body);
        if (exchange.getRequestURI().getPath().startsWith("/snapshots/completion/")) {
          status = 202;
        }
      } catch (Refusal e) {
        status = e.status;
        exchange.getResponseHeaders().set("x-amzn-ErrorType", e.kind);
        answer = bytes("{\"Message\":\"" + e.getMessage() + "\"}");
      }
      exchange.getResponseHeaders().set("x-amzn-RequestId", "1");
      exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
      if (answer.length > 0) {
        exchange.getResponseBody().write(answer);
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private byte[] answer(HttpExchange exchange, byte[] body) throws Refusal {
    Headers headers = exchange.getRequestHeaders();
    String authorization = String.valueOf(headers.getFirst("Authorization"));
    require(
        authorization.matches("AWS4-HMAC-SHA256 Credential=access/.*/ebs/aws4_request.*"),
        403,
        "AccessDeniedException",
        "not signed");
    String method = exchange.getRequestMethod();
    String path = exchange.getRequestURI().getPath();
    Matcher blocks = BLOCKS.matcher(path);
    Matcher block = ONE_BLOCK.matcher(path);
    Matcher completion = COMPLETION.matcher(path);
    if (method.equals("POST") && path.equals("/snapshots")) {
      return start(new String(body, StandardCharsets.UTF_8));
    }
    if (method.equals("PUT") && block.matches()) {
      return put(found(block.group(1)), block.group(2), exchange, body);
    }
    if (method.equals("POST") && completion.matches()) {
      return complete(found(completion.group(1)), headers);
    }
    if (method.equals("GET") && blocks.matches()) {
      return list(found(blocks.group(1)), query(exchange));
    }
    if (method.equals("GET") && block.matches()) {
      return get(found(block.group(1)), Integer.parseInt(block.group(2)), exchange);
    }
    throw new Refusal(400, "ValidationException", "no such operation");
  }

  private static void require(boolean isSo, int status, String kind, String message)
      throws Refusal {
    if (!isSo) {
      throw new Refusal(status, kind, message);
    }
  }

  private static void valid(boolean isSo, String what) throws Refusal {
    require(isSo, 400, "ValidationException", what);
  }

  private Snapshot found(String id) throws Refusal {
    Snapshot snapshot = snapshots.get(id);
    require(snapshot != null, 404, "ResourceNotFoundException", "no snapshot " + id);
    return snapshot;
  }

  private static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> query = new HashMap<>();
    String text = exchange.getRequestURI().getRawQuery();
    for (String pair : text == null ? new String[0] : text.split("&")) {
      int end = pair.indexOf('=');
      query.put(
          pair.substring(0, end),
          URLDecoder.decode(pair.substring(end + 1), StandardCharsets.UTF_8));
    }
    return query;
  }

  private static String field(String json, String name, String value) throws Refusal {
    Matcher field = Pattern.compile("\"" + name + "\":\"?(" + value + ")[\",}]").matcher(json);
    valid(field.find(), name);
    return field.group(1);
  }

  private synchronized byte[] start(String json) throws Refusal {
    int gib = Integer.parseInt(field(json, "VolumeSize", "[0-9]{1,5}"));
    valid(gib >= 1 && gib <= 65_536, "VolumeSize");
    int minutes = Integer.parseInt(field(json, "Timeout", "[0-9]{1,4}"));
    valid(minutes >= 10 && minutes <= 4320, "Timeout");
    String token = field(json, "ClientToken", "[^\"]{1,255}");
    String id = "snap-" + String.format("%017x", token.hashCode() & 0xffff_ffffL);
    Snapshot same = snapshots.computeIfAbsent(id, key -> new Snapshot(id, gib, json));
    require(same.request.equals(json), 503, "ConflictException", "another request of that token");
    return bytes(
        ("{\"SnapshotId\":\"%s\",\"OwnerId\":\"1\",\"Status\":\"pending\",\"StartTime\":1.7E9,"
                + "\"VolumeSize\":%d,\"BlockSize\":%d}")
            .formatted(id, gib, blockSize()));
  }

  private int blockSize() {
    return lie == Lie.BLOCK_SIZE ? BLOCK / 2 : BLOCK;
  }

  private byte[] put(Snapshot snapshot, String number, HttpExchange exchange, byte[] body)
      throws Refusal {
    Headers headers = exchange.getRequestHeaders();
    int index = Integer.parseInt(number);
    require(
        unknown.getAndUpdate(left -> Math.max(0, left - 1)) == 0,
        404,
        "ResourceNotFoundException",
        "no such snapshot yet");
    valid(index < snapshot.gib * PER_GIB, "BlockIndex");
    valid(headers.getFirst("Content-Encoding") == null, "Content-Encoding");
    valid(String.valueOf(BLOCK).equals(headers.getFirst("x-amz-Data-Length")), "DataLength");
    valid(body.length == BLOCK, "the length of the body");
    valid("SHA256".equals(headers.getFirst("x-amz-Checksum-Algorithm")), "ChecksumAlgorithm");
    String checksum = base64(sha256().digest(body));
    valid(checksum.equals(headers.getFirst("x-amz-Checksum")), "Checksum");
    synchronized (snapshot) {
      valid(!snapshot.complete, "the snapshot is complete");
      snapshot.blocks.put(index, body);
    }
    Headers answer = exchange.getResponseHeaders();
    answer.set("x-amz-Checksum", lie == Lie.PUT_CHECKSUM ? "AAAA" : checksum);
    answer.set("x-amz-Checksum-Algorithm", "SHA256");
    return new byte[0];
  }

  private byte[] complete(Snapshot snapshot, Headers headers) throws Refusal {
    synchronized (snapshot) {
      valid(!snapshot.complete, "the snapshot is complete");
      String count = String.valueOf(snapshot.blocks.size());
      valid(count.equals(headers.getFirst("x-amz-ChangedBlocksCount")), "ChangedBlocksCount");
      valid("SHA256".equals(headers.getFirst("x-amz-Checksum-Algorithm")), "ChecksumAlgorithm");
      valid(
          "LINEAR".equals(headers.getFirst("x-amz-Checksum-Aggregation-Method")),
          "ChecksumAggregationMethod");
      MessageDigest sum = sha256();
      for (byte[] block : snapshot.blocks.values()) {
        sum.update(sha256().digest(block));
      }
      valid(base64(sum.digest()).equals(headers.getFirst("x-amz-Checksum")), "Checksum");
      snapshot.complete = lie != Lie.ERROR;
      return bytes(snapshot.complete ? "{\"Status\":\"completed\"}" : "{\"Status\":\"error\"}");
    }
  }

  private byte[] list(Snapshot snapshot, Map<String, String> query) throws Refusal {
    valid(snapshot.isComplete(), "the snapshot is not complete");
    String most = query.getOrDefault("maxResults", "10000");
    valid(most.matches("[0-9]{3,5}") && Integer.parseInt(most) <= 10_000, "MaxResults");
    String token = query.get("pageToken");
    String start = query.get("startingBlockIndex");
    valid(token == null || start == null, "StartingBlockIndex");
    int from = Integer.parseInt(token == null ? start == null ? "0" : start : token.substring(1));
    List<String> blocks = new ArrayList<>();
    int count = Math.min(perPage, Integer.parseInt(most));
    String next = "";
    for (Integer index : snapshot.blocks().keySet()) {
      if (index >= from && blocks.size() == count) {
        next = ",\"NextToken\":\"t" + index + "\"";
        break;
      }
      if (index >= from) {
        blocks.add(listed(index));
      }
    }
    switch (lie) {
      case ORDER -> blocks = blocks.reversed();
      case BEYOND -> blocks.add(listed(snapshot.gib * PER_GIB));
      case ENDLESS -> {
        blocks.clear();
        next = ",\"NextToken\":\"t1\"";
      }
      default -> {}
    }
    return bytes(
        "{\"Blocks\":[%s],\"ExpiryTime\":2.0E9%s,\"BlockSize\":%d%s}"
            .formatted(
                String.join(",", blocks),
                lie == Lie.NO_VOLUME_SIZE ? "" : ",\"VolumeSize\":" + snapshot.gib,
                blockSize(),
                next));
  }

  private static String listed(int index) {
    return "{\"BlockIndex\":%d,\"BlockToken\":\"%s\"}".formatted(index, token(index));
  }

  private static String token(int index) {
    return "AA+/" + index + "==";
  }

  private byte[] get(Snapshot snapshot, int index, HttpExchange exchange) throws Refusal {
    valid(snapshot.isComplete(), "the snapshot is not complete");
    valid(token(index).equals(query(exchange).get("blockToken")), "BlockToken");
    byte[] block = snapshot.blocks().get(index);
    require(block != null, 404, "ResourceNotFoundException", "no block " + index);
    Headers answer = exchange.getResponseHeaders();
    answer.set("x-amz-Data-Length", String.valueOf(BLOCK));
    answer.set("x-amz-Checksum", lie == Lie.CHECKSUM ? "AAAA" : base64(sha256().digest(block)));
    answer.set("x-amz-Checksum-Algorithm", "SHA256");
    return block;
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
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
