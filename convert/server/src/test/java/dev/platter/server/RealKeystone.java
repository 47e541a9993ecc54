package dev.platter.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * OpenStack's Keystone, from Debian's package python3-keystone, in a directory of its own: SQLite,
 * one process. Its administrator is {@code admin} in the project {@code admin}.
 */
final class RealKeystone implements AutoCloseable {
  static final String PASSWORD = "a-password-of-tests";

  private final Path configuration;
  private final int port;
  private Process process;
  private String token;

  RealKeystone(Path directory) throws IOException {
    ExternalTool manage = ExternalTool.named("keystone-manage");
    ExternalTool.named("keystone-wsgi-public");
    port = freePort();
    configuration = directory.resolve("keystone.conf");
    Path fernet = Files.createDirectories(directory.resolve("fernet"));
    Path credential = Files.createDirectories(directory.resolve("credential"));
    Files.writeString(
        configuration,
        """
        [DEFAULT]
        log_dir = %1$s
        [database]
        connection = sqlite:///%1$s/keystone.db
        [fernet_tokens]
        key_repository = %2$s
        [credential]
        key_repository = %3$s
        [identity]
        password_hash_rounds = 4
        """
            .formatted(directory, fernet, credential));
    // Else a connection that has read keeps all others from writing.
    python(
        "import sqlite3; sqlite3.connect('%s/keystone.db').execute('PRAGMA journal_mode=WAL')"
            .formatted(directory));
    String user = System.getProperty("user.name");
    for (String words :
        new String[] {
          "db_sync",
          "fernet_setup --keystone-user " + user + " --keystone-group " + user,
          "credential_setup --keystone-user " + user + " --keystone-group " + user,
          "bootstrap --bootstrap-password "
              + PASSWORD
              + " --bootstrap-region-id RegionOne --bootstrap-public-url "
              + url()
              + " --bootstrap-internal-url "
              + url()
        }) {
      String line = "--config-file " + configuration + " " + words;
      manage.run((Object[]) line.split(" ")).mustExit(0);
    }
    start();
    token = token("admin", "{\"project\":{\"name\":\"admin\",\"domain\":{\"id\":\"default\"}}}");
  }

  /** The Python that OpenStack's services were installed for. */
  static String python() throws IOException {
    Path installed = ExternalTool.named("keystone-manage").program();
    return Files.readAllLines(installed).getFirst().substring(2).strip();
  }

  private static void python(String program) throws IOException {
    try {
      Process process = new ProcessBuilder(python(), "-c", program).inheritIO().start();
      if (process.waitFor() != 0) {
        throw new AssertionError(program);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  String url() {
    return "http://127.0.0.1:" + port + "/v3";
  }

  void start() throws IOException {
    process =
        new ProcessBuilder(
                ExternalTool.named("keystone-wsgi-public").program().toString(),
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--",
                "--config-file",
                configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(configuration.resolveSibling("output").toFile())
            .start();
    awaitAnswer(url(), process);
  }

  /** Waits until a server answers at all. */
  static void awaitAnswer(String url, Process process) throws IOException {
    long end = System.nanoTime() + Duration.ofSeconds(90).toNanos();
    while (System.nanoTime() < end && process.isAlive()) {
      try (HttpClient client = client()) {
        client.send(
            HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build(),
            HttpResponse.BodyHandlers.discarding());
        return;
      } catch (IOException e) {
        pause();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
    throw new AssertionError("no server at " + url);
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(200);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static HttpClient client() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  void stop() throws IOException {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private HttpResponse<String> send(String method, String path, String body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url() + path))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (token != null) {
      request.header("X-Auth-Token", token);
    }
    if (path.equals("/auth/tokens") && method.equals("DELETE")) {
      request.header("X-Subject-Token", body).method(method, HttpRequest.BodyPublishers.noBody());
    }
    // It ends each connection after one answer without saying so.
    try (HttpClient client = client()) {
      HttpResponse<String> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() >= 300) {
        throw new AssertionError(path + ": " + answer.statusCode() + ": " + answer.body());
      }
      return answer;
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Makes a thing as the administrator, and returns its identifier. */
  String make(String kind, String document) throws IOException {
    JsonNode answer = ask("POST", "/" + kind + "s", "{\"" + kind + "\":" + document + "}");
    return answer.path(kind).path("id").asText();
  }

  /** Asks for something as the administrator. */
  JsonNode ask(String method, String path, String body) throws IOException {
    String answer = send(method, path, body).body();
    return answer.isEmpty() ? Json.object() : Json.parse(answer);
  }

  /** The role of this name, which is made when it is not there. */
  String role(String name) throws IOException {
    JsonNode found = ask("GET", "/roles?name=" + name, "").path("roles");
    return found.isEmpty()
        ? make("role", "{\"name\":\"" + name + "\"}")
        : found.path(0).path("id").asText();
  }

  /** Makes a user who has a role in a project, or in the system when there is none. */
  String user(String name, String role, String projectId) throws IOException {
    String id = make("user", "{\"name\":\"%s\",\"password\":\"%s\"}".formatted(name, PASSWORD));
    String where = projectId == null ? "/system" : "/projects/" + projectId;
    ask("PUT", where + "/users/" + id + "/roles/" + role(role), "");
    return id;
  }

  /** Logs in. */
  String token(String user, String scope) throws IOException {
    ObjectNode auth = Json.object();
    ObjectNode identity = auth.putObject("auth").putObject("identity");
    identity.putArray("methods").add("password");
    ObjectNode who = identity.putObject("password").putObject("user");
    who.put("name", user).put("password", PASSWORD).putObject("domain").put("id", "default");
    ((ObjectNode) auth.path("auth")).set("scope", Json.parse(scope));
    return login(auth.toString());
  }

  /** Logs in by a document of the caller's. */
  String login(String document) throws IOException {
    return send("POST", "/auth/tokens", document)
        .headers()
        .firstValue("X-Subject-Token")
        .orElseThrow();
  }

  /** Makes a token worthless. */
  void revoke(String revoked) throws IOException {
    send("DELETE", "/auth/tokens", revoked);
  }

  @Override
  public void close() throws IOException {
    stop();
  }
}
