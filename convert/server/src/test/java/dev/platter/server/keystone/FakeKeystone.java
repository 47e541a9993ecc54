package dev.platter.server.keystone;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.platter.server.http.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** What a Keystone, or somebody in its place, may answer. Counts what it is asked. */
public final class FakeKeystone implements AutoCloseable {
  static final String OWN = "own-token-1";

  /** How a request is answered. */
  public interface Answer {
    void send(HttpExchange exchange) throws IOException;
  }

  final AtomicInteger logins = new AtomicInteger();
  final AtomicInteger validations = new AtomicInteger();
  final Map<String, ObjectNode> tokens = new ConcurrentHashMap<>();
  public volatile Answer validation = this::validate;

  /** What a login says of services. */
  public volatile ArrayNode catalog = Json.array();

  volatile Answer login = this::logIn;
  volatile String lastQuery = "";
  private final HttpServer server;

  public FakeKeystone() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/v3/auth/tokens",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          if (exchange.getRequestMethod().equals("POST")) {
            logins.incrementAndGet();
            login.send(exchange);
          } else {
            validations.incrementAndGet();
            lastQuery = exchange.getRequestURI().getQuery();
            validation.send(exchange);
          }
        });
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** A token of a user in a project. */
  public ObjectNode add(String token, String user, String project, String... roles) {
    ObjectNode document = Json.object();
    ObjectNode body = document.putObject("token");
    body.putObject("user").put("id", user).putObject("domain").put("id", "default");
    body.putObject("project").put("id", project).putObject("domain").put("id", "default");
    for (String role : roles) {
      body.withArray("roles").addObject().put("name", role);
    }
    body.put("expires_at", Instant.now().plusSeconds(600).toString());
    tokens.put(token, document);
    return body;
  }

  private void logIn(HttpExchange exchange) throws IOException {
    ObjectNode document = Json.object();
    document
        .putObject("token")
        .put("expires_at", Instant.now().plusSeconds(3600).toString())
        .set("catalog", catalog);
    exchange.getResponseHeaders().add("X-Subject-Token", OWN);
    send(exchange, 201, document.toString());
  }

  private void validate(HttpExchange exchange) throws IOException {
    if (!OWN.equals(exchange.getRequestHeaders().getFirst("X-Auth-Token"))) {
      send(exchange, 401, "{}");
      return;
    }
    ObjectNode found = tokens.get(exchange.getRequestHeaders().getFirst("X-Subject-Token"));
    send(exchange, found == null ? 404 : 200, found == null ? "{}" : found.toString());
  }

  public static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    try (OutputStream output = exchange.getResponseBody()) {
      output.write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
