package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.OptionalLong;

/**
 * A digest of a disk in two steps, for which nothing that is known to be zero is read, and which
 * several threads make: the SHA-256 of the disk's size in bytes (eight bytes, the highest first)
 * and the SHA-256 of each block of 1 MiB, in order; the last block may be shorter. It does not
 * depend on what of the zeros an image stores.
 */
public final class BlockDigest extends SharedWork {
  /** What the digest is called. */
  public static final String NAME = "sha256-blocks";

  private static final int BLOCK_BYTES = BlockSum.BLOCK_BYTES;

  private final BlockMap disk;
  private final long size;
  private final BlockSum sum;
  private final Turns<byte[]> turns = new Turns<>();
  private long at;

  private BlockDigest(BlockMap disk, Progress progress, Cancellation cancellation) {
    super(disk.size(), progress, cancellation);
    this.disk = disk;
    this.size = disk.size();
    this.sum = new BlockSum(OptionalLong.of(size));
  }

  /**
   * Makes it.
   *
   * @throws Cancellation.CancelledException if it was cancelled
   */
  public static byte[] of(BlockMap disk, int workers, Progress progress, Cancellation cancellation)
      throws IOException {
    BlockDigest digest = new BlockDigest(disk, progress, cancellation);
    digest.run(workers);
    return digest.end();
  }

  private byte[] end() {
    sum.addZeros(size);
    return sum.end();
  }

  /** The next block in which there is something to read. */
  @Override
  Span next() throws IOException {
    while (at < size) {
      Extent extent = disk.extentAt(at, size);
      if (!SegmentPlan.isQuiet(extent)) {
        long start = at - at % BLOCK_BYTES;
        at = Math.min(size, start + BLOCK_BYTES);
        synchronized (turns) {
          turns.claim(start);
        }
        return new Span(start, at - start);
      }
      at = extent.end();
    }
    return null;
  }

  @Override
  Worker newWorker() {
    return new Reader();
  }

  /** Takes the digest of a block, whose turn may not have come. */
  private void deliver(long offset, byte[] digest) {
    synchronized (turns) {
      turns.deliver(offset, digest);
      for (var next = turns.take(); next.isPresent(); next = turns.take()) {
        long block = next.get().offset();
        sum.addZeros(block);
        sum.addBlock(next.get().made(), Math.min(BLOCK_BYTES, size - block));
      }
    }
  }

  /** What one thread needs. */
  private final class Reader implements Worker {
    private final Arena arena = Arena.ofConfined();
    private final GuestReader reader = new GuestReader();
    private final MessageDigest digest = DiskDigest.algorithm("sha256");
    private final MemorySegment buffer = arena.allocate(BLOCK_BYTES, 4096);

    @Override
    public void run(Span span) throws IOException {
      MemorySegment block = buffer.asSlice(0, span.length());
      reader.read(disk, span.offset(), block);
      digest.update(block.asByteBuffer());
      deliver(span.offset(), digest.digest());
    }

    @Override
    public void close() {
      reader.close();
      arena.close();
    }
  }
}
