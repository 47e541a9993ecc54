package dev.platter.server;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A node as a process of its own, which can be killed. */
final class NodeProcess implements AutoCloseable {
  private final Path directory;
  private final Process process;

  /**
   * Starts it, and does not wait for it.
   *
   * @param directory of its own
   * @param arguments such as {@code --worker}
   */
  NodeProcess(Path directory, String settings, String... arguments) throws IOException {
    this.directory = Files.createDirectories(directory);
    Path config = directory.resolve("settings.conf");
    Files.writeString(config, settings);
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "--listen",
                "127.0.0.1:0",
                "--data",
                directory.resolve("data").toString(),
                "--config",
                config.toString()));
    command.addAll(List.of(arguments));
    process =
        new ProcessBuilder(command)
            .redirectOutput(directory.resolve("out").toFile())
            .redirectError(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
            .start();
  }

  /** Waits until it listens, and says where. */
  URI awaitUrl() throws IOException, InterruptedException {
    while (process.isAlive()) {
      String said = Files.readString(directory.resolve("out"), StandardCharsets.UTF_8);
      if (said.endsWith("\n")) {
        return URI.create(said.substring(said.indexOf("http://")).strip());
      }
      Thread.sleep(20);
    }
    throw new IOException("it does not start: " + log());
  }

  String log() throws IOException {
    return Files.readString(directory.resolve("log"));
  }

  /** As a power failure ends it. */
  void kill() throws InterruptedException {
    process.destroyForcibly(); // SIGKILL
    process.waitFor();
  }

  /** As an administrator ends it. */
  @Override
  public void close() {
    process.destroy(); // SIGTERM
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("it does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
