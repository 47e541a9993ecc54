package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.db.Database;
import dev.platter.service.ImportException;
import dev.platter.service.ImportListener;
import dev.platter.service.StoredCopy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A worker that was taken for dead and lives: the import is begun again, by whoever it is, and
 * nothing that the first one still does has any effect.
 */
@Timeout(60)
class TakeoverTest {
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";
  private static final String DIRECT =
      "{\"method\":{\"name\":\"glance-direct\"},\"stores\":[\"fast\",\"slow\"]}";

  @TempDir Path directory;

  /** Where the first worker is when it stops for a while. */
  enum Point {
    INSPECTING,
    BEFORE_RECORD,
    AFTER_RECORD
  }

  /** Holds the first import of all at a point, until it is let go. */
  private static final class Hold {
    private final Point point;
    private final AtomicInteger imports = new AtomicInteger();
    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    Hold(Point point) {
      this.point = point;
    }

    ImportListener wrap(ImportListener record) {
      return imports.getAndIncrement() == 0 ? new Held(record) : record;
    }

    private void at(Point now) throws IOException {
      if (now == point && held.getCount() > 0) {
        held.countDown();
        try {
          release.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
    }

    private final class Held extends WrappedListener {
      Held(ImportListener record) {
        super(record);
      }

      @Override
      public void phase(Phase phase) throws IOException {
        if (phase == Phase.INSPECTING) {
          at(Point.INSPECTING);
        }
        super.phase(phase);
      }

      @Override
      public void stored(StoredCopy copy) throws IOException {
        at(Point.BEFORE_RECORD);
        super.stored(copy);
        at(Point.AFTER_RECORD);
      }

      @Override
      public boolean beginsAgain(ImportException failure) {
        try {
          return super.beginsAgain(failure);
        } finally {
          ended.countDown();
        }
      }
    }
  }

  private RunningServer server() throws IOException {
    return new RunningServer(directory).set("taskflow_executor", "max_workers", "4");
  }

  @ParameterizedTest
  @EnumSource
  void theFirstChangesNothingAnyMore(Point point) throws Exception {
    byte[] content = new byte[300_000];
    new Random(3).nextBytes(content);
    Hold hold = new Hold(point);
    try (RunningServer server = server().start(hold::wrap)) {
      String id = server.create(RunningServer.ADMIN, RAW);
      server.ask("PUT", "/v2/images/" + id + "/stage", content);
      assertEquals(202, server.ask("POST", "/v2/images/" + id + "/import", DIRECT).status());
      assertTrue(hold.held.await(20, TimeUnit.SECONDS));
      Database database = server.server().database();
      // What happens when somebody is taken for dead.
      database.update(
          "UPDATE scheduled_tasks SET picked = FALSE, picked_by = NULL, version = version + 1");
      JsonNode image = server.settled(id);
      assertEquals("active", image.path("status").textValue(), image::toString);
      hold.release.countDown();
      assertTrue(hold.ended.await(20, TimeUnit.SECONDS));
      while (server.server().importsUnderWay() > 0) {
        Thread.sleep(10);
      }
      assertEquals(image, server.image(id));
      for (String store : new String[] {"fast", "slow"}) {
        assertArrayEquals(
            content, Files.readAllBytes(server.storeDirectory(store).resolve(id)), store);
      }
      assertEquals(Set.of(), RunningServer.files(server.staging()));
      JsonNode tasks = server.ask("GET", "/v2/images/" + id + "/tasks", null).json().path("tasks");
      assertEquals("success", tasks.path(0).path("status").textValue(), tasks::toString);
    }
  }

  @Test
  void whatTheFirstBringsLateOfADeletedImageIsRemoved() throws Exception {
    Hold hold = new Hold(Point.BEFORE_RECORD);
    try (RunningServer server = server().start(hold::wrap)) {
      String id = server.create(RunningServer.ADMIN, RAW);
      server.ask("PUT", "/v2/images/" + id + "/stage", new byte[100_000]);
      server.ask("POST", "/v2/images/" + id + "/import", DIRECT);
      assertTrue(hold.held.await(20, TimeUnit.SECONDS));
      assertEquals(204, server.ask("DELETE", "/v2/images/" + id, null).status());
      hold.release.countDown();
      while (server.server().importsUnderWay() > 0) {
        Thread.sleep(10);
      }
      for (String store : new String[] {"fast", "slow"}) {
        assertFalse(Files.exists(server.storeDirectory(store).resolve(id)), store);
      }
      assertEquals(Set.of(), RunningServer.files(server.staging()));
    }
  }

  @Test
  void anImportThatTheEndOfTheServiceInterruptsBeginsAgainWhenItIsBack() throws Exception {
    byte[] content = new byte[300_000];
    new Random(5).nextBytes(content);
    Hold hold = new Hold(Point.BEFORE_RECORD);
    RunningServer ending = server().start(hold::wrap);
    String id = ending.create(RunningServer.ADMIN, RAW);
    ending.ask("PUT", "/v2/images/" + id + "/stage", content);
    ending.ask("POST", "/v2/images/" + id + "/import", DIRECT);
    assertTrue(hold.held.await(20, TimeUnit.SECONDS));
    CompletableFuture<Void> closed =
        CompletableFuture.runAsync(
            () -> {
              try {
                ending.close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            Thread::startVirtualThread);
    Thread.sleep(500); // it is told to end by now
    hold.release.countDown();
    closed.get(20, TimeUnit.SECONDS);
    assertEquals(Set.of(id + ".platter-staged"), RunningServer.files(ending.staging()));
    for (String store : new String[] {"fast", "slow"}) {
      assertEquals(Set.of(), RunningServer.files(ending.storeDirectory(store)), store);
    }
    try (RunningServer back = new RunningServer(directory).start()) {
      JsonNode image = back.settled(id);
      assertEquals("active", image.path("status").textValue(), image::toString);
      assertArrayEquals(content, Files.readAllBytes(back.storeDirectory("slow").resolve(id)));
      assertEquals(Set.of(), RunningServer.files(back.staging()));
    }
  }

  /** An upload that is under way until its end is let go. */
  private static final class Upload {
    private final CountDownLatch release = new CountDownLatch(1);
    private final CompletableFuture<RunningServer.Answer> answer;

    Upload(RunningServer server, String id, String store) throws Exception {
      CountDownLatch sent = new CountDownLatch(1);
      answer =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return server.askAs(
                      RunningServer.ADMIN,
                      "PUT",
                      "/v2/images/" + id + "/file",
                      HeldBody.of(sent, release, 5000),
                      "x-image-meta-store",
                      store);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              Thread::startVirtualThread);
      assertTrue(sent.await(20, TimeUnit.SECONDS));
      while (!server.image(id).path("status").textValue().equals("saving")) {
        Thread.sleep(10);
      }
    }

    RunningServer.Answer end() {
      release.countDown();
      return answer.join();
    }
  }

  @Test
  void anUploadWhoseNodeWasTakenForDeadBringsNothing() throws Exception {
    try (RunningServer server = new RunningServer(directory).start()) {
      String id = server.create(RunningServer.ADMIN, RAW);
      Upload first = new Upload(server, id, "fast");
      server
          .server()
          .database()
          .update("UPDATE images SET status = 'queued', busy_node = NULL WHERE id = ?", id);
      Upload second = new Upload(server, id, "slow");
      assertEquals(410, first.end().status());
      assertEquals("saving", server.image(id).path("status").textValue());
      assertEquals(204, second.end().status());
      JsonNode image = server.image(id);
      assertEquals("active", image.path("status").textValue(), image::toString);
      assertEquals("slow", image.path("stores").textValue());
      assertEquals(5000, Files.size(server.storeDirectory("slow").resolve(id)));
    }
  }
}
