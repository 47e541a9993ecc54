package dev.platter.cli.convert;

import dev.platter.cli.image.EditedImage;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.convert.Destination;
import dev.platter.image.BlockMap;
import dev.platter.image.ImageInfo;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.name.Locking;
import dev.platter.image.spi.FileUse;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** The disk of an image that is there already, to be written over ({@code convert -n}). */
public final class ExistingDisk implements Closeable {
  private final Invocation call;
  private final CacheMode cache;
  private final Source source;
  private final GuestDisk disk;
  private final Destination destination;

  private ExistingDisk(
      Invocation call, CacheMode cache, Source source, GuestDisk disk, Destination destination) {
    this.call = call;
    this.cache = cache;
    this.source = source;
    this.disk = disk;
    this.destination = destination;
  }

  /**
   * Opens and locks it.
   *
   * @param name the image, or with {@code byOptions} its options
   * @param format what it is; null: by its content, or as its options say
   * @param size what it must be able to hold, bytes
   * @param isZero whether all of it reads as zeros
   */
  public static ExistingDisk open(
      Invocation call,
      String name,
      boolean byOptions,
      String format,
      CacheMode cache,
      long size,
      boolean isZero)
      throws Failure, IOException {
    Access access = Access.of(call, cache, FileUse.CHANGE, Locking.USUAL).namedByOptions(byOptions);
    Source source = Source.open(name, format, true, access);
    try {
      List<BlockMap> layers = source.map().layers();
      if (layers.getFirst().size() < size) {
        throw new Failure("output file is smaller than input file");
      }
      if (call.has(ConvertCommand.BACKING) && layers.size() == 1) {
        throw new Failure("'" + name + "' has no backing file that could show through");
      }
      GuestDisk disk = EditedImage.openDisk(call, source, cache);
      return new ExistingDisk(
          call, cache, source, disk, Destination.existingDisk(disk, source.name().shown(), isZero));
    } catch (Throwable e) {
      source.close();
      throw e;
    }
  }

  /** What a conversion writes to. */
  public Destination destination() {
    return destination;
  }

  /** The disk itself. */
  GuestDisk disk() {
    return disk;
  }

  /** What it holds before anything is written. */
  BlockMap map() throws Failure, IOException {
    return source.map();
  }

  /** How large the disk is, bytes. */
  long size() {
    return disk.size();
  }

  /** What the image says of itself. */
  ImageInfo info() throws IOException {
    return source.chain().top().image().info();
  }

  /** Brings the disk to the medium, and gives the image bitmaps of it. */
  void give(BitmapCopy bitmaps) throws Failure, IOException {
    disk.close();
    try (EditedImage image = EditedImage.open(call, source, cache)) {
      bitmaps.into(image.editor());
    }
  }

  /** Brings everything to the medium. */
  @Override
  public void close() throws IOException {
    try (source;
        disk;
        destination) {
      // The last one first.
    }
  }
}
