package dev.platter.service;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * The two digests of an image's record, of bytes that come in order. Each has a thread of its own,
 * because both are slower than a copy; the caller may do something else meanwhile, but not change
 * the bytes.
 */
final class Digests implements Closeable {
  private static final Executor THREADS = task -> Thread.ofVirtual().start(task);
  private static final int ZEROS = 1 << 20;

  private final MessageDigest md5 = digest("MD5");
  private final MessageDigest sha512 = digest("SHA-512");
  private final Arena arena = Arena.ofShared();
  private CompletableFuture<Void> running = CompletableFuture.completedFuture(null);
  private MemorySegment zeros = MemorySegment.NULL;
  private long size;

  /**
   * Digests the next bytes, once the previous ones are done.
   *
   * @param bytes not to be changed before {@link #await} returns
   */
  void start(MemorySegment bytes) throws IOException {
    await();
    ByteBuffer first = bytes.asByteBuffer();
    ByteBuffer second = bytes.asByteBuffer();
    running =
        CompletableFuture.allOf(
            CompletableFuture.runAsync(() -> md5.update(first), THREADS),
            CompletableFuture.runAsync(() -> sha512.update(second), THREADS));
    size += bytes.byteSize();
  }

  /** Digests zeros. */
  void startZeros(long length) throws IOException {
    if (zeros.byteSize() == 0) {
      zeros = arena.allocate(ZEROS, 4096);
    }
    for (long done = 0; done < length; done += ZEROS) {
      start(zeros.asSlice(0, Math.min(ZEROS, length - done)));
    }
  }

  /** Returns when all bytes so far may be changed again. */
  void await() throws IOException {
    try {
      running.join();
    } catch (CompletionException e) {
      throw new IOException("the image's digests cannot be made: " + e.getCause(), e);
    }
  }

  /** How many bytes there were. */
  long size() {
    return size;
  }

  /** What they come to; call it once. */
  Fingerprint finish() throws IOException {
    await();
    HexFormat hex = HexFormat.of();
    return new Fingerprint(size, hex.formatHex(md5.digest()), hex.formatHex(sha512.digest()));
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has " + algorithm, e);
    }
  }

  @Override
  public void close() {
    try {
      running.join();
    } catch (CompletionException e) {
      running = CompletableFuture.completedFuture(null); // Whoever wanted to know was told.
    }
    arena.close();
  }
}
