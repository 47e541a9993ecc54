package dev.platter.benchmarks.service;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks one service. */
final class Client implements AutoCloseable {
  private static final Pattern ID = Pattern.compile("\"id\": ?\"([0-9a-f-]{36})\"");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String url;
  private final String token;

  Client(RacedService service) {
    this(service, "");
  }

  /**
   * @param token says who asks; empty: nobody wants to know
   */
  Client(RacedService service, String token) {
    url = service.url();
    this.token = token;
  }

  /**
   * Asks once.
   *
   * @param body JSON; null: none
   * @throws IOException if the answer is an error
   */
  String ask(String method, String path, String body) throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path));
    if (!token.isEmpty()) {
      request.header("X-Auth-Token", token);
    }
    if (body == null) {
      request.method(method, BodyPublishers.noBody());
    } else {
      request.header("Content-Type", "application/json");
      request.method(method, BodyPublishers.ofString(body));
    }
    try {
      HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
      if (answer.statusCode() >= 400) {
        throw new IOException(method + " " + path + ": " + answer.statusCode() + answer.body());
      }
      return answer.body();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Makes a record, and answers its identifier. */
  String create(String format) throws IOException {
    return identifierIn(ask("POST", "/v2/images", document(format)));
  }

  /** A new record. */
  static String document(String format) {
    return "{\"name\":\"image\",\"disk_format\":\"%s\",\"container_format\":\"bare\"}"
        .formatted(format);
  }

  /** The identifier in what a service says of an image. */
  static String identifierIn(String image) throws IOException {
    Matcher id = ID.matcher(image);
    if (!id.find()) {
      throw new IOException("an image without an identifier: " + image);
    }
    return id.group(1);
  }

  /** Waits until an import is over. */
  void awaitActive(String id) throws IOException {
    for (String image = ""; !image.contains("\"active\""); ) {
      image = ask("GET", "/v2/images/" + id, null);
      if (image.contains("\"queued\"")) {
        throw new IOException("the import failed: " + ask("GET", "/v2/images/" + id, null));
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  /** Something that is asked for again and again. */
  @FunctionalInterface
  interface Request {
    void send() throws IOException;
  }

  /** How many requests a second are answered, so many at a time, for so long. */
  static double rate(Request request, int atOnce, double seconds) throws IOException {
    AtomicLong count = new AtomicLong();
    long begun = System.nanoTime();
    long end = begun + (long) (seconds * 1e9);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < atOnce; i++) {
        all.add(
            threads.submit(() -> {
              while (System.nanoTime() < end) {
                request.send();
                count.incrementAndGet();
              }
              return null;
            }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    } catch (Exception e) {
      throw new IOException(e);
    }
    return count.get() * 1e9 / (System.nanoTime() - begun);
  }

  @Override
  public void close() {
    client.close();
  }
}
