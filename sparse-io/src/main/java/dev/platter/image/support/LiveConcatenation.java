package dev.platter.image.support;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.LiveImage;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Several disks in use, one after the other, seen as one. */
public final class LiveConcatenation implements LiveImage {
  private final List<LiveImage> parts;
  private final List<Closeable> owned;
  private final long[] starts;
  private final ConcatenatedMap map;
  private final int blockSize;

  /**
   * @param parts that {@link #canJoin} says yes to; closed with this
   * @param owned what they lie on, closed after them
   */
  public LiveConcatenation(List<? extends LiveImage> parts, List<? extends Closeable> owned) {
    if (!canJoin(parts)) {
      throw new IllegalArgumentException("the blocks of these parts cannot be told apart");
    }
    this.parts = List.copyOf(parts);
    this.owned = List.copyOf(owned);
    this.starts = startsOf(parts);
    this.map = new ConcatenatedMap(parts.stream().map(LiveImage::map).toList());
    this.blockSize = largestBlock(parts);
  }

  /**
   * Whether blocks of one size can be said to hold the blocks of all parts: the largest one, at
   * whose multiples all parts begin.
   *
   * @param parts in order, at least one
   */
  public static boolean canJoin(List<? extends LiveImage> parts) {
    long[] starts = startsOf(parts);
    int largest = largestBlock(parts);
    for (int i = 0; i < parts.size(); i++) {
      if (starts[i] % largest != 0 || largest % parts.get(i).blockSize() != 0) {
        return false;
      }
    }
    return true;
  }

  private static long[] startsOf(List<? extends LiveImage> parts) {
    long[] starts = new long[parts.size() + 1];
    for (int i = 0; i < parts.size(); i++) {
      starts[i + 1] = Math.addExact(starts[i], parts.get(i).size());
    }
    return starts;
  }

  private static int largestBlock(List<? extends LiveImage> parts) {
    return parts.stream().mapToInt(LiveImage::blockSize).max().orElseThrow();
  }

  /** An allocation of one part. */
  private record OfPart(LiveImage part, Allocation inner, long start, List<Place> places)
      implements Allocation {
    static OfPart of(LiveImage part, Allocation inner, long start) {
      List<Place> places = new ArrayList<>(inner.places().size());
      for (Place place : inner.places()) {
        places.add(
            new Place(
                place.offset() + start,
                place.length(),
                place.storage(),
                place.hostOffset(),
                place.content()));
      }
      return new OfPart(part, inner, start, places);
    }

    @Override
    public long offset() {
      return inner.offset() + start;
    }

    @Override
    public long length() {
      return inner.length();
    }
  }

  @Override
  public long size() {
    return starts[parts.size()];
  }

  @Override
  public int blockSize() {
    return blockSize;
  }

  @Override
  public BlockMap map() {
    return map;
  }

  @Override
  public void noteChange(long offset, long length) throws IOException {
    long end = offset + length;
    for (long at = offset; at < end; ) {
      int part = partAt(at);
      long stop = Math.min(end, starts[part + 1]);
      parts.get(part).noteChange(at - starts[part], stop - at);
      at = stop;
    }
  }

  @Override
  public Extent placeAt(long offset, long limit) throws IOException {
    int part = partAt(offset);
    long start = starts[part];
    return parts
        .get(part)
        .placeAt(offset - start, Math.min(limit, starts[part + 1]) - start)
        .at(offset);
  }

  @Override
  public Allocation allocate(long offset, long length, Use use) throws IOException {
    int number = partAt(offset);
    LiveImage part = parts.get(number);
    long start = starts[number];
    long within = Math.min(length, starts[number + 1] - offset);
    return OfPart.of(part, part.allocate(offset - start, within, use), start);
  }

  private int partAt(long offset) {
    int part = 0;
    while (offset >= starts[part + 1]) {
      part++;
    }
    return part;
  }

  @Override
  public void commit(Allocation done) throws IOException {
    if (done instanceof OfPart ofPart) {
      ofPart.part().commit(ofPart.inner());
    }
  }

  @Override
  public void abandon(Allocation undone) {
    if (undone instanceof OfPart ofPart) {
      ofPart.part().abandon(ofPart.inner());
    }
  }

  @Override
  public void flush() throws IOException {
    for (LiveImage part : parts) {
      part.flush();
    }
  }

  /** Closes all that can be closed. */
  @Override
  public void close() throws IOException {
    List<Closeable> all = new ArrayList<>(parts);
    all.addAll(owned);
    closeAll(all);
  }

  /**
   * Closes each, also after one that could not be.
   *
   * @throws IOException the first of what they threw, the others added
   */
  public static void closeAll(List<? extends Closeable> all) throws IOException {
    IOException failed = null;
    for (Closeable one : all) {
      try {
        one.close();
      } catch (IOException e) {
        if (failed == null) {
          failed = e;
        } else {
          failed.addSuppressed(e);
        }
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
