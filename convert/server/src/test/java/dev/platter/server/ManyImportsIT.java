package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.platter.server.http.Json;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fifty imports at once, with conversion, in a process of little memory. */
@Tag("interop")
class ManyImportsIT {
  private static final int COUNT = 50;
  private static final int HEAP_MIB = 64;
  private static final long RESIDENT_MIB = 400;

  @TempDir Path directory;
  private final HttpClient client = HttpClient.newHttpClient();
  private String url;

  private String ask(String method, String path, String body) throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertTrue(answer.statusCode() < 300, answer::body);
    return answer.body();
  }

  @Test
  void fiftyImportsNeedNoMoreMemoryThanAFew() throws Exception {
    Path source = directory.resolve("source.qcow2");
    ExternalTool.qemuImg().run("create", "-q", "-f", "qcow2", source, "96M").mustExit(0);
    ExternalTool.qemuIo()
        .run("-c", "write -P 7 1M 8M", "-c", "write -P 9 80M 8M", source)
        .mustExit(0);
    byte[] content = Files.readAllBytes(source);
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    web.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, content.length);
          exchange.getResponseBody().write(content);
          exchange.close();
        });
    web.start();
    Files.writeString(
        directory.resolve("config"),
        """
        [image_import_opts]
        image_import_plugins = [image_conversion]
        [import_filtering_opts]
        allowed_ports =
        allowed_networks = 127.0.0.0/8
        """);
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx" + HEAP_MIB + "m",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "--listen",
                "127.0.0.1:0",
                "--data",
                directory.resolve("data").toString(),
                "--config",
                directory.resolve("config").toString())
            .redirectError(directory.resolve("log").toFile())
            .start();
    try {
      String line = process.inputReader().readLine();
      url = line.substring(line.indexOf("http://"));
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < COUNT; i++) {
        String record = "{\"disk_format\":\"qcow2\",\"container_format\":\"bare\"}";
        ids.add(Json.parse(ask("POST", "/v2/images", record)).path("id").textValue());
      }
      for (String id : ids) {
        ask(
            "POST",
            "/v2/images/" + id + "/import",
            "{\"method\":{\"name\":\"web-download\",\"uri\":\"http://127.0.0.1:%d/x\"}}"
                .formatted(web.getAddress().getPort()));
      }
      for (String id : ids) {
        JsonNode image = settled(id);
        assertEquals("active", image.path("status").textValue(), image::toString);
        assertEquals("raw", image.path("disk_format").textValue());
      }
      long resident = peakMiB(process.pid());
      assertTrue(resident < RESIDENT_MIB, "peak resident memory is " + resident + " MiB");
      Path last = directory.resolve("data/images").resolve(ids.getLast());
      ExternalTool.qemuImg().run("compare", source, last).mustExit(0);
    } finally {
      process.destroy();
      web.stop(0);
      client.close();
    }
  }

  private JsonNode settled(String id) throws Exception {
    for (int i = 0; i < 3000; i++) {
      JsonNode image = Json.parse(ask("GET", "/v2/images/" + id, ""));
      if (!image.has("os_glance_import_task")) {
        return image;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("the import does not end");
  }

  /** The most memory that the process has had so far. */
  private static long peakMiB(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) >> 10;
      }
    }
    throw new IOException("the system does not tell");
  }
}
