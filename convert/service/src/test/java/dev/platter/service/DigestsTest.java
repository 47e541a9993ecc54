package dev.platter.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.platter.convert.Cancellation;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DigestsTest {
  private static String expected(String algorithm, byte[] all) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(all));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theyAreThoseOfTheBytesHoweverTheseCome(long seed) throws Exception {
    Random random = new Random(seed);
    byte[] all = new byte[40 << 20];
    try (Digests digests = new Digests(HashAlgorithm.SHA512, new Cancellation())) {
      int at = 0;
      while (at < all.length) {
        int length = Math.min(all.length - at, 1 + random.nextInt(5 << 20));
        if (random.nextInt(3) == 0) {
          digests.addZeros(length);
        } else {
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          System.arraycopy(bytes, 0, all, at, length);
          if (length <= Digests.BUFFER) {
            MemorySegment part = digests.buffer().asSlice(0, length);
            digests.add(part.copyFrom(MemorySegment.ofArray(bytes)));
          } else {
            digests.addCopy(MemorySegment.ofArray(bytes));
            MemorySegment.ofArray(bytes).fill((byte) 1); // it is the caller's again
          }
        }
        at += length;
      }
      assertEquals(
          new Fingerprint(
              all.length, expected("MD5", all), HashAlgorithm.SHA512, expected("SHA-512", all)),
          digests.finish());
    }
  }

  @Test
  void noBytesHaveDigestsToo() throws Exception {
    try (Digests digests = new Digests(HashAlgorithm.SHA512, new Cancellation())) {
      byte[] none = {};
      assertEquals(
          new Fingerprint(
              0, expected("MD5", none), HashAlgorithm.SHA512, expected("SHA-512", none)),
          digests.finish());
    }
  }

  @Test
  void aDiskOfZerosThatWouldTakeDaysIsGivenUpAtOnce() {
    Cancellation cancellation = new Cancellation();
    assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () -> {
          Thread.ofVirtual()
              .start(() -> {
                sleep(100);
                cancellation.cancel();
              });
          try (Digests digests = new Digests(HashAlgorithm.SHA512, cancellation)) {
            ImportException stopped =
                assertThrows(ImportException.class, () -> digests.addZeros(1L << 50));
            assertEquals(ImportException.Reason.CANCELLED, stopped.reason());
          }
        });
  }

  @Test
  void closingThemWaitsForNothing() {
    assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () -> {
          for (int i = 0; i < 50; i++) {
            try (Digests digests = new Digests(HashAlgorithm.SHA512, new Cancellation())) {
              fill(digests);
            }
          }
        });
  }

  private static void fill(Digests digests) throws IOException {
    digests.addZeros(100 << 20);
    digests.add(digests.buffer());
    digests.addZeros(1);
  }

  private static void sleep(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
