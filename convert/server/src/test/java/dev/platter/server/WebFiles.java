package dev.platter.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A web server with files, which answers ranges, and fails or waits when it is told to. */
final class WebFiles implements AutoCloseable {
  private final HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
  private final Map<String, byte[]> files = new ConcurrentHashMap<>();

  /** How many requests for more than a byte fail from now on. */
  final AtomicInteger failures = new AtomicInteger();

  /** How many requests for more than a byte there were. */
  final AtomicInteger reads = new AtomicInteger();

  /** Requests for more than a byte wait for this. */
  volatile CountDownLatch gate = new CountDownLatch(0);

  WebFiles() throws IOException {
    server.createContext("/", this::answer);
    server.setExecutor(Executors.newCachedThreadPool(Thread.ofVirtual().factory()));
    server.start();
  }

  String put(String name, byte[] content) {
    files.put("/" + name, content);
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/" + name;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] content = files.get(exchange.getRequestURI().getPath());
      if (content == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      if (exchange.getRequestMethod().equals("HEAD")) { // as another service asks for the size
        exchange.getResponseHeaders().set("Content-Length", String.valueOf(content.length));
        exchange.sendResponseHeaders(200, -1);
        return;
      }
      String range = exchange.getRequestHeaders().getFirst("Range");
      if (range == null) {
        exchange.sendResponseHeaders(200, content.length);
        exchange.getResponseBody().write(content);
        return;
      }
      String[] ends = range.replace("bytes=", "").split("-");
      int from = Integer.parseInt(ends[0]);
      int to = Math.min(content.length - 1, Integer.parseInt(ends[1]));
      if (to > from) {
        reads.incrementAndGet();
        gate.await();
        if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
          exchange.sendResponseHeaders(500, -1);
          return;
        }
      }
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + to + "/" + content.length);
      exchange.sendResponseHeaders(206, to - from + 1);
      exchange.getResponseBody().write(Arrays.copyOfRange(content, from, to + 1));
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    gate.countDown();
    server.stop(0);
  }
}
