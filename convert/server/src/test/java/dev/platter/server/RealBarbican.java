package dev.platter.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * OpenStack's Barbican, from Debian's package python3-barbican, in a directory of its own: SQLite,
 * one process, the simple plugin for keys. Keystone says who asks.
 */
final class RealBarbican implements AutoCloseable {
  private static final String PYTHON = "/usr/bin/python3";

  private final int port = RealKeystone.freePort();
  private final Path directory;
  private final Process process;

  RealBarbican(Path directory, RealKeystone keystone) throws IOException {
    this.directory = directory;
    assumeTrue(isPresent(), "barbican is not on the PATH of Python");
    Files.writeString(directory.resolve("serve.py"), resource("serve.py"));
    Files.writeString(directory.resolve("paste.ini"), resource("paste.ini"));
    Files.writeString(
        Files.createDirectory(directory.resolve(".barbican")).resolve("barbican.conf"),
        resource("barbican.conf")
            .replace("DIRECTORY", directory.toString())
            .replace("PORT", Integer.toString(port))
            .replace("KEYSTONE", keystone.url())
            .replace("PASSWORD", RealKeystone.PASSWORD));
    process = begin(List.of(PYTHON, "serve.py", directory.toString(), Integer.toString(port)));
    try {
      RealKeystone.awaitAnswer(url(), process);
    } catch (AssertionError e) {
      throw new AssertionError(Files.readString(directory.resolve("output")), e);
    }
  }

  private static String resource(String file) throws IOException {
    try (InputStream input = RealBarbican.class.getResourceAsStream("barbican/" + file)) {
      return new String(input.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private boolean isPresent() throws IOException {
    try {
      return begin(List.of(PYTHON, "-c", "import barbican.version, pecan")).waitFor() == 0;
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private Process begin(List<String> command) throws IOException {
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("output").toFile())
        .start();
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Keeps a text, and returns the identifier of the secret. */
  String keep(String token, String type, String text) throws IOException {
    ObjectNode secret = Json.object();
    secret.put("secret_type", type).put("payload", text);
    secret.put("payload_content_type", "text/plain");
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(URI.create(url() + "/v1/secrets"))
                  .header("X-Auth-Token", token)
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(secret)))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 201) {
        throw new AssertionError(answer.statusCode() + ": " + answer.body());
      }
      String reference = Json.parse(answer.body()).path("secret_ref").asText();
      return reference.substring(reference.lastIndexOf('/') + 1);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
