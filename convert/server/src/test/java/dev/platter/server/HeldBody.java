package dev.platter.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.concurrent.CountDownLatch;

/** A body whose end is held back until it is let go. */
final class HeldBody extends InputStream {
  private final CountDownLatch sent;
  private final CountDownLatch release;
  private int left;

  private HeldBody(CountDownLatch sent, CountDownLatch release, int size) {
    this.sent = sent;
    this.release = release;
    left = size;
  }

  /**
   * @param sent is told when all has been sent but the end
   */
  static BodyPublisher of(CountDownLatch sent, CountDownLatch release, int size) {
    return BodyPublishers.ofInputStream(() -> new HeldBody(sent, release, size));
  }

  @Override
  public int read() throws IOException {
    if (left == 0) {
      sent.countDown();
      try {
        release.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return -1;
    }
    left--;
    return 7;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int next = read();
    if (next < 0) {
      return -1;
    }
    target[offset] = (byte) next;
    return 1;
  }
}
