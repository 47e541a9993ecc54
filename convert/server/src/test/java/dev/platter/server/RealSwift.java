package dev.platter.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * OpenStack's Swift, from Debian's package python3-swift, in a directory of its own: one process of
 * each server, one device, one copy of everything.
 */
final class RealSwift implements AutoCloseable {
  static final String USER = "images:glance";
  static final String KEY = "a-key";

  private static final String PYTHON = "/usr/bin/python3";

  private final int port = RealKeystone.freePort();
  private final Path directory;
  private final Process process;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private RealSwift(Path directory, String proxy) throws IOException {
    this.directory = directory;
    assumeTrue(isPresent(), "swift is not on the PATH of Python");
    for (String file : List.of("servers.py", "process_cache.py")) {
      Files.writeString(directory.resolve(file), resource(file));
    }
    Files.writeString(directory.resolve("proxy.conf"), proxy);
    List<String> command = new ArrayList<>(List.of(PYTHON, "servers.py", directory.toString()));
    List<Integer> ports = new ArrayList<>(List.of(port));
    for (int i = 0; i < 3; i++) {
      ports.add(RealKeystone.freePort());
    }
    ports.forEach(each -> command.add(each.toString()));
    process = begin(command);
    for (int each : ports) {
      RealKeystone.awaitAnswer("http://127.0.0.1:" + each + "/healthcheck", process);
    }
  }

  /** Lets in whom its own file names. */
  static RealSwift withTempAuth(Path directory) throws IOException {
    return new RealSwift(directory, resource("tempauth.conf"));
  }

  /** The same, which knows no static large objects. */
  static RealSwift withoutManifests(Path directory) throws IOException {
    return new RealSwift(directory, resource("tempauth.conf").replace(" slo dlo", ""));
  }

  /** Lets in whom Keystone lets in. */
  static RealSwift behind(Path directory, RealKeystone keystone) throws IOException {
    return new RealSwift(
        directory,
        resource("keystone.conf")
            .replace("KEYSTONE", keystone.url())
            .replace("PASSWORD", RealKeystone.PASSWORD));
  }

  private static String resource(String file) throws IOException {
    try (InputStream input = RealSwift.class.getResourceAsStream("swift/" + file)) {
      return new String(input.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private boolean isPresent() throws IOException {
    try {
      return begin(List.of(PYTHON, "-c", "import swift.proxy.server")).waitFor() == 0;
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private Process begin(List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("PYTHONPATH", directory.toString());
    return builder
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("output").toFile())
        .start();
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  int port() {
    return port;
  }

  /** Where to log in to version 1. */
  String authUrl() {
    return url() + "/auth/v1.0";
  }

  /** Asks for something as the user of the images, by version 1. */
  HttpResponse<byte[]> ask(String method, String path, Map<String, String> more)
      throws IOException {
    Map<String, String> headers = new HashMap<>(more);
    headers.put("X-Auth-Token", token());
    return send(method, url() + "/v1/AUTH_images" + path, headers, "");
  }

  /** Makes an object. */
  void put(String path, String content, Map<String, String> more) throws IOException {
    Map<String, String> headers = new HashMap<>(more);
    headers.put("X-Auth-Token", token());
    headers.put("Content-Type", "application/octet-stream");
    int status = send("PUT", url() + "/v1/AUTH_images" + path, headers, content).statusCode();
    if (status / 100 != 2) {
      throw new AssertionError(path + ": " + status);
    }
  }

  private String token() throws IOException {
    return send("GET", authUrl(), Map.of("X-Auth-User", USER, "X-Auth-Key", KEY), "")
        .headers()
        .firstValue("X-Auth-Token")
        .orElseThrow();
  }

  private HttpResponse<byte[]> send(
      String method, String url, Map<String, String> headers, String body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    headers.forEach(request::header);
    try {
      return client.send(request.build(), BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** The names of all objects of a container that begin so. */
  List<String> objects(String container, String prefix) throws IOException {
    HttpResponse<byte[]> answer = ask("GET", "/" + container + "?prefix=" + prefix, Map.of());
    if (answer.statusCode() / 100 != 2) {
      throw new AssertionError(container + ": " + answer.statusCode());
    }
    return new String(answer.body(), StandardCharsets.UTF_8).lines().toList();
  }

  @Override
  public void close() throws IOException {
    client.close();
    try (OutputStream input = process.getOutputStream()) {
      input.flush(); // its end ends the servers
    }
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
