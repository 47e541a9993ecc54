package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.convert.Progress;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.ZeroScan;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Copies all of a storage to another one, holes and zeros as holes. */
final class StorageCopy {
  private static final int BUFFER = 1 << 20;
  private static final int SPARSE_BYTES = 4096;
  private static final long KERNEL_PART = 64 << 20;

  private final Storage source;
  private final WritableStorage target;
  private final boolean sequential;
  private final Progress progress;

  /**
   * @param target empty; a sequential one gets its zeros by being skipped
   */
  StorageCopy(Storage source, WritableStorage target, boolean sequential, Progress progress) {
    this.source = source;
    this.target = target;
    this.sequential = sequential;
    this.progress = progress;
  }

  /** What the bytes of a storage come to. */
  static Fingerprint digest(Storage storage, HashAlgorithm algorithm, Cancellation cancellation)
      throws IOException {
    return new StorageCopy(storage, null, false, Progress.NONE).digesting(algorithm, cancellation);
  }

  /** Copies and digests in one pass: while bytes are digested, the next are read and written. */
  Fingerprint digesting(HashAlgorithm algorithm, Cancellation cancellation) throws IOException {
    long size = source.size();
    try (Digests digests = new Digests(algorithm, cancellation)) {
      for (long at = 0; at < size; ) {
        Run run = source.runAt(at, size);
        if (run.hole()) {
          digests.addZeros(run.length());
          at = run.end();
        } else {
          MemorySegment buffer = digests.buffer();
          MemorySegment part = buffer.asSlice(0, Math.min(buffer.byteSize(), run.length()));
          fill(at, part);
          digests.add(part);
          if (target != null) {
            put(at, part);
          }
          at += part.byteSize();
        }
        progress.advanced(at, size);
      }
      Fingerprint fingerprint = digests.finish();
      end(size);
      return fingerprint;
    }
  }

  /** Copies bytes that are known already: inside the system where it can. */
  Fingerprint plain(Fingerprint known) throws IOException {
    long size = source.size();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment buffer = arena.allocate(BUFFER, 4096);
      for (long at = 0; at < size; ) {
        Run run = source.runAt(at, size);
        if (run.hole()) {
          at = run.end();
        } else {
          long part = Math.min(KERNEL_PART, run.length());
          long copied = sequential ? 0 : target.copyFrom(source, at, at, part);
          if (copied == 0) {
            MemorySegment bytes = buffer.asSlice(0, Math.min(BUFFER, part));
            fill(at, bytes);
            put(at, bytes);
            copied = bytes.byteSize();
          }
          at += copied;
        }
        progress.advanced(at, size);
      }
      end(size);
      return known;
    }
  }

  private void fill(long at, MemorySegment part) throws IOException {
    try {
      source.readFully(at, part);
    } catch (EOFException e) {
      throw new IOException(source.name() + ": the source became shorter while it was copied", e);
    }
  }

  /**
   * Brings a stream onto an empty storage.
   *
   * @return how many bytes there were
   */
  static long pour(StreamSource source, WritableStorage target) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER, 4096);
      long size = 0;
      for (long count = source.read(buffer); count > 0; count = source.read(buffer)) {
        put(target, false, size, buffer.asSlice(0, count));
        size += count;
      }
      if (target.size() < size) {
        target.truncate(size);
      }
      return size;
    }
  }

  private void put(long offset, MemorySegment bytes) throws IOException {
    put(target, sequential, offset, bytes);
  }

  /** Writes what is not zero; into a stream, and over old bytes, everything. */
  static void put(WritableStorage target, boolean sequential, long offset, MemorySegment bytes)
      throws IOException {
    if (sequential || !target.readsZeroWhereUnwritten()) {
      target.write(offset, bytes);
      return;
    }
    for (long at = 0; at < bytes.byteSize(); ) {
      at += ZeroScan.zeroRun(bytes.asSlice(at), SPARSE_BYTES);
      long data = ZeroScan.dataRun(bytes.asSlice(at), SPARSE_BYTES);
      if (data > 0) {
        target.write(offset + at, bytes.asSlice(at, data));
        at += data;
      }
    }
  }

  private void end(long size) throws IOException {
    if (target != null && target.size() < size) {
      target.truncate(size);
    }
  }
}
