package dev.platter.benchmarks.service;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A web server that has one file under all names, and gives each who asks so much a second. */
final class PacedFiles implements AutoCloseable {
  private static final int PART = 256 << 10;

  private final ServerSocket server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final byte[] content;
  private final double bytesPerSecond;

  /**
   * @param mib how large the file is
   * @param mibPerSecond what everybody gets of it; 0: as fast as it goes
   */
  PacedFiles(int mib, double mibPerSecond) throws IOException {
    content = new byte[mib << 20];
    new Random(1).nextBytes(content);
    bytesPerSecond = mibPerSecond * (1 << 20);
    Future<?> unused = threads.submit(this::accept);
  }

  String url(int number) {
    return "http://127.0.0.1:%d/%d.img".formatted(server.getLocalPort(), number);
  }

  int port() {
    return server.getLocalPort();
  }

  private Void accept() throws IOException {
    while (true) {
      Socket socket = server.accept();
      // A connection that breaks is its client's affair.
      Future<?> unused = threads.submit(() -> answer(socket));
    }
  }

  /** One request of a connection; what it says is of no interest. */
  private Void answer(Socket accepted) throws IOException, InterruptedException {
    try (Socket socket = accepted) {
      int ends = 0;
      while (ends < 4) {
        int next = socket.getInputStream().read();
        if (next < 0) {
          return null;
        }
        ends = next == "\r\n\r\n".charAt(ends) ? ends + 1 : next == '\r' ? 1 : 0;
      }
      OutputStream output = socket.getOutputStream();
      output.write(
          "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
              .formatted(content.length)
              .getBytes(StandardCharsets.US_ASCII));
      long begun = System.nanoTime();
      for (int at = 0; at < content.length; at += PART) {
        output.write(content, at, Math.min(PART, content.length - at));
        if (bytesPerSecond > 0) {
          long due = begun + (long) ((at + PART) / bytesPerSecond * 1e9);
          Thread.sleep(Math.max(0, (due - System.nanoTime()) / 1_000_000));
        }
      }
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    threads.shutdownNow();
  }
}
