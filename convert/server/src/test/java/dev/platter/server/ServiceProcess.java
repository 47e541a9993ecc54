package dev.platter.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The service as a process of its own, with the memory that it is shipped with. */
final class ServiceProcess implements AutoCloseable {
  private static final Path OPTIONS = Path.of("../cli/src/main/dist/service.options");

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process process;
  private final Path log;
  private final String url;

  /** Starts it in a directory with some settings, and waits until it listens. */
  ServiceProcess(Path directory, String settings) throws IOException {
    Path config = directory.resolve("settings.conf");
    Files.writeString(config, "[DEFAULT]\ngraceful_shutdown_timeout = 0\n" + settings);
    log = directory.resolve("service.log");
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                heap(),
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(
        List.of(
            "--listen",
            "127.0.0.1:0",
            "--data",
            directory.resolve("data").toString(),
            "--config",
            config.toString()));
    process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    byte[] line = new byte[200];
    int length = process.getInputStream().read(line);
    String text = new String(line, 0, Math.max(0, length), StandardCharsets.UTF_8).strip();
    if (!text.contains("http://")) {
      throw new IOException(text + "\n" + log());
    }
    url = text.substring(text.indexOf("http://"));
  }

  /** The heap that the distribution gives it. */
  private static String heap() throws IOException {
    return Files.readAllLines(OPTIONS).stream()
        .filter(line -> line.startsWith("-Xmx"))
        .findFirst()
        .orElseThrow();
  }

  String url() {
    return url;
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  boolean runs() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  HttpResponse<String> ask(String method, String path, String body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(Duration.ofSeconds(120))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** The most memory that the process has had, in MiB. */
  long peakMiB() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) >> 10;
      }
    }
    throw new IOException("no VmHWM");
  }

  @Override
  public void close() throws IOException {
    client.close();
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
