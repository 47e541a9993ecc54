package dev.platter.vmdk.live;

import dev.platter.image.Extent;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.LiveImage.Use;
import dev.platter.vmdk.read.ExtentMap;
import java.io.IOException;

/**
 * One extent of a disk in use. Each method does for this extent what the one of that name in {@link
 * dev.platter.image.spi.LiveImage} does for the disk; offsets are those of the whole disk, and lie
 * in this extent.
 */
public abstract class LiveExtent extends ExtentMap {
  LiveExtent(long start, long length) {
    super(start, length);
  }

  abstract Extent placeAt(long offset, long limit) throws IOException;

  abstract Allocation allocate(long offset, long length, Use use) throws IOException;

  void commit(Allocation done) throws IOException {}

  void abandon(Allocation undone) {}

  abstract void flush() throws IOException;

  /** Leaves the extent's file in order, everything having been flushed. */
  void finish() throws IOException {}
}
