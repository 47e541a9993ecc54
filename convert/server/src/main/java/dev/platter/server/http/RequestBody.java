package dev.platter.server.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Content;

/**
 * The body of a request, copied once from where the socket was read to. Its failures are told from
 * those of our own files. Used by the one thread that answers the request.
 */
final class RequestBody implements ReadableByteChannel {
  private final Content.Source source;
  private final Duration silence;
  private final Semaphore more = new Semaphore(0);
  private Content.Chunk chunk;

  /**
   * @param source blocks nobody: whoever reads here waits
   * @param silence how long the sender may send nothing
   */
  RequestBody(Content.Source source, Duration silence) {
    this.silence = silence;
    this.source = source;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!target.hasRemaining()) {
      return 0;
    }
    while (chunk == null || !chunk.hasRemaining()) {
      if (chunk != null && chunk.isLast()) {
        return -1;
      }
      next();
    }
    ByteBuffer bytes = chunk.getByteBuffer();
    int count = Math.min(target.remaining(), bytes.remaining());
    target.put(bytes.slice(bytes.position(), count));
    bytes.position(bytes.position() + count);
    return count;
  }

  /** Waits for the next bytes. */
  private void next() throws IOException {
    close();
    chunk = source.read();
    while (chunk == null) {
      source.demand(more::release);
      try {
        if (!more.tryAcquire(silence.toMillis(), TimeUnit.MILLISECONDS)) {
          IOException silent =
              new IOException("nothing came for " + silence.toSeconds() + " seconds");
          source.fail(silent);
          throw new BrokenBodyException(silent);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        IOException broken = new InterruptedIOException("interrupted while a request is read");
        broken.initCause(e);
        throw broken;
      }
      chunk = source.read();
    }
    if (Content.Chunk.isFailure(chunk)) {
      Throwable failure = chunk.getFailure();
      throw new BrokenBodyException(
          failure instanceof IOException known ? known : new IOException(failure));
    }
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  /** Gives back what was not read. */
  @Override
  public void close() {
    if (chunk != null) {
      chunk.release();
      chunk = null;
    }
  }
}
