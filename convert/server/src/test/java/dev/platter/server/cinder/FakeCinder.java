package dev.platter.server.cinder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.platter.server.FaultPlan;
import dev.platter.server.FaultPlan.Fault;
import dev.platter.server.FaultPlan.Reply;
import dev.platter.server.http.Json;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What a store needs of Keystone and of Cinder with its NFS driver, whose share is a directory: a
 * stub, which refuses what Cinder would refuse.
 */
final class FakeCinder implements AutoCloseable {
  static final String SHARE = "nfs.example.org:/volumes";
  static final String PROJECT = "0123456789abcdef0123456789abcdef";

  final Map<String, Volume> volumes = new TreeMap<>();
  final Map<String, Attachment> attachments = new TreeMap<>();

  /** What connections are told to be; the rest is that of NFS. */
  volatile String driver = "nfs";

  volatile String format = "raw";
  volatile String fileName;
  volatile boolean encrypted;

  /** How many GiB all volumes may have. */
  volatile long quota = 1000;

  private final FaultPlan plan = new FaultPlan();
  private final Set<String> tokens = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;
  private final Path share;

  static final class Volume {
    String name;
    String status = "creating";
    String type = "";
    long size;
    boolean readOnly;
    Map<String, String> metadata = new TreeMap<>();
  }

  static final class Attachment {
    String volume;
    String status = "attaching";
  }

  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;

