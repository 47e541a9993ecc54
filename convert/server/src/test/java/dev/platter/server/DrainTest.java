package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The end of the service, while requests are under way. */
class DrainTest {
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";
  private static final int SIZE = 32 << 20;

  @TempDir Path directory;

  private RunningServer server(int seconds) throws IOException {
    return new RunningServer(directory)
        .set("DEFAULT", "graceful_shutdown_timeout", Integer.toString(seconds))
        .start();
  }

  /** Begins a download whose answer is larger than all buffers on the way. */
  private static Socket download(RunningServer server) throws IOException {
    String id = server.create(RunningServer.ADMIN, RAW);
    server.ask("PUT", "/v2/images/" + id + "/file", new byte[SIZE]);
    Socket socket = new Socket("127.0.0.1", server.server().port());
    socket
        .getOutputStream()
        .write(
            ("GET /v2/images/" + id + "/file HTTP/1.1\r\nHost: x\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    assertEquals('H', socket.getInputStream().read());
    return socket;
  }

  private static long rest(Socket socket) throws IOException {
    InputStream input = socket.getInputStream();
    byte[] buffer = new byte[1 << 16];
    long count = 0;
    for (int read = 0; read >= 0; read = input.read(buffer)) {
      count += read;
    }
    return count;
  }

  private static Thread close(RunningServer server) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            server.close();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  private static boolean takesConnections(int port) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (ConnectException e) {
      return false;
    }
  }

  @Test
  @Timeout(60)
  void whatIsUnderWayEndsAndNothingNewBegins() throws Exception {
    RunningServer server = server(50);
    int port = server.server().port();
    try (Socket socket = download(server)) {
      Thread closing = close(server);
      while (takesConnections(port)) {
        Thread.onSpinWait();
      }
      assertTrue(closing.isAlive(), "it waits for the download");
      assertTrue(rest(socket) > SIZE, "head and content came whole");
      closing.join();
    }
  }

  @Test
  @Timeout(60)
  void whoeverTakesTooLongIsCutOff() throws Exception {
    RunningServer server = server(1);
    try (Socket socket = download(server)) {
      close(server).join();
      assertTrue(rest(socket) < SIZE);
    }
  }
}
