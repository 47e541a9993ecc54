package dev.platter.service;

import dev.platter.convert.Cancellation;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The two digests of an image's record, of bytes that come in order. Nothing else that is done to
 * an image takes as long, so each has a thread of its own, beside the other and beside the caller,
 * who goes on as long as a buffer is free. Used by one thread at a time.
 *
 * <p>The usual ones are the JDK's. OpenSSL's SHA-512 is an eighth faster, and its MD5 slower: too
 * little for a native library.
 */
final class Digests implements Closeable {
  /** The size of a buffer, bytes. */
  static final int BUFFER = 1 << 20;

  private static final int BUFFERS = 4;

  /** How much one part may be: zeros need no buffer, and are to be given up soon, too. */
  private static final long MOST_ZEROS = 16 << 20;

  private static final MemorySegment ZEROS = Arena.global().allocate(64 << 10, 4096).asReadOnly();
  private static final Part END = new Part(MemorySegment.NULL, 0, null);
  private static final Executor THREADS =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("digest-", 1).factory());

  private final Cancellation cancellation;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment[] buffers = new MemorySegment[BUFFERS];
  private final Semaphore free = new Semaphore(BUFFERS);
  private final HashAlgorithm algorithm;
  private final Lane md5;
  private final Lane hash;
  private volatile boolean abandoned;
  private int next;
  private long size;

  /**
   * What a lane digests next.
   *
   * @param bytes as often as it takes to reach {@code length}
   * @param users how many lanes are not done with the buffer; null for zeros
   */
  private record Part(MemorySegment bytes, long length, AtomicInteger users) {}

  /** One digest, and what it is to digest. */
  private final class Lane {
    private final BlockingQueue<Part> parts = new ArrayBlockingQueue<>(2 * BUFFERS);
    private final MessageDigest digest;
    private final CompletableFuture<String> result;

    Lane(HashAlgorithm algorithm) {
      digest = algorithm.digest();
      result = CompletableFuture.supplyAsync(this::run, THREADS);
    }

    private String run() {
      try {
        for (Part part = parts.take(); part != END; part = parts.take()) {
          long most = part.bytes().byteSize();
          for (long left = part.length(); left > 0 && !abandoned; left -= most) {
            digest.update(part.bytes().asSlice(0, Math.min(most, left)).asByteBuffer());
          }
          if (part.users() != null && part.users().decrementAndGet() == 0) {
            free.release();
          }
        }
        return HexFormat.of().formatHex(digest.digest());
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts these threads", e);
      }
    }

    /** Ends the thread, and waits for that. */
    void close() {
      parts.clear();
      parts.add(END); // there is room: nobody else puts anything there
      try {
        result.join();
      } catch (CompletionException e) {
        return; // Whoever wanted to know was told.
      }
    }
  }

  /**
   * @param algorithm of the digest beside MD5
   * @param cancellation ends whoever adds bytes, with an exception
   */
  Digests(HashAlgorithm algorithm, Cancellation cancellation) {
    this.algorithm = algorithm;
    this.cancellation = cancellation;
    md5 = new Lane(HashAlgorithm.MD5);
    hash = new Lane(algorithm);
  }

  /**
   * A buffer of {@link #BUFFER} bytes, once one is free. It is the caller's to fill until {@link
   * #add}, and to read until this is called again.
   */
  MemorySegment buffer() throws IOException {
    try {
      free.acquire();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    int index = next;
    next = (next + 1) % BUFFERS; // They become free in the order in which they were lent.
    if (buffers[index] == null) {
      buffers[index] = arena.allocate(BUFFER, 4096);
    }
    return buffers[index];
  }

  /**
   * Digests bytes.
   *
   * @param part of the last {@link #buffer}, which is not changed any more
   */
  void add(MemorySegment part) throws IOException {
    put(new Part(part, part.byteSize(), new AtomicInteger(2)));
  }

  /** Digests bytes that the caller may change afterwards. */
  void addCopy(MemorySegment bytes) throws IOException {
    for (long at = 0; at < bytes.byteSize(); at += BUFFER) {
      long length = Math.min(BUFFER, bytes.byteSize() - at);
      add(buffer().asSlice(0, length).copyFrom(bytes.asSlice(at, length)));
    }
  }

  /** Digests zeros. */
  void addZeros(long length) throws IOException {
    for (long at = 0; at < length; at += MOST_ZEROS) {
      put(new Part(ZEROS, Math.min(MOST_ZEROS, length - at), null));
    }
  }

  private void put(Part part) throws IOException {
    if (cancellation.isCancelled()) {
      throw new ImportException(ImportException.Reason.CANCELLED, "the import was cancelled");
    }
    size += part.length();
    try {
      md5.parts.put(part);
      hash.parts.put(part);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    IOException broken = new InterruptedIOException("interrupted while digests are made");
    broken.initCause(e);
    return broken;
  }

  /** What all bytes come to, once they are digested; call it once. */
  Fingerprint finish() throws IOException {
    put(END);
    try {
      return new Fingerprint(size, md5.result.join(), algorithm, hash.result.join());
    } catch (CompletionException e) {
      throw new IOException("the image's digests cannot be made: " + e.getCause(), e);
    }
  }

  /** Ends both threads, and gives the buffers up. */
  @Override
  public void close() {
    abandoned = true;
    md5.close();
    hash.close();
    arena.close();
  }
}
