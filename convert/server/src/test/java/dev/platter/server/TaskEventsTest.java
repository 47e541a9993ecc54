package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.http.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How an import goes, told while it does. */
@Timeout(60)
class TaskEventsTest {
  private static final String ALICE = "alice:p1:member";
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";
  private static final int SIZE = 8 << 20;

  @TempDir Path directory;
  private StalledDownload web;
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    web = new StalledDownload(SIZE);
    server = new RunningServer(directory).set("DEFAULT", "graceful_shutdown_timeout", "30").start();
  }

  @AfterEach
  void end() throws IOException {
    web.goOn();
    server.close();
    web.close();
  }

  private String begin() throws IOException {
    String id = server.create(ALICE, RAW);
    String request =
        "{\"method\":{\"name\":\"web-download\",\"uri\":\"%s\"}}".formatted(web.url("/S3CRET"));
    assertEquals(
        202, server.askAs(ALICE, "POST", "/v2/images/" + id + "/import", request).status());
    return id;
  }

  private record Event(String name, JsonNode data) {}

  /** One stream of events. */
  private final class Stream implements AutoCloseable {
    private final Socket socket = new Socket("127.0.0.1", server.server().port());
    private final BufferedReader lines;
    final String status;

    Stream(String token, String id) throws IOException {
      socket
          .getOutputStream()
          .write(
              ("GET /v2/images/%s/tasks/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                      + "X-Auth-Token: %s\r\n\r\n")
                  .formatted(id, token)
                  .getBytes(StandardCharsets.US_ASCII));
      lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      status = lines.readLine();
    }

    /** The next event; nothing at the end. What is around events is skipped. */
    Optional<Event> next() throws IOException {
      String name = "";
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("event: ")) {
          name = line.substring(7);
        } else if (line.startsWith("data: ")) {
          return Optional.of(new Event(name, Json.parse(line.substring(6))));
        }
      }
      return Optional.empty();
    }

    /** All that is left. */
    List<Event> rest() throws IOException {
      List<Event> events = new ArrayList<>();
      for (Optional<Event> event = next(); event.isPresent(); event = next()) {
        events.add(event.get());
      }
      return events;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void progressIsToldUntilTheTaskEnds() throws IOException {
    String id = begin();
    try (Stream stream = new Stream(ALICE, id)) {
      assertEquals("HTTP/1.1 200 OK", stream.status);
      JsonNode progress = null;
      while (progress == null || progress.path("bytes_per_second").isNull()) {
        Event event = stream.next().orElseThrow();
        assertNotEquals("end", event.name());
        assertFalse(event.data().toString().contains("S3CRET"), event.data().toString());
        if (event.data().path("progress").isObject()) {
          progress = event.data().path("progress");
        }
      }
      assertEquals("downloading", progress.path("phase").asText());
      assertEquals(SIZE, progress.path("bytes_total").asLong());
      long done = progress.path("bytes_done").asLong();
      assertTrue(done >= SIZE / 4 && done <= SIZE / 2, progress.toString());
      assertTrue(progress.path("bytes_per_second").asLong() > 0, progress.toString());
      assertTrue(progress.path("seconds_left").asLong(-1) >= 0, progress.toString());
      JsonNode task =
          server.askAs(ALICE, "GET", "/v2/images/" + id + "/tasks", null).json().at("/tasks/0");
      assertEquals(SIZE, task.at("/progress/bytes_total").asLong(), task.toString());
      web.goOn();
      List<Event> rest = stream.rest();
      assertEquals("end", rest.getLast().name(), rest.toString());
      Event image = rest.get(rest.size() - 2);
      assertEquals("active", image.data().path("status").asText(), rest.toString());
      JsonNode last = rest.get(rest.size() - 3).data();
      assertEquals("success", last.path("status").asText(), rest.toString());
      assertTrue(last.path("progress").isNull(), rest.toString());
    }
  }

  @Test
  void aStreamOfWhatIsOverEndsAtOnce() throws IOException {
    web.goOn();
    String id = begin();
    server.settled(id);
    try (Stream stream = new Stream(ALICE, id)) {
      assertEquals(
          List.of("task", "image", "end"), stream.rest().stream().map(Event::name).toList());
    }
  }

  @Test
  void whoMayNotReadTheTaskLearnsNothing() throws IOException {
    String id = begin();
    try (Stream stream = new Stream("mallory:p2:member", id)) {
      assertTrue(stream.status.startsWith("HTTP/1.1 404"), stream.status);
    }
    String open = "[{\"op\":\"replace\",\"path\":\"/visibility\",\"value\":\"public\"}]";
    assertEquals(200, server.patch(RunningServer.ADMIN, id, open).status());
    try (Stream stream = new Stream("mallory:p2:member", id)) {
      assertEquals(
          List.of("image", "end"),
          stream.rest().stream().map(Event::name).toList(),
          "the image may be seen, its tasks may not");
    }
  }

  @Test
  void thereIsAnEndToHowManyListen() throws IOException {
    String id = begin();
    List<Stream> listeners = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        listeners.add(new Stream(ALICE, id));
        assertEquals("HTTP/1.1 200 OK", listeners.getLast().status);
      }
      try (Stream more = new Stream(ALICE, id)) {
        assertTrue(more.status.startsWith("HTTP/1.1 429"), more.status);
      }
      try (Stream other = new Stream(RunningServer.ADMIN, id)) {
        assertEquals("HTTP/1.1 200 OK", other.status, "another project has places of its own");
      }
    } finally {
      for (Stream listener : listeners) {
        listener.close();
      }
    }
  }

  @Test
  void listenersDoNotKeepTheServiceFromEnding() throws IOException {
    String id = begin();
    try (Stream stream = new Stream(ALICE, id)) {
      stream.next();
      web.goOn();
      long started = System.nanoTime();
      server.server().close();
      Duration took = Duration.ofNanos(System.nanoTime() - started);
      assertTrue(took.toSeconds() < 25, took::toString);
      stream.rest();
    }
  }

  @Test
  void aDeletedImageEndsItsStream() throws IOException {
    String id = begin();
    try (Stream stream = new Stream(ALICE, id)) {
      stream.next();
      assertEquals(204, server.askAs(ALICE, "DELETE", "/v2/images/" + id, null).status());
      List<Event> rest = stream.rest();
      assertEquals("end", rest.getLast().name(), rest.toString());
      assertEquals("deleted", rest.get(rest.size() - 2).data().path("status").asText());
    }
  }
}
