package dev.platter.server.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import dev.platter.server.image.Images;
import dev.platter.server.turn.FairTurns;
import dev.platter.server.turn.TurnLimits;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The tasks of an image as a stream of events (Server-Sent Events, HTML Living Standard, section
 * 9.2): {@code image} and {@code task} events when something has changed, then {@code end} once no
 * task is under way. What is told is what a caller may read of tasks anyway. It is read from the
 * database, so that any node tells of the work of any other.
 */
final class TaskEvents implements AutoCloseable {
  private static final TurnLimits LISTENERS = new TurnLimits(100, 20, 0);
  private static final Duration STEP = Duration.ofMillis(500);

  /** Whoever listens longer asks anew, with a token that is still good. */
  private static final Duration LONGEST = Duration.ofMinutes(15);

  /**
   * Steps after which something is sent in any case, so that listeners that are gone are noticed.
   */
  private static final int HEARTBEAT = 20;

  /** What is said of an image that is not there, or not to be seen, any more. */
  private static final String DELETED = "deleted";

  private final Images images;
  private final Tasks tasks;
  private final FairTurns listeners = new FairTurns(LISTENERS, Duration.ZERO);
  private final CountDownLatch closed = new CountDownLatch(1);

  TaskEvents(Images images, Tasks tasks) {
    this.images = images;
    this.tasks = tasks;
  }

  /** Answers with events until no task of the image is under way. */
  void answer(Call call) throws IOException {
    String id = call.variable("image_id");
    images.visible(call.caller(), id);
    try (FairTurns.Turn turn = listeners.take(call.caller().projectId())) {
      call.withHeader("Cache-Control", "no-store");
      call.withHeader("X-Accel-Buffering", "no"); // nginx would keep events back
      OutputStream output = call.answer(200, "text/event-stream", -1);
      if (!call.method().equals("HEAD")) {
        tell(new Listener(output), call, id);
      }
      output.close();
    }
  }

  private void tell(Listener listener, Call call, String id) {
    long end = System.nanoTime() + LONGEST.toNanos();
    try {
      for (int step = 1; System.nanoTime() < end; step++) {
        if (!tellOnce(listener, call, id)) {
          listener.send("end", "", Json.object());
          return;
        }
        if (step % HEARTBEAT == 0) {
          listener.beat();
        }
        if (closed.await(STEP.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (IOException e) {
      // Nobody listens any more.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tells what has changed; false: nothing will change any more. */
  private boolean tellOnce(Listener listener, Call call, String id) throws IOException {
    String status = status(call, id);
    boolean busy = false;
    if (!status.equals(DELETED)) {
      for (Task task : tasks.readableOf(id, call.caller())) {
        busy |= task.isUnderWay();
        listener.send("task", task.id(), event(task));
      }
    }
    if (!busy) {
      status = status(call, id); // the one that the last task has left
    }
    listener.send("image", "", Json.object().put("id", id).put("status", status));
    return busy;
  }

  /** The state of the image, as far as the caller may see it. */
  private String status(Call call, String id) {
    try {
      return images.visible(call.caller(), id).status();
    } catch (ApiException e) {
      return DELETED;
    }
  }

  private static ObjectNode event(Task task) {
    ObjectNode node = Json.object();
    node.put("id", task.id());
    node.put("type", task.type());
    node.put("status", task.status());
    node.put("message", task.message());
    node.set("progress", task.progress());
    return node;
  }

  /** Ends all streams. */
  @Override
  public void close() {
    closed.countDown();
  }

  /** Whoever reads one stream. */
  private static final class Listener {
    private final OutputStream output;
    private final Map<String, String> sent = new HashMap<>();

    Listener(OutputStream output) {
      this.output = output;
    }

    /** Sends an event, unless the last one about the same was the same. */
    void send(String event, String about, ObjectNode data) throws IOException {
      String text = Json.text(data); // without line breaks, which would end the data
      if (!text.equals(sent.put(event + about, text))) {
        write("event: " + event + "\ndata: " + text + "\n\n");
      }
    }

    /** A comment, which readers skip. */
    void beat() throws IOException {
      write(":\n\n");
    }

    private void write(String text) throws IOException {
      output.write(text.getBytes(StandardCharsets.UTF_8));
      output.flush();
    }
  }
}
