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
import org.junit.jupiter.api.io.TempDir;

/** The embedded database when it has too much to do. */
class DatabaseTest {
  private static final String ADD = "INSERT INTO cache_nodes (node, url) VALUES (?, ?)";

  private static int nodes(Database database) {
    return database.read(
        session -> session.list("SELECT node FROM cache_nodes", row -> row.getString(1)).size());
  }

  @Test
  void whoFindsAllConnectionsTakenIsRefusedAndNothingElseHappens(@TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("database");
    try (Database database =
        new Database(Database.embedded(file), "", "", 2, Duration.ofMillis(300))) {
      CountDownLatch taken = new CountDownLatch(2);
      CountDownLatch refused = new CountDownLatch(1);
      List<CompletableFuture<Integer>> slow =
          Stream.of("a", "b").map(node -> begin(database, node, taken, refused)).toList();
      taken.await();
      for (int i = 0; i < 2; i++) {
        DatabaseException refusal = assertThrows(DatabaseException.class, () -> nodes(database));
        assertTrue(refusal.isUnavailable(), "later it may do that");
        assertFalse(refusal.isGone(), "it is there");
      }
      assertTrue(
          Files.exists(directory.resolve("database.mv.db.reserve")),
          "the room for bad times is kept");
      CompletableFuture<Integer> goesOn =
          CompletableFuture.supplyAsync(
              () ->
                  database.readOn(session ->
                      session.list("SELECT node FROM cache_nodes", row -> row.getString(1)).size()),
              command -> Thread.ofPlatform().start(command));
      assertThrows(DatabaseException.class, () -> nodes(database));
      assertFalse(goesOn.isDone(), "an answer that has begun waits longer");
      refused.countDown();
      assertTrue(goesOn.join() >= 0);
      slow.forEach(CompletableFuture::join);
      assertEquals(4, nodes(database));
    }
  }

  private static CompletableFuture<Integer> begin(
      Database database, String node, CountDownLatch taken, CountDownLatch end) {
    return CompletableFuture.supplyAsync(
        () ->
            database.transaction(session -> {
              session.update(ADD, node, "");
              taken.countDown();
              await(end);
              return session.update(ADD, node + " again", "");
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
