package dev.platter.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image service as the distribution starts it, on the runtime that it brings. */
class ServiceIT {
  private static final Path PROGRAM = Path.of("target/platter/bin/platter").toAbsolutePath();
  private static final Path IMAGE =
      Path.of("../../testdata/golden/v3.qcow2").toAbsolutePath().normalize();

  @TempDir Path directory;

  private static HttpResponse<String> ask(
      HttpClient client, String method, String uri, HttpRequest.BodyPublisher body, String type)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(uri))
            .header("Content-Type", type)
            .method(method, body)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void startsTakesAnImageAndEnds() throws Exception {
    Process process =
        new ProcessBuilder(
                PROGRAM.toString(), "service", "--listen", "127.0.0.1:0", "--data", "data")
            .directory(directory.toFile())
            .redirectError(directory.resolve("log").toFile())
            .start();
    try (HttpClient client = HttpClient.newHttpClient()) {
      String line = process.inputReader().readLine();
      assertNotNull(line, () -> log());
      String url = line.substring(line.indexOf("http://"));
      HttpResponse<String> created =
          ask(
              client,
              "POST",
              url + "/v2/images",
              HttpRequest.BodyPublishers.ofString(
                  "{\"disk_format\":\"qcow2\",\"container_format\":\"bare\"}"),
              "application/json");
      String image = created.headers().firstValue("Location").orElseThrow();
      HttpResponse<String> uploaded =
          ask(
              client,
              "PUT",
              image + "/file",
              HttpRequest.BodyPublishers.ofFile(IMAGE),
              "application/octet-stream");
      assertEquals(204, uploaded.statusCode(), uploaded::body);
      String shown =
          ask(client, "GET", image, HttpRequest.BodyPublishers.noBody(), "text/plain").body();
      assertTrue(shown.contains("\"status\":\"active\""), shown);
      assertTrue(Files.exists(directory.resolve("data/database.mv.db")));
    } finally {
      process.destroy();
    }
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
  }

  private String log() {
    try {
      return Files.readString(directory.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void tellsHowItIsUsedAndWhatIsWrong() throws Exception {
    Process help = new ProcessBuilder(PROGRAM.toString(), "service", "--help").start();
    assertTrue(
        new String(help.getInputStream().readAllBytes(), UTF_8).contains("--listen HOST:PORT"));
    assertEquals(0, help.waitFor());
    Process wrong = new ProcessBuilder(PROGRAM.toString(), "service", "--nonsense").start();
    assertEquals(
        "platter service: --nonsense is not understood; see --help\n",
        new String(wrong.getErrorStream().readAllBytes(), UTF_8));
    assertEquals(1, wrong.waitFor());
  }
}
