package dev.platter.server.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Bounds what the documents of all requests together take: only so many are worked on at once, few
 * of which are large, and a sender of a large one has to be quick.
 */
final class Documents {
  /** No document that the interface takes is anywhere near this size. */
  private static final int LARGEST = 1 << 20;

  private static final int SMALL = 64 << 10;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final Duration LONGEST_BODY = Duration.ofSeconds(30);

  private final Semaphore all = new Semaphore(64, true);
  private final Semaphore large = new Semaphore(8, true);

  /** What one request holds until it is answered. */
  final class Place implements AutoCloseable {
    private boolean small;
    private boolean big;

    /**
     * Reads a whole body.
     *
     * @throws ApiException if it is too large or comes too slowly, or there is no place for it
     */
    byte[] read(InputStream input) throws IOException {
      byte[] head = input.readNBytes(SMALL);
      byte[] bytes = head.length < SMALL ? head : withRest(head, input);
      if (!small) {
        take(all);
        small = true;
      }
      return bytes;
    }

    private byte[] withRest(byte[] head, InputStream input) throws IOException {
      if (!big) {
        take(large);
        big = true;
      }
      long end = System.nanoTime() + LONGEST_BODY.toNanos();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(4 * SMALL);
      bytes.writeBytes(head);
      byte[] part = new byte[SMALL];
      for (int n = input.read(part); n >= 0; n = input.read(part)) {
        bytes.write(part, 0, n);
        if (bytes.size() > LARGEST) {
          throw ApiException.tooLarge("The request's document is larger than 1 MiB");
        }
        if (System.nanoTime() > end) {
          throw new ApiException(408, "The request's document came too slowly");
        }
      }
      return bytes.toByteArray();
    }

    private static void take(Semaphore places) {
      try {
        if (!places.tryAcquire(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS)) {
          throw new ApiException(503, "The service has too much to do; try again later");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ApiException(503, "The service ends");
      }
    }

    @Override
    public void close() {
      if (small) {
        all.release();
        small = false;
      }
      if (big) {
        large.release();
        big = false;
      }
    }
  }
}
