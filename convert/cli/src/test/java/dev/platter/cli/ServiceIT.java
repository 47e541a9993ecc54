package dev.platter.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.platter.sandbox.Sandbox;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
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

  /** Sends a body, and must be answered with this status. */
  private static HttpURLConnection ask(
      int status, String method, String uri, byte[] body, String type) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(uri).toURL().openConnection();
    connection.setRequestMethod(method);
    connection.setRequestProperty("Content-Type", type);
    if (body.length > 0) {
      connection.setDoOutput(true);
      try (OutputStream output = connection.getOutputStream()) {
        output.write(body);
      }
    }
    assertEquals(status, connection.getResponseCode());
    return connection;
  }

  @Test
  void startsTakesAnImageAndEnds() throws Exception {
    Process process =
        new ProcessBuilder(
                PROGRAM.toString(), "service", "--listen", "127.0.0.1:0", "--data", "data")
            .directory(directory.toFile())
            .redirectError(directory.resolve("log").toFile())
            .start();
    try {
      String line = process.inputReader().readLine();
      assertNotNull(line, () -> log());
      String url = line.substring(line.indexOf("http://"));
      byte[] record = "{\"disk_format\":\"qcow2\",\"container_format\":\"bare\"}".getBytes(UTF_8);
      String image =
          ask(201, "POST", url + "/v2/images", record, "application/json")
              .getHeaderField("Location");
      byte[] content = Files.readAllBytes(IMAGE);
      ask(204, "PUT", image + "/file", content, "application/octet-stream").disconnect();
      String shown;
      try (InputStream input = ask(200, "GET", image, new byte[0], "text/plain").getInputStream()) {
        shown = new String(input.readAllBytes(), UTF_8);
      }
      assertTrue(shown.contains("\"status\":\"active\""), shown);
      assertTrue(Files.exists(directory.resolve("data/database.mv.db")));
    } finally {
      process.destroy();
    }
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
  }

  /** The distribution has all that a process in a sandbox needs to inspect and convert. */
  @Test
  void importsByIsolatedProcesses() throws Exception {
    assumeTrue(Sandbox.lacking().isEmpty(), () -> Sandbox.lacking().toString());
    Files.writeString(
        directory.resolve("service.conf"),
        """
        [import_isolation]
        mode = strict
        [image_import_opts]
        image_import_plugins = [image_conversion, image_introspection]
        [image_conversion]
        output_format = raw
        """);
    Process process =
        new ProcessBuilder(
                PROGRAM.toString(),
                "service",
                "--listen",
                "127.0.0.1:0",
                "--data",
                "data",
                "--config",
                "service.conf")
            .directory(directory.toFile())
            .redirectError(directory.resolve("log").toFile())
            .start();
    try {
      String line = process.inputReader().readLine();
      assertNotNull(line, () -> log());
      String url = line.substring(line.indexOf("http://"));
      byte[] record = "{\"disk_format\":\"qcow2\",\"container_format\":\"bare\"}".getBytes(UTF_8);
      String image =
          ask(201, "POST", url + "/v2/images", record, "application/json")
              .getHeaderField("Location");
      byte[] content = Files.readAllBytes(IMAGE.resolveSibling("zstd.qcow2"));
      ask(204, "PUT", image + "/stage", content, "application/octet-stream").disconnect();
      byte[] method = "{\"method\":{\"name\":\"glance-direct\"}}".getBytes(UTF_8);
      ask(202, "POST", image + "/import", method, "application/json").disconnect();
      String shown = "";
      for (int i = 0; i < 600 && !shown.contains("\"status\":\"active\""); i++) {
        assertFalse(process.waitFor(50, TimeUnit.MILLISECONDS), () -> log());
        try (InputStream input =
            ask(200, "GET", image, new byte[0], "text/plain").getInputStream()) {
          shown = new String(input.readAllBytes(), UTF_8);
        }
        assertFalse(shown.contains("\"status\":\"queued\""), shown + log());
      }
      assertTrue(shown.contains("\"status\":\"active\""), shown + log());
      assertTrue(shown.contains("\"disk_format\":\"raw\""), shown);
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
