package dev.platter.guest.files;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;

/**
 * A run of bytes of the guest: its disk, a partition, a logical volume, a file. Belongs to one
 * thread.
 */
public abstract class Source {
  /** The most that is read at once. */
  public static final int MAX_READ = 1 << 20;

  private static final int STEP = 4096;
  private static final int DECODED = 128;

  private final String name;
  private final long size;
  private final Budget budget;

  protected Source(String name, long size, Budget budget) {
    this.name = name;
    this.size = size;
    this.budget = budget;
  }

  /** What messages call it. */
  public final String name() {
    return name;
  }

  /** Bytes. */
  public final long size() {
    return size;
  }

  public final Budget budget() {
    return budget;
  }

  public final void step() throws CorruptImageException {
    budget.step(name);
  }

  /** Charges what decoding so many bytes costs. */
  public final void stepsToDecode(long bytes) throws CorruptImageException {
    budget.steps(name, 1 + bytes / DECODED);
  }

  /**
   * Reads exactly {@code length} bytes.
   *
   * @throws CorruptImageException if they do not all lie inside, or are more than {@link #MAX_READ}
   */
  public final Bytes read(long offset, long length) throws IOException {
    check(offset, length);
    byte[] bytes = new byte[(int) length];
    fill(offset, bytes, 0, bytes.length);
    return Bytes.of(name, offset, bytes);
  }

  /** Reads as many bytes into the beginning of an array. */
  public final void read(long offset, byte[] target, int length) throws IOException {
    check(offset, length);
    fill(offset, target, 0, length);
  }

  private void check(long offset, long length) throws CorruptImageException {
    if (offset < 0 || length < 0 || length > MAX_READ || offset > size - length) {
      throw Fault.on(name)
          .corrupt(
              "no "
                  + length
                  + " bytes at 0x"
                  + Long.toHexString(offset)
                  + ": it has 0x"
                  + Long.toHexString(size)
                  + " bytes");
    }
    budget.steps(name, 1 + length / STEP);
  }

  /** As {@link #read}, less where the source ends before that. */
  public final Bytes readUpTo(long offset, int length) throws IOException {
    long start = Math.clamp(offset, 0, size);
    return read(start, Math.min(size - start, length));
  }

  /**
   * Where a block lies.
   *
   * @throws CorruptImageException if it begins outside
   */
  public final long offsetOf(long block, int blockSize) throws CorruptImageException {
    if (block < 0 || block > size / blockSize) {
      throw Fault.on(name)
          .corrupt(
              "block 0x"
                  + Long.toHexString(block)
                  + " is outside of 0x"
                  + Long.toHexString(size / blockSize)
                  + " blocks");
    }
    return block * blockSize;
  }

  /**
   * A run of bytes.
   *
   * @param length how far it reaches, at least 1
   * @param zeros whether they are known to be zeros, without reading them
   */
  public record Run(long length, boolean zeros) {}

  /** What begins at {@code offset}, which lies inside; what a neighbour holds may be the same. */
  public Run runAt(long offset) throws IOException {
    return new Run(size - offset, false);
  }

  /**
   * Where a run of bytes lies on the disk.
   *
   * @param length how far it reaches, at least 1
   * @param offset on the disk; negative: nowhere
   */
  public record Place(long length, long offset) {}

  /** Where on the disk the byte at {@code offset} lies, which is inside, with those behind it. */
  public Place placeAt(long offset) throws IOException {
    return new Place(size - offset, -1);
  }

  /** Fills a part of {@code target} from a range that lies inside. */
  protected abstract void fill(long offset, byte[] target, int at, int length) throws IOException;

  /** A part of this source, as far as there is one: what lies outside is cut off. */
  public final Source window(String windowName, long offset, long length, Budget share) {
    long start = Math.clamp(offset, 0, size);
    Source whole = this;
    return new Source(windowName, Math.clamp(length, 0, size - start), share) {
      @Override
      protected void fill(long at, byte[] target, int from, int count) throws IOException {
        whole.fill(start + at, target, from, count);
      }

      @Override
      public Run runAt(long at) throws IOException {
        Run run = whole.runAt(start + at);
        return new Run(Math.min(run.length(), size() - at), run.zeros());
      }

      @Override
      public Place placeAt(long at) throws IOException {
        Place place = whole.placeAt(start + at);
        return new Place(Math.min(place.length(), size() - at), place.offset());
      }
    };
  }
}
