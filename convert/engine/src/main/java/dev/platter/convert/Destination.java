package dev.platter.convert;

import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Target;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * Where a disk is converted to: a new image, or the disk of one that is there already. Good for one
 * conversion, which a {@link Converter} carries to its end. Without that, {@link #close} gives up
 * what was begun, and a new image is none.
 */
public final class Destination implements Closeable {
  private final ImageWriter writer;

  /** Null where a disk is written over. */
  private final Target target;

  /** Null where a disk is written over. */
  private final ImageFormat format;

  private Edit edit;
  private boolean durable = true;
  private boolean begun;

  private Destination(ImageWriter writer, Target target, ImageFormat format) {
    this.writer = writer;
    this.target = target;
    this.format = format;
  }

  /** What is done to a new image once its disk is whole. */
  @FunctionalInterface
  public interface Edit {
    void run(ImageEditor image) throws IOException;
  }

  /**
   * A new image. If its target is a {@link TargetFile}, that gets its name once the image is whole;
   * any other is its maker's to be stored.
   *
   * @param request its target stays the caller's to be closed, after this
   * @throws dev.platter.image.IllegalOptionException if the format has no such image
   */
  public static Destination newImage(ImageFormat format, CreateRequest request) throws IOException {
    return new Destination(format.create(request), request.target(), format);
  }

  /**
   * The disk of an image that is there already, of whatever format it is. What is behind the end of
   * the new content stays; where the parent is to show through, what the image holds stays, too.
   *
   * @param disk stays the caller's
   * @param name how messages call it
   * @param isZero whether all of it reads as zeros, so that zeros need not be written
   */
  public static Destination existingDisk(GuestDisk disk, String name, boolean isZero) {
    return new Destination(new DiskWriter(disk, name, isZero), null, null);
  }

  /** A new image need not be on the medium when the conversion returns. */
  public Destination withoutSync() {
    durable = false;
    return this;
  }

  /**
   * A new image is changed before it appears; should that fail, it does not.
   *
   * @throws IllegalStateException if it goes into a pipe, or is no new image
   */
  public Destination thenEdited(Edit what) {
    if (target == null || target.sequential()) {
      throw new IllegalStateException("what was written cannot be changed any more");
    }
    edit = what;
    return this;
  }

  /** What is written to, from now on. */
  ImageWriter begin() {
    if (begun) {
      throw new IllegalStateException("good for one conversion only");
    }
    begun = true;
    return writer;
  }

  boolean sequential() {
    return target != null && target.sequential();
  }

  /** All guest bytes are there: makes an image of them, and lets it appear. */
  List<String> complete() throws IOException {
    writer.finish();
    if (edit != null) {
      try (ImageEditor image = format.edit(target.storage(), EditRequest.strict())) {
        edit.run(image);
      }
    }
    if (target instanceof TargetFile file) {
      file.publish(durable);
    }
    return List.copyOf(writer.notes());
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
