package dev.platter.testdata;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Docker's registry on loopback, with its blobs in a directory of the test's. */
public final class DockerRegistry implements Closeable {
  private static final int MOST_WAITS = 600;

  private final int port;
  private final Process process;

  private DockerRegistry(int port, Process process) {
    this.port = port;
    this.process = process;
  }

  /**
   * Starts one, and waits until it answers.
   *
   * @param directory for its settings, its log and its blobs
   * @param more lines of its settings
   */
  public static DockerRegistry start(Path directory, String more) throws IOException {
    Path program = ExternalTool.named("docker-registry").program();
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path settings =
        Files.writeString(
            directory.resolve("registry.yml"),
            """
            version: 0.1
            log: {level: error, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: %s/blobs}}
            http: {addr: 127.0.0.1:%d}
            %s
            """
                .formatted(directory, port, more));
    Process process =
        new ProcessBuilder(program.toString(), "serve", settings.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("registry.log").toFile())
            .start();
    DockerRegistry registry = new DockerRegistry(port, process);
    try {
      for (int i = 0; !registry.answers(); i++) {
        if (i == MOST_WAITS || process.waitFor(50, TimeUnit.MILLISECONDS)) {
          throw new IOException(
              "docker-registry does not come up: "
                  + Files.readString(directory.resolve("registry.log")));
        }
      }
      return registry;
    } catch (InterruptedException e) {
      registry.close();
      throw new InterruptedIOException("interrupted while docker-registry comes up");
    } catch (Throwable e) {
      registry.close();
      throw e;
    }
  }

  private boolean answers() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Where it listens, on loopback. */
  public int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
