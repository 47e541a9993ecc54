package dev.platter.remote.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AttemptsTest {
  private static final Patience PATIENCE =
      new Patience(Duration.ofSeconds(20), Duration.ofMillis(1));

  private int attempts;

  private int succeedAt(int number) throws IOException {
    attempts++;
    if (attempts < number) {
      throw new IOException("broken");
    }
    return number;
  }

  @Test
  void whatPassesIsTriedAgainAndWhatLastsIsNot() throws IOException {
    assertEquals(Attempts.MOST, Attempts.repeated(PATIENCE, () -> succeedAt(Attempts.MOST)));
    attempts = 0;
    var last =
        assertThrows(
            HttpException.class,
            () -> Attempts.repeated(PATIENCE, () -> succeedAt(Attempts.MOST + 1)));
    assertEquals("broken (4 attempts)", last.getMessage());
    assertEquals(Attempts.MOST, attempts);
    attempts = 0;
    assertThrows(
        HttpException.class,
        () ->
            Attempts.repeated(
                PATIENCE,
                () -> {
                  attempts++;
                  throw new HttpException("no");
                }));
    assertEquals(1, attempts);
  }

  @Test
  void pausesDouble() {
    assertEquals(
        "[PT0.2S, PT0.4S, PT0.8S, PT1.6S]",
        IntStream.rangeClosed(1, 4)
            .mapToObj(Patience.of(Duration.ofSeconds(60))::after)
            .toList()
            .toString());
  }

  @Test
  void thereIsAPauseBetweenTwoAttempts() throws IOException {
    long begun = System.nanoTime();
    Attempts.repeated(
        new Patience(Duration.ofSeconds(20), Duration.ofMillis(30)), () -> succeedAt(2));
    assertTrue(System.nanoTime() - begun >= Duration.ofMillis(30).toNanos());
  }
}
