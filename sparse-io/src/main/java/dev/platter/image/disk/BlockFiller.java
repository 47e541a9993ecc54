package dev.platter.image.disk;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskEncryption;
import dev.platter.image.Extent;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.Allocation.Content;
import dev.platter.storage.ZeroScan;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads a disk, and copies what it holds into new blocks of its top layer. Keeps a few readers with
 * their buffers for whoever calls.
 */
final class BlockFiller implements Closeable {
  private static final int KEPT = 8;
  private static final int BUFFER = 1 << 18;
  private static final int PAGE = 4096;

  private final BlockMap map;
  private final PlaceWriter writer;
  private final ConcurrentLinkedDeque<Copier> idle = new ConcurrentLinkedDeque<>();
  private final AtomicInteger kept = new AtomicInteger();

  /** How many compressed blocks were written. */
  private final AtomicInteger encoded = new AtomicInteger();

  /** What one thread needs at a time. */
  private static final class Copier implements Closeable {
    final GuestReader reader = new GuestReader();
    final Arena arena = Arena.ofShared();
    private MemorySegment buffer = MemorySegment.NULL;

    /** How many compressed blocks were written when it was made or lent last. */
    int encoded;

    MemorySegment buffer() {
      if (buffer.byteSize() == 0) {
        buffer = arena.allocate(BUFFER, PAGE);
      }
      return buffer;
    }

    @Override
    public void close() {
      reader.close();
      arena.close();
    }
  }

  /**
   * @param encryption how the top layer is encrypted
   */
  BlockFiller(BlockMap map, Optional<DiskEncryption> encryption) {
    this.map = map;
    this.writer = PlaceWriter.of(encryption, this::readToTheEnd);
  }

  /** What brings bytes to the places of the top layer. */
  PlaceWriter writer() {
    return writer;
  }

  private void readToTheEnd(long offset, MemorySegment target) throws IOException {
    long count = Math.clamp(map.size() - offset, 0, target.byteSize());
    read(offset, target.asSlice(0, count));
    target.asSlice(count).fill((byte) 0);
  }

  /**
   * A compressed block is about to count, perhaps where another was that readers still have. Comes
   * before anybody may read it.
   */
  void noteEncoded() {
    encoded.incrementAndGet();
  }

  void read(long offset, MemorySegment target) throws IOException {
    Copier copier = take();
    try {
      copier.reader.read(map, offset, target);
    } finally {
      giveBack(copier);
    }
  }

  /** Writes what the disk holds from {@code from} to {@code end} to a place that does not yet. */
  void fill(Allocation.Place place, long from, long end) throws IOException {
    if (from >= end || place.content() == Content.PRESENT) {
      return;
    }
    long diskEnd = Math.clamp(map.size(), from, end);
    for (long at = from; at < diskEnd; ) {
      Extent extent = map.extentAt(at, diskEnd);
      if (extent.readsZero()) {
        clear(place, at, extent.end());
      } else {
        copy(extent, place);
      }
      at = extent.end();
    }
    clear(place, diskEnd, end);
  }

  private void copy(Extent extent, Allocation.Place place) throws IOException {
    Copier copier = take();
    try {
      for (long at = extent.offset(); at < extent.end(); at += BUFFER) {
        MemorySegment bytes = copier.buffer().asSlice(0, Math.min(BUFFER, extent.end() - at));
        copier.reader.read(extent.slice(at, bytes.byteSize()), bytes);
        if (writer.seen(place.content()) != Content.ZEROS || !ZeroScan.isZero(bytes)) {
          writer.write(place.storage(), place.hostOf(at), at, bytes);
        }
      }
    } finally {
      giveBack(copier);
    }
  }

  private void clear(Allocation.Place place, long from, long end) throws IOException {
    if (from < end && writer.seen(place.content()) == Content.ANYTHING) {
      writer.zero(place.storage(), place.hostOf(from), from, end - from);
    }
  }

  private Copier take() {
    Copier copier = idle.poll();
    if (copier == null) {
      copier = new Copier();
    } else {
      kept.decrementAndGet();
    }
    int now = encoded.get();
    if (copier.encoded != now) {
      copier.reader.forget();
      copier.encoded = now;
    }
    return copier;
  }

  private void giveBack(Copier copier) {
    if (kept.incrementAndGet() <= KEPT) {
      idle.push(copier);
    } else {
      kept.decrementAndGet();
      copier.close();
    }
  }

  /** Nobody calls any more. */
  @Override
  public void close() {
    for (Copier copier = idle.poll(); copier != null; copier = idle.poll()) {
      copier.close();
    }
  }
}
