package dev.platter.wrap;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A gzip file of several members (RFC 1952, section 2.2), each of the same number of bytes, made on
 * several threads and put out in order. They have no name or time, and the bytes are the same for
 * any number of threads. For one thread.
 */
final class GzipOutput extends OutputStream {
  /**
   * How much a member holds, bytes: what is repeated is not found across members, which lengthens
   * the file of a system's disk by less than half a percent.
   */
  static final int MEMBER_BYTES = 1 << 20;

  private final OutputStream target;
  private final int level;
  private final int threads;
  private final ExecutorService workers;
  private final Deque<Future<GzipMember>> begun = new ArrayDeque<>();

  /** Members whose memory may be used again. */
  private final Deque<GzipMember> spare = new ArrayDeque<>();

  private final List<GzipMember> members = new ArrayList<>();
  private final AtomicReference<byte[]> zeros = new AtomicReference<>();
  private GzipMember filling;
  private boolean isEmpty = true;
  private boolean failed;
  private boolean closed;

  /**
   * @param target closed with this
   * @param level of deflate, 1 to 9
   * @param threads how many make members
   */
  GzipOutput(OutputStream target, int level, int threads) {
    this.target = target;
    this.level = level;
    this.threads = Math.max(1, threads);
    this.workers =
        Executors.newFixedThreadPool(
            this.threads, Thread.ofPlatform().daemon().name("platter-gzip-", 0).factory());
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (closed) {
      throw new IOException("gzip: closed");
    }
    for (int done = 0; done < length; ) {
      if (filling == null) {
        filling = spare.isEmpty() ? made(MEMBER_BYTES) : spare.pop();
      }
      done += filling.add(bytes, offset + done, length - done);
      if (filling.isFull()) {
        begin();
      }
    }
  }

  private GzipMember made(int capacity) {
    GzipMember member = new GzipMember(capacity, level, zeros);
    members.add(member);
    return member;
  }

  /** Has what was filled become a member, and puts out those that must not wait any longer. */
  private void begin() throws IOException {
    GzipMember full = filling;
    filling = null;
    isEmpty = false;
    begun.add(workers.submit(full::pack));
    while (begun.size() > 2 * threads || !begun.isEmpty() && begun.peek().isDone()) {
      putOut();
    }
  }

  private void putOut() throws IOException {
    Future<GzipMember> oldest = begun.remove();
    try {
      GzipMember member = oldest.get();
      member.putInto(target);
      spare.push(member);
    } catch (InterruptedException e) {
      failed = true;
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("gzip: interrupted").initCause(e);
    } catch (ExecutionException e) {
      failed = true;
      throw new IOException("gzip: " + e.getCause(), e.getCause());
    } catch (IOException e) {
      failed = true;
      throw e;
    }
  }

  @Override
  public void flush() throws IOException {
    target.flush();
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (target) {
      if (!failed) {
        finish();
      }
    } finally {
      workers.shutdownNow();
      workers.close(); // which waits for those that are being packed
      members.forEach(GzipMember::close);
    }
  }

  private void finish() throws IOException {
    if (isEmpty && filling == null) {
      filling = made(0);
    }
    if (filling != null) {
      begin();
    }
    while (!begun.isEmpty()) {
      putOut();
    }
  }
}