    Refusal(int status, String message) {
      super(message, null, false, false);
      this.status = status;
    }
  }

  /**
   * @param share the directory that is Cinder's share
   */
  FakeCinder(Path share) throws IOException {
    this.share = share;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/identity/v3/auth/tokens",
        exchange -> {
          try (exchange) {
            logIn(exchange);
          }
        });
    server.createContext(
        "/volume/v3/" + PROJECT + "/", exchange -> plan.serve(exchange, this::serve));
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** What goes wrong, and when. */
  FaultPlan plan() {
    return plan;
  }

  private void logIn(HttpExchange exchange) throws IOException {
    JsonNode auth = Json.parse(text(exchange)).path("auth");
    JsonNode user = auth.path("identity").path("password").path("user");
    boolean right =
        user.path("name").asText().equals("glance")
            && user.path("password").asText().equals("a-secret")
            && user.path("domain").path("name").asText().equals("Default")
            && auth.path("scope").path("project").path("name").asText().equals("service");
    if (!right) {
      exchange.sendResponseHeaders(401, -1);
      return;
    }
    String token = UUID.randomUUID().toString();
    tokens.add(token);
    ObjectNode document = Json.object();
    ObjectNode body = document.putObject("token");
    body.put("expires_at", Instant.now().plus(1, ChronoUnit.HOURS).toString());
    body.putObject("project").put("id", PROJECT);
    ObjectNode service = body.putArray("catalog").addObject();
    service.put("type", "volumev3").put("name", "cinderv3");
    service
        .putArray("endpoints")
        .addObject()
        .put("interface", "public")
        .put("region_id", "here")
        .put("url", url() + "/volume/v3/" + PROJECT);
    exchange.getResponseHeaders().set("X-Subject-Token", token);
    byte[] bytes = Json.bytes(document);
    exchange.sendResponseHeaders(201, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static String text(HttpExchange exchange) throws IOException {
    return new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
  }

  private Reply serve(HttpExchange exchange, Fault fault) throws IOException {
    String body = text(exchange);
    if (fault == Fault.TORN) {
      return null;
    }
    if (fault == Fault.ENDED) {
      tokens.clear();
    }
    if (!tokens.contains(String.valueOf(exchange.getRequestHeaders().getFirst("X-Auth-Token")))) {
      return Reply.of(401);
    }
    try {
      if (!"volume 3.54".equals(exchange.getRequestHeaders().getFirst("OpenStack-API-Version"))) {
        throw new Refusal(406, "version");
      }
      String path =
          exchange.getRequestURI().getPath().substring(("/volume/v3/" + PROJECT + "/").length());
      String query = String.valueOf(exchange.getRequestURI().getQuery());
      JsonNode asked = body.isEmpty() ? Json.object() : Json.parse(body);
      synchronized (this) {
        return answer(exchange.getRequestMethod(), List.of(path.split("/")), query, asked);
      }
    } catch (Refusal e) {
      ObjectNode error = Json.object();
      error.putObject("badRequest").put("code", e.status).put("message", e.getMessage());
      return new Reply(e.status, Map.of(), Json.bytes(error));
    } catch (JsonProcessingException e) {
      return Reply.of(400);
    }
  }

  private static Reply ok(int status, JsonNode document) {
    return new Reply(status, Map.of(), Json.bytes(document));
  }

  private Reply answer(String method, List<String> path, String query, JsonNode asked)
      throws Refusal, IOException {
    String what = path.getFirst();
    String id = path.size() > 1 ? path.get(1) : "";
    if (what.equals("volumes")) {
      if (id.isEmpty()) {
        require(method.equals("POST"), 405, method);
        return ok(202, create(asked.path("volume")));
      }
      if (id.equals("detail")) {
        return ok(200, list(query));
      }
      Volume volume = volumes.get(id);
      require(volume != null, 404, "Volume could not be found.");
      return path.size() == 2
          ? method.equals("DELETE") ? delete(id, volume) : ok(200, shown(id, volume))
          : change(method, path.get(2), id, volume, asked);
    }
    require(what.equals("attachments"), 404, what);
    return attachments(method, id, path.size() > 2, query, asked);
  }

  private static void require(boolean right, int status, String message) throws Refusal {
    if (!right) {
      throw new Refusal(status, message);
    }
  }

  private long used() {
    return volumes.values().stream().mapToLong(volume -> volume.size).sum();
  }

  private JsonNode create(JsonNode asked) throws Refusal, IOException {
    for (Map.Entry<String, JsonNode> each : asked.properties()) {
      require(
          Set.of("size", "name", "metadata", "volume_type").contains(each.getKey()), 400, "key");
    }
    Volume volume = new Volume();
    volume.size = asked.path("size").asLong();
    volume.name = asked.path("name").asText();
    volume.type = asked.path("volume_type").asText();
    asked
        .path("metadata")
        .properties()
        .forEach(each -> volume.metadata.put(each.getKey(), each.getValue().textValue()));
    require(volume.size >= 1 && asked.path("size").isIntegralNumber(), 400, "size");
    require(used() + volume.size <= quota, 413, "VolumeSizeExceedsAvailableQuota");
    String id = UUID.randomUUID().toString();
    volumes.put(id, volume);
    resize(id, volume);
    return shownNow(id, volume);
  }

  Path file(String id) {
    return share.resolve("volume-" + id);
  }

  private void resize(String id, Volume volume) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(file(id).toFile(), "rw")) {
      file.setLength(volume.size << 30);
    }
  }

  private JsonNode list(String query) {
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("volumes");
    boolean begun = !query.contains("marker=");
    for (Map.Entry<String, Volume> each : List.copyOf(volumes.entrySet())) {
      boolean named = !query.contains("name=") || query.contains("name=" + each.getValue().name);
      if (begun && named && list.size() == 2) {
        answer.putArray("volumes_links").addObject().put("rel", "next");
        break;
      }
      if (begun && named) {
        list.add(shown(each.getKey(), each.getValue()).path("volume"));
      }
      begun |= query.contains("marker=" + each.getKey());
    }
    return answer;
  }

  /** Whoever looks sees it as it was; then it goes on. */
  private JsonNode shown(String id, Volume volume) {
    JsonNode shown = shownNow(id, volume);
    switch (volume.status) {
      case "creating", "extending", "detaching" -> volume.status = "available";
      case "deleting" -> {
        volumes.remove(id);
        file(id).toFile().delete();
      }
      default -> {}
    }
    return shown;
  }

  private JsonNode shownNow(String id, Volume volume) {
    ObjectNode document = Json.object();
    ObjectNode node = document.putObject("volume");
    node.put("id", id).put("name", volume.name).put("status", volume.status);
    node.put("size", volume.size).put("encrypted", encrypted).put("multiattach", false);
    ObjectNode metadata = node.putObject("metadata");
    volume.metadata.forEach(metadata::put);
    ArrayNode list = node.putArray("attachments");
    attachments.forEach((attachment, each) -> {
      if (each.volume.equals(id) && each.status.equals("attached")) {
        list.addObject().put("attachment_id", attachment);
      }
    });
    return document;
  }

  private Reply delete(String id, Volume volume) throws Refusal {
    require(
        Set.of("available", "error").contains(volume.status)
            && attachments.values().stream().noneMatch(each -> each.volume.equals(id)),
        400,
        "Volume status must be available or error, and must not be attached.");
    volume.status = "deleting";
    return Reply.of(202);
  }

  private Reply change(String method, String what, String id, Volume volume, JsonNode asked)
      throws Refusal, IOException {
    if (what.equals("metadata")) {
      require(method.equals("PUT"), 405, method);
      volume.metadata.clear();
      asked
          .path("metadata")
          .properties()
          .forEach(each -> volume.metadata.put(each.getKey(), each.getValue().textValue()));
      return ok(200, asked);
    }
    require(method.equals("POST") && what.equals("action"), 404, what);
    require(volume.status.equals("available"), 400, "Volume is " + volume.status);
    if (asked.has("os-extend")) {
      long size = asked.path("os-extend").path("new_size").asLong();
      require(size > volume.size, 400, "New size for extend must be greater than current size.");
      require(used() - volume.size + size <= quota, 413, "VolumeSizeExceedsAvailableQuota");
      volume.size = size;
      volume.status = "extending";
      resize(id, volume);
    } else {
      JsonNode flag = asked.path("os-update_readonly_flag").path("readonly");
      require(flag.isBoolean(), 400, "no such action");
      volume.readOnly = flag.asBoolean();
    }
    return Reply.of(202);
  }

  private Reply attachments(String method, String id, boolean action, String query, JsonNode asked)
      throws Refusal {
    if (id.isEmpty() && method.equals("POST")) {
      return ok(200, attach(asked.path("attachment")));
    }
    if (id.isEmpty() || id.equals("detail")) {
      ObjectNode answer = Json.object();
      ArrayNode list = answer.putArray("attachments");
      attachments.forEach((key, each) -> {
        if (query.equals("volume_id=" + each.volume)) {
          list.addObject().put("id", key).put("status", each.status);
        }
      });
      return ok(200, answer);
    }
    Attachment attachment = attachments.get(id);
    require(attachment != null, 404, "VolumeAttachment could not be found.");
    Volume volume = volumes.get(attachment.volume);
    if (action) {
      require(asked.has("os-complete"), 400, "no such action");
      attachment.status = "attached";
      volume.status = "in-use";
      return Reply.of(204);
    }
    if (method.equals("DELETE")) {
      attachments.remove(id);
      volume.status = "detaching";
      ObjectNode answer = Json.object();
      answer.putArray("attachments");
      return ok(200, answer);
    }
    return ok(200, shown(id, attachment, true));
  }

  private JsonNode attach(JsonNode asked) throws Refusal {
    String id = asked.path("volume_uuid").asText();
    Volume volume = volumes.get(id);
    require(volume != null, 404, "Volume could not be found.");
    require(
        !asked.path("connector").path("host").asText().isEmpty()
            && !asked.path("connector").path("ip").asText().isEmpty(),
        400,
        "connector");
    String status = volume.status;
    if (status.equals("detaching")) {
      volume.status = "available"; // by the next time
    }
    require(
        status.equals("available"),
        400,
        "Invalid volume: status must be available or downloading, and is " + status);
    require(
        asked.path("mode").asText().equals("ro") || !volume.readOnly,
        400,
        "InvalidVolumeAttachMode");
    Attachment attachment = new Attachment();
    attachment.volume = id;
    volume.status = "attaching";
    String key = UUID.randomUUID().toString();
    attachments.put(key, attachment);
    return shown(key, attachment, false);
  }

  private JsonNode shown(String id, Attachment attachment, boolean all) {
    ObjectNode document = Json.object();
    ObjectNode node = document.putObject("attachment");
    node.put("id", id).put("status", attachment.status).put("volume_id", attachment.volume);
    ObjectNode connection = node.putObject("connection_info");
    connection.put("driver_volume_type", driver);
    String file = fileName == null ? "volume-" + attachment.volume : fileName;
    connection.put("export", SHARE).put("name", file).put("options", "-o vers=4.1");
    connection.put("device_path", file);
    if (all) {
      connection.put("format", format);
    }
    return document;
  }

  /** The identifiers of all volumes. */
  synchronized List<String> ids() {
    return new ArrayList<>(volumes.keySet());
  }

  /** Forgets everything. */
  synchronized void clear() throws IOException {
    for (String id : ids()) {
      Files.deleteIfExists(file(id));
    }
    volumes.clear();
    attachments.clear();
    driver = "nfs";
    format = "raw";
    fileName = null;
    encrypted = false;
    quota = 1000;
    plan.failAt(0, Fault.LOST, false);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
