package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Digests of the bytes that the guest sees of a disk, made in one pass along it: in a {@linkplain
 * Converter#digesting conversion}, of what is converted, without reading that once more. Zeros that
 * an image says are zeros are not read. For one thread at a time.
 */
public final class GuestDigest implements Tap {
  private static final int PART_BYTES = 1 << 20;

  private final Map<String, MessageDigest> plain = new LinkedHashMap<>();
  private final Map<String, byte[]> made = new LinkedHashMap<>();
  private final List<String> names;
  private final byte[] zeros = new byte[PART_BYTES];
  private Cancellation cancellation = new Cancellation();

  /** Null unless it is asked for. */
  private BlockSum blocks;

  private long at;

  /**
   * @param names of {@link DiskDigest#names}
   */
  public GuestDigest(List<String> names) {
    this.names = List.copyOf(names);
    for (String name : names) {
      if (!name.equals(BlockDigest.NAME)) {
        plain.put(name, DiskDigest.algorithm(name));
      }
    }
  }

  /**
   * A pass begins, perhaps once more after one that was given up.
   *
   * @param size of the disk, where it is known
   */
  void begin(OptionalLong size, Cancellation stop) {
    cancellation = stop;
    at = 0;
    plain.values().forEach(MessageDigest::reset);
    if (names.contains(BlockDigest.NAME)) {
      blocks = new BlockSum(size);
    }
  }

  /** Takes bytes, whoever has them; see {@link Tap}. */
  @Override
  public void take(long offset, MemorySegment bytes) throws IOException {
    if (offset < at) {
      throw new IllegalStateException("bytes for " + offset + " after those for " + at);
    }
    addZeros(offset);
    for (MessageDigest digest : plain.values()) {
      digest.update(bytes.asByteBuffer());
    }
    if (blocks != null) {
      blocks.add(bytes);
    }
    at = offset + bytes.byteSize();
  }

  /** All up to {@code end} is zero. */
  private void addZeros(long end) throws IOException {
    for (long done = at; done < end && !plain.isEmpty(); done += PART_BYTES) {
      cancellation.check();
      int count = (int) Math.min(PART_BYTES, end - done);
      for (MessageDigest digest : plain.values()) {
        digest.update(zeros, 0, count);
      }
    }
    if (blocks != null) {
      blocks.addZeros(end);
    }
    at = end;
  }

  /**
   * Reads a disk from its beginning to its end.
   *
   * @throws Cancellation.CancelledException if it was cancelled
   */
  public void read(BlockMap disk, Progress progress, Cancellation stop) throws IOException {
    begin(OptionalLong.of(disk.size()), stop);
    takeAll(disk, progress);
    end(disk.size());
  }

  /** Takes all of a disk. */
  void takeAll(BlockMap disk, Progress progress) throws IOException {
    long size = disk.size();
    try (Arena arena = Arena.ofConfined();
        GuestReader reader = new GuestReader()) {
      MemorySegment buffer = arena.allocate(PART_BYTES, 4096);
      for (long done = 0; done < size; ) {
        cancellation.check();
        Extent extent = disk.extentAt(done, Math.min(size, done + PART_BYTES));
        if (!extent.readsZero()) {
          MemorySegment bytes = buffer.asSlice(0, extent.length());
          reader.read(extent, bytes);
          take(done, bytes);
        } else {
          addZeros(extent.end());
        }
        done = extent.end();
        progress.advanced(done, size);
      }
    }
  }

  /** The pass is over, and the disk had that many bytes. */
  void end(long size) throws IOException {
    addZeros(size);
    for (String name : names) {
      MessageDigest digest = plain.get(name);
      made.put(name, digest == null ? blocks.end() : digest.digest());
    }
  }

  /** Which digests are made. */
  public List<String> names() {
    return names;
  }

  /** The digests, each under its name, in the order given, once the pass is over; else none. */
  public Map<String, byte[]> made() {
    return Collections.unmodifiableMap(made);
  }

  /** How many bytes of the disk were seen so far: all, once the pass is over. */
  public long size() {
    return at;
  }
}
