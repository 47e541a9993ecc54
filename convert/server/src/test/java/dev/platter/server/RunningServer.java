package dev.platter.server;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.config.IniFile;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Credentials;
import dev.platter.server.identity.Identity;
import dev.platter.server.identity.Roles;
import dev.platter.service.ImportListener;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * The service in this process, with two stores, and a client for it. Who asks is in the token:
 * {@code user:project:role,role}; without a token an administrator.
 */
final class RunningServer implements AutoCloseable {
  static final String ADMIN = "root:admin:admin";

  /** What goes wrong is told in the tests' output, not what goes well. */
  private static final Logger LOG = Logger.getLogger("");

  static {
    LOG.setLevel(Level.SEVERE);
  }

  private final IniFile settings = IniFile.empty();
  private final Path directory;
  private final HttpClient client = HttpClient.newHttpClient();
  private ImageServer server;

  RunningServer(Path directory) throws IOException {
    this.directory = directory;
    for (String store : new String[] {"fast", "slow"}) {
      Files.createDirectories(storeDirectory(store));
      set(store, "filesystem_store_datadir", storeDirectory(store).toString());
    }
    set("DEFAULT", "bind_port", "0");
    set("DEFAULT", "graceful_shutdown_timeout", "0");
    set("DEFAULT", "enabled_backends", "fast:file, slow:file");
    set("glance_store", "default_backend", "fast");
    set("import_filtering_opts", "allowed_ports", "");
    set("import_filtering_opts", "allowed_networks", "127.0.0.0/8");
  }

  RunningServer set(String section, String key, String value) {
    settings.set(section, key, value);
    return this;
  }

  /** A client for a service that runs in this process already, and ends with the client. */
  static RunningServer of(Path directory, ImageServer running) throws IOException {
    RunningServer client = new RunningServer(directory);
    client.server = running;
    return client;
  }

  /** What the settings say. */
  Settings settings() {
    return Settings.read(settings, directory);
  }

  RunningServer start() throws IOException {
    return start(UnaryOperator.identity());
  }

  /**
   * @param listeners wraps what is told how imports go
   */
  RunningServer start(UnaryOperator<ImportListener> listeners) throws IOException {
    server = new ImageServer(Settings.read(settings, directory), byToken(), listeners);
    server.start();
    return this;
  }

  /** One of several nodes over a database, with the stores of all. */
  RunningServer on(PostgresCluster cluster, String name, Path stores) throws IOException {
    for (String store : new String[] {"fast", "slow"}) {
      Files.createDirectories(stores.resolve(store));
      set(store, "filesystem_store_datadir", stores.resolve(store).toString());
    }
    return set("database", "connection", cluster.url())
        .set("database", "user", "platter")
        .set("DEFAULT", "node_name", name)
        .set("nodes", "heartbeat", "1");
  }

  /** Lets the service ask a Keystone who asks. */
  RunningServer behind(RealKeystone keystone) {
    String section = "keystone_authtoken";
    return set("paste_deploy", "flavor", "keystone")
        .set(section, "auth_url", keystone.url())
        .set(section, "www_authenticate_uri", keystone.url())
        .set(section, "username", "admin")
        .set(section, "password", RealKeystone.PASSWORD)
        .set(section, "project_name", "admin");
  }

  /** Starts with the way to know who asks that the settings say. */
  RunningServer startConfigured() throws IOException {
    server = new ImageServer(Settings.read(settings, directory));
    server.start();
    return this;
  }

  static Identity byToken() {
    return headers -> {
      String token =
          URLDecoder.decode(
              headers.single(Identity.TOKEN_HEADER).orElse(ADMIN), StandardCharsets.UTF_8);
      String[] parts = (token.split(":").length == 3 ? token : ADMIN).split(":");
      return Credentials.inProject(parts[0], parts[1], Roles.withImplied(parts[2].split(",")));
    };
  }

  /** Keeps what is logged while the service runs. */
  static List<String> logged() {
    List<String> messages = new CopyOnWriteArrayList<>();
    LOG.addHandler(
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            messages.add(new SimpleFormatter().formatMessage(record) + " " + record.getThrown());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        });
    return messages;
  }

  ImageServer server() {
    return server;
  }

  String url() {
    return "http://127.0.0.1:" + server.port();
  }

  Path storeDirectory(String store) {
    return directory.resolve("stores").resolve(store);
  }

  Path staging() {
    return directory.resolve("staging");
  }

  /** The names of all files of a directory, but for the one that keeps other processes away. */
  static Set<String> files(Path directory) throws IOException {
    Set<String> names = new TreeSet<>();
    try (var files = Files.list(directory)) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    names.remove(".platter-lock");
    return names;
  }

  /** An answer: the status, and the body as JSON where it is that. */
  record Answer(int status, HttpResponse<byte[]> response) {
    String text() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    JsonNode json() throws IOException {
      return Json.parse(text());
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  /** Asks as an administrator; the body is JSON, bytes, or null. */
  Answer ask(String method, String path, Object body) throws IOException {
    return askAs(ADMIN, method, path, body);
  }

  Answer askAs(String token, String method, String path, Object body, String... headers)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url() + path))
            .timeout(Duration.ofSeconds(60))
            .header("X-Auth-Token", token)
            .header("Accept", "application/json");
    if (headers.length > 0) {
      request.headers(headers);
    }
    boolean typed = Arrays.asList(headers).contains("Content-Type");
    if (body instanceof byte[] bytes) {
      if (!typed) {
        request.header("Content-Type", "application/octet-stream");
      }
      request.method(method, HttpRequest.BodyPublishers.ofByteArray(bytes));
    } else if (body instanceof HttpRequest.BodyPublisher publisher) {
      request.header("Content-Type", "application/octet-stream").method(method, publisher);
    } else if (body == null) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      if (!typed) {
        request.header("Content-Type", "application/json");
      }
      request.method(method, HttpRequest.BodyPublishers.ofString(body.toString()));
    }
    try {
      HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
      return new Answer(response.statusCode(), response);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Changes an image by a patch of the newer notation. */
  Answer patch(String token, String id, String document) throws IOException {
    return askAs(
        token,
        "PATCH",
        "/v2/images/" + id,
        document,
        "Content-Type",
        "application/openstack-images-v2.1-json-patch");
  }

  /** Makes a record, and returns its identifier. */
  String create(String token, String document) throws IOException {
    Answer answer = askAs(token, "POST", "/v2/images", document);
    if (answer.status() != 201) {
      throw new AssertionError(answer.status() + ": " + answer.text());
    }
    return answer.json().path("id").textValue();
  }

  JsonNode image(String id) throws IOException {
    return ask("GET", "/v2/images/" + id, null).json();
  }

  /** Waits until no import of the image is under way, and returns its record. */
  JsonNode settled(String id) throws IOException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (System.nanoTime() < end) {
      JsonNode image = image(id);
      if (!image.has("os_glance_import_task")) {
        return image;
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
    throw new AssertionError("the import does not end: " + image(id));
  }

  /** Ends the service; the files stay. */
  @Override
  public void close() throws IOException {
    if (server != null) {
      server.close();
    }
    client.close();
  }
}
