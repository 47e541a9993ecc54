package dev.platter.convert;

import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Digests of the bytes of a file, whatever they mean: as they pass by, or read. {@link BlockDigest}
 * is of the file as if it were a disk. For one thread at a time.
 */
public final class FileDigest {
  private static final int PART_BYTES = 1 << 20;

  private final GuestDigest digest;

  /**
   * Of bytes that pass by.
   *
   * @param names of {@link DiskDigest#names}
   */
  public FileDigest(List<String> names, Cancellation cancellation) {
    digest = new GuestDigest(names);
    digest.begin(OptionalLong.empty(), cancellation);
  }

  /** The next bytes; they stay the caller's. */
  public void take(MemorySegment bytes) throws IOException {
    digest.take(digest.size(), bytes);
  }

  /** All bytes have passed. */
  public Map<String, byte[]> end() throws IOException {
    digest.end(digest.size());
    return digest.made();
  }

  /**
   * Of all that a storage holds.
   *
   * @throws Cancellation.CancelledException if it was cancelled
   */
  public static Map<String, byte[]> of(Storage file, List<String> names, Cancellation cancellation)
      throws IOException {
    long size = file.size();
    GuestDigest digest = new GuestDigest(names);
    digest.begin(OptionalLong.of(size), cancellation);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PART_BYTES, 4096);
      for (long at = 0; at < size; ) {
        cancellation.check();
        Run run = file.runAt(at, size);
        if (run.hole()) {
          at = run.end();
        } else {
          MemorySegment part = buffer.asSlice(0, Math.min(PART_BYTES, run.length()));
          file.readFully(at, part);
          digest.take(at, part);
          at += part.byteSize();
        }
      }
    }
    digest.end(size);
    return digest.made();
  }
}
