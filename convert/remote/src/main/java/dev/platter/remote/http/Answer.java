package dev.platter.remote.http;

import dev.platter.remote.Bandwidth;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server's answer: its status and headers, and its body as it comes (RFC 9112, sections 6 and 7).
 * For one thread.
 */
public final class Answer implements Closeable {
  private static final Pattern CHUNK = Pattern.compile("([0-9A-Fa-f]{1,15})[ \t]*(;.*)?");
  private static final int RADIX = 16;

  /** Rather than give up the connection, so much is read that nobody wants. */
  private static final int MOST_DRAINED = 16 << 10;

  private static final int MOST_TRAILERS = 100;

  private final Head head;
  private final Link link;
  private final Duration timeout;
  private final Consumer<Link> unused;
  private final Extent extent;

  /** How many bytes come before the end, or before that of a chunk. */
  private long left;

  private boolean isFirst = true;
  private boolean over;

  /** How the end of a body is told. */
  private enum Extent {
    COUNTED,
    CHUNKED,
    UNTIL_CLOSED
  }

  /**
   * @param head was read from the link, which is this one's now
   * @param wantsBody whether the request was one for which there is a body
   * @param timeout how long nothing may come
   * @param unused takes the link once it has the next answer only
   */
  Answer(Head head, boolean wantsBody, Link link, Duration timeout, Consumer<Link> unused) {
    this.head = head;
    this.link = link;
    this.timeout = timeout;
    this.unused = unused;
    if (!wantsBody || !head.hasBody()) {
      extent = Extent.COUNTED;
    } else if (head.isChunked()) {
      extent = Extent.CHUNKED;
    } else if (head.length().isPresent()) {
      extent = Extent.COUNTED;
      left = head.length().getAsLong();
    } else {
      extent = Extent.UNTIL_CLOSED;
    }
    if (extent == Extent.COUNTED && left == 0) {
      end();
    }
  }

  /** Its status code, whatever that is. */
  public int status() {
    return head.status();
  }

  /** The first header of that name. */
  public Optional<String> header(String name) {
    return head.values(name).stream().findFirst();
  }

  /** All headers of that name. */
  public List<String> headers(String name) {
    return head.values(name);
  }

  /** How many bytes the body has, or would have had, where the server says so. */
  public OptionalLong length() {
    return head.length();
  }

  /**
   * Reads some bytes of the body, at least one.
   *
   * @param target has room
   * @return how many; -1 at the end of the body
   * @throws IOException if it ends before its end, or nothing comes for too long
   */
  public int read(ByteBuffer target) throws IOException {
    int count;
    try {
      count = over ? -1 : readOn(target);
    } catch (SocketTimeoutException e) {
      link.close();
      throw new IOException("nothing came for " + timeout.toSeconds() + " s", e);
    } catch (IOException e) {
      link.close();
      throw new IOException("the answer broke off: " + e.getMessage(), e);
    }
    Bandwidth.take(count);
    return count;
  }

  /** Reads until there is no room, or the body ends; answers how many bytes. */
  public int readAll(ByteBuffer target) throws IOException {
    int before = target.position();
    while (target.hasRemaining() && read(target) >= 0) {
      // goes on
    }
    return target.position() - before;
  }

  private int readOn(ByteBuffer target) throws IOException {
    if (extent == Extent.CHUNKED && left == 0 && !isChunk()) {
      return -1;
    }
    int limit = target.limit();
    if (extent != Extent.UNTIL_CLOSED && left < target.remaining()) {
      target.limit(target.position() + (int) left);
    }
    int count;
    try {
      count = link.read(target);
    } finally {
      target.limit(limit);
    }
    if (count < 0) {
      if (extent != Extent.UNTIL_CLOSED) {
        throw new EOFException("the server ended the connection");
      }
      over = true;
      link.close();
      return -1;
    }
    left -= count;
    if (extent == Extent.COUNTED && left == 0) {
      end();
    }
    return count;
  }

  /** Begins another chunk, or ends the body. */
  private boolean isChunk() throws IOException {
    long until = System.nanoTime() + timeout.toNanos();
    if (!isFirst && !link.line(until).isEmpty()) {
      throw new ProtocolException("a chunk that does not end where it should");
    }
    isFirst = false;
    Matcher size = CHUNK.matcher(link.line(until));
    if (!size.matches()) {
      throw new ProtocolException("a chunk without a size");
    }
    left = Long.parseLong(size.group(1), RADIX);
    if (left > 0) {
      return true;
    }
    int trailers = 0;
    while (!link.line(until).isEmpty()) {
      if (++trailers > MOST_TRAILERS) {
        throw new ProtocolException("the answer does not end");
      }
    }
    end();
    return false;
  }

  private void end() {
    over = true;
    unused.accept(link);
  }

  /** Gives up the rest. */
  @Override
  public void close() {
    if (!over && extent == Extent.COUNTED && left <= MOST_DRAINED) {
      drain();
    }
    if (!over) {
      over = true;
      link.close();
    }
  }

  private void drain() {
    ByteBuffer rest = ByteBuffer.allocate((int) left);
    try {
      readAll(rest);
    } catch (IOException e) {
      over = true; // and the link is closed
    }
  }
}
