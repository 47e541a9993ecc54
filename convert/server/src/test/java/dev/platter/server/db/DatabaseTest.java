package dev.platter.server.db;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The embedded database when it has too much to do. */
@Timeout(60)
class DatabaseTest {
  private static final String ADD = "INSERT INTO quota_locks (number) VALUES (?)";

  private static final int FIRST = 100;
  private static final String COUNTED = "SELECT number FROM quota_locks WHERE number >= " + FIRST;

  private static int rows(Database database) {
    return database.read(session -> session.list(COUNTED, row -> row.getInt(1)).size());
  }

  @Test
  void whoFindsAllConnectionsTakenIsRefusedAndNothingElseHappens(@TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("database");
    try (Database database =
        new Database(Database.embedded(file), "", "", 2, Duration.ofSeconds(1))) {
      CountDownLatch taken = new CountDownLatch(2);
      CountDownLatch refused = new CountDownLatch(1);
      List<CompletableFuture<Integer>> slow =
          Stream.of(FIRST, FIRST + 1)
              .map(number -> begin(database, number, taken, refused))
              .toList();
      taken.await();
      for (int i = 0; i < 2; i++) {
        DatabaseException refusal = assertThrows(DatabaseException.class, () -> rows(database));
        assertTrue(refusal.isUnavailable(), "later it may do that");
        assertFalse(refusal.isGone(), "it is there");
      }
      assertTrue(
          Files.exists(directory.resolve("database.mv.db.reserve")),
          "the room for bad times is kept");
      CompletableFuture<Integer> goesOn =
          CompletableFuture.supplyAsync(
              () -> database.readOn(session -> session.list(COUNTED, row -> row.getInt(1)).size()),
              command -> Thread.ofPlatform().start(command));
      assertThrows(DatabaseException.class, () -> rows(database));
      assertFalse(goesOn.isDone(), "an answer that has begun waits longer");
      refused.countDown();
      assertTrue(goesOn.join() >= 0);
      slow.forEach(CompletableFuture::join);
      assertEquals(4, rows(database));
    }
  }

  private static CompletableFuture<Integer> begin(
      Database database, int number, CountDownLatch taken, CountDownLatch end) {
    return CompletableFuture.supplyAsync(
        () ->
            database.transaction(session -> {
              session.update(ADD, number);
              taken.countDown();
              await(end);
              return session.update(ADD, number + 10);
            }),
        command -> Thread.ofPlatform().start(command));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
