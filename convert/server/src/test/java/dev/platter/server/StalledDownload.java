package dev.platter.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A web server whose file comes to a quarter, and then hardly on until it is told to. */
final class StalledDownload implements AutoCloseable {
  private final HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
  private final CountDownLatch gate = new CountDownLatch(1);
  private final int size;

  /**
   * @param size of the file, bytes, all of them zero
   */
  StalledDownload(int size) throws IOException {
    this.size = size;
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(200, size);
      OutputStream body = exchange.getResponseBody();
      int sent = size / 4;
      body.write(new byte[sent]);
      while (!gate.await(50, TimeUnit.MILLISECONDS)) { // goes on, and gets nowhere
        body.write(new byte[1 << 10]);
        body.flush();
        sent += 1 << 10;
      }
      body.write(new byte[size - sent]);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  /** Lets the rest come. */
  void goOn() {
    gate.countDown();
  }

  @Override
  public void close() {
    goOn();
    server.stop(0);
  }
}
