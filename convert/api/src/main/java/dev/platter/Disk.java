package dev.platter;

import dev.platter.guest.GuestDescription;
import dev.platter.guest.GuestInspector;
import dev.platter.image.BlockMap;
import dev.platter.image.Danger;
import dev.platter.image.DirtyBitmap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.ImageInfo;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.GuestReaders;
import dev.platter.image.disk.LayeredMap;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * An open disk, read by position by any number of threads at once: what the guest sees, images
 * below it included. Closing it ends every read that is under way in an exception.
 */
public sealed class Disk implements Closeable permits WritableDisk {
  private final ImageChain chain;
  private final LayeredMap map;
  private final GuestReaders readers = new GuestReaders();

  /** Closed with this one; null where all that is below is in the chain. */
  private final Disk below;

  Disk(ImageChain chain, LayeredMap map) {
    this(chain, map, null);
  }

  private Disk(ImageChain chain, LayeredMap map, Disk below) {
    this.chain = chain;
    this.map = map;
    this.below = below;
  }

  /** The disk of a chain over another disk, which becomes a part of it. */
  static Disk over(Disk below, ImageChain chain, LayeredMap map) {
    List<BlockMap> layers = new ArrayList<>(map.layers());
    layers.addAll(below.map.layers());
    return new Disk(chain, new LayeredMap(layers), below);
  }

  /** The size of the guest's disk, bytes. */
  public long size() {
    return map.size();
  }

  /**
   * The size of the sectors that the guest sees, bytes; empty: the image does not say it, and it is
   * usually {@link dev.platter.image.spi.SectorSizes#USUAL}.
   */
  public OptionalInt sectorSize() throws IOException {
    return image().sectorSize();
  }

  /** The name of the image's format. */
  public String format() {
    return chain.top().format().name();
  }

  /** What the image says of itself. */
  public ImageInfo info() throws IOException {
    return image().info();
  }

  /** Why it must not be taken from a stranger, although it can be read. Empty: nothing. */
  public List<Danger> dangers() throws IOException {
    return image().dangers();
  }

  /** Which parts have changed since when, for a qcow2 image with dirty bitmaps. */
  public List<DirtyBitmap> dirtyBitmaps() throws IOException {
    return image().dirtyBitmaps();
  }

  /** What is on it: partitions, file systems, the operating system. */
  public GuestDescription describe() throws IOException {
    return GuestInspector.describe(map, chain.top().location().toString());
  }

  /**
   * Fills {@code target}, which the caller owns, with the disk's bytes from {@code offset} on.
   *
   * @throws IndexOutOfBoundsException if they do not lie within the disk
   * @throws dev.platter.image.ImageException if the image is damaged where they lie
   */
  public void read(long offset, MemorySegment target) throws IOException {
    checkRange(offset, target.byteSize());
    readAt(offset, target);
  }

  /** Reads within the disk. */
  void readAt(long offset, MemorySegment target) throws IOException {
    readers.read(map, offset, target);
  }

  /** The bytes from {@code offset} on, as {@link #read(long, MemorySegment)}. */
  public byte[] read(long offset, int length) throws IOException {
    checkRange(offset, length);
    byte[] bytes = new byte[length];
    readAt(offset, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /**
   * Tells what is where, run after run from the beginning to the end: data, compressed data, zeros,
   * or nothing at all, which reads as zeros.
   */
  public void extents(Consumer<? super Extent> visitor) throws IOException {
    for (long at = 0; at < size(); ) {
      Extent extent = map.extentAt(at, size());
      visitor.accept(extent);
      at = extent.end();
    }
  }

  /** Where the bytes are, to be asked by position. It must not be used once the disk is closed. */
  public BlockMap map() {
    return map;
  }

  /**
   * The disk as a channel to read from, for one thread at a time. Closing it leaves the disk open.
   */
  public SeekableByteChannel channel() {
    return new DiskChannel(this, null);
  }

  /** The disk's bytes in order, for one thread. Closing it leaves the disk open. */
  public InputStream inputStream() {
    return Channels.newInputStream(channel());
  }

  DiskImage image() {
    return chain.top().image();
  }

  LayeredMap layers() {
    return map;
  }

  private void checkRange(long offset, long length) {
    if (offset < 0 || length > size() - offset) {
      throw new IndexOutOfBoundsException(
          length + " bytes at " + offset + " of a disk of " + size());
    }
  }

  @Override
  public void close() throws IOException {
    try (below;
        chain) {
      readers.close();
    }
  }
}
