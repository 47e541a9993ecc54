package dev.platter.remote.rbd;

import dev.platter.storage.Run;
import java.io.IOException;

/**
 * What is data in an image, asked for part by part. Where the image has a valid object map, that
 * tells in one question which objects there are at all; what those hold is asked for next.
 */
final class DataMap {
  // librbd.h and rbd/features.h
  private static final long FEATURE_FAST_DIFF = 1 << 4;
  private static final long FLAGS_INVALID_MAPS = 3;

  /** How many objects are asked for at a time, from their map. */
  private static final long MAPPED_OBJECTS = 1 << 20;

  /** The same, one by one. */
  private static final long ASKED_OBJECTS = 256;

  private final Image image;
  private final long objectSize;
  private final boolean hasMap;
  private Differences objects = new Differences(0, 0);
  private Differences bytes = new Differences(0, 0);

  DataMap(Image image) throws IOException {
    this.image = image;
    this.objectSize = image.objectSize();
    // Some versions get whole objects wrong in clones, and in stripes.
    this.hasMap =
        (image.features() & FEATURE_FAST_DIFF) != 0
            && (image.flags() & FLAGS_INVALID_MAPS) == 0
            && image.overlap() == 0
            && image.stripeCount() <= 1;
  }

  long objectSize() {
    return objectSize;
  }

  /** Whether the objects of the image are known without asking for each. */
  boolean hasMap() {
    return hasMap;
  }

  /** The run that begins at {@code offset}; {@code offset < end <= size}. */
  synchronized Run runAt(long offset, long end, long size) throws IOException {
    long limit = end;
    if (hasMap) {
      if (!objects.covers(offset)) {
        objects = ask(offset, MAPPED_OBJECTS, size, Differences.Grain.OBJECTS);
      }
      limit = Math.min(end, objects.endAt(offset));
      if (!objects.isData(offset)) {
        return new Run(offset, limit - offset, true);
      }
    }
    if (!bytes.covers(offset)) {
      long most = hasMap ? objects.endAt(offset) : size;
      bytes = ask(offset, ASKED_OBJECTS, most, Differences.Grain.BYTES);
    }
    long runEnd = Math.min(limit, bytes.endAt(offset));
    return new Run(offset, runEnd - offset, !bytes.isData(offset));
  }

  private Differences ask(long offset, long objectCount, long limit, Differences.Grain grain)
      throws IOException {
    long start = offset - offset % objectSize;
    long length = Math.min(objectCount * objectSize, limit - start);
    return image.differences(start, length, grain);
  }

  /** Bytes of the objects that there are, of an image that {@link #hasMap has a map}. */
  long objectBytes(long size) throws IOException {
    long sum = 0;
    for (long at = 0; at < size; at += MAPPED_OBJECTS * objectSize) {
      sum += ask(at, MAPPED_OBJECTS, size, Differences.Grain.OBJECTS).dataBytes();
    }
    return sum;
  }
}
