package dev.platter.remote.http;

import dev.platter.remote.Bandwidth;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The body of an answer, which fails where nothing more comes for a time while it is read. For one
 * thread.
 */
public final class Body extends FilterInputStream {
  private final Duration timeout;
  private final AtomicLong count = new AtomicLong();
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile boolean stalled;

  /** Whether somebody waits: a reader may take its time between two reads. */
  private volatile boolean isRead;

  /**
   * @param body closed with this
   * @param timeout how long nothing may come
   */
  public Body(InputStream body, Duration timeout) {
    super(body);
    this.timeout = timeout;
    Thread.ofVirtual().start(this::watch);
  }

  /** How many bytes came. */
  int count() {
    return Math.toIntExact(count.get());
  }

  /**
   * Reads up to the end of the array or of the body, and then watches no more.
   *
   * @return how many bytes
   */
  public int read(byte[] target, int from) throws IOException {
    try {
      int at = from;
      while (at < target.length) {
        int more = read(target, at, target.length - at);
        if (more < 0) {
          break;
        }
        at += more;
      }
      return at - from;
    } finally {
      over.countDown();
    }
  }

  private void watch() {
    try {
      long before = -1;
      while (!over.await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        long now = isRead ? count.get() : -1;
        if (now >= 0 && now == before) {
          stalled = true;
          super.close();
          return;
        }
        before = now;
      }
    } catch (InterruptedException | IOException e) {
      stalled = true; // nobody interrupts it
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int more;
    isRead = true;
    try {
      more = super.read(target, offset, length);
      count.addAndGet(Math.max(0, more));
    } catch (IOException e) {
      throw new IOException(stalled ? silence() : "the answer broke off: " + e.getMessage(), e);
    } finally {
      isRead = false;
    }
    if (more < 0 && stalled) {
      throw new IOException(silence());
    }
    Bandwidth.take(more);
    return more;
  }

  private String silence() {
    return "nothing came for " + timeout.toSeconds() + " s";
  }

  @Override
  public void close() throws IOException {
    over.countDown();
    super.close();
  }
}
