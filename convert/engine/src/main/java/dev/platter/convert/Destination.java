package dev.platter.convert;

import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Target;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.storage.SequentialStorage;
import dev.platter.storage.WritableStorage;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

  /** Holds what cannot be written in order; null where all goes straight to its place. */
  private final Draft draft;

  private Edit edit;
  private boolean durable = true;
  private boolean begun;

  private Destination(ImageWriter writer, Target target, ImageFormat format, Draft draft) {
    this.writer = writer;
    this.target = target;
    this.format = format;
    this.draft = draft;
  }

  /** What is done to a new image once its disk is whole. */
  @FunctionalInterface
  public interface Edit {
    void run(ImageEditor image) throws IOException;
  }

  /**
   * A new image. If its target is a {@link TargetFile}, that gets its name once the image is whole;
   * any other is its maker's to be stored. Where the target takes bytes in order only, and the
   * format goes back and forth, it is laid out before it is written, or, if that cannot be, kept in
   * an unnamed file and sent when it is whole.
   *
   * @param request its target stays the caller's to be closed, after this
   * @throws dev.platter.image.IllegalOptionException if the format has no such image
   */
  public static Destination newImage(ImageFormat format, CreateRequest request) throws IOException {
    Target target = request.target();
    if (!target.sequential() || format.writesInOrder(request.options())) {
      if (target.sequential() && format.isPlain() && request.size() != CreateRequest.UNKNOWN_SIZE) {
        target.expect(format.diskSize(request.size(), request.options()));
      }
      ImageWriter writer = format.create(request);
      try {
        if (target.sequential() && writer.knownLength().isPresent()) {
          target.expect(writer.knownLength().getAsLong());
        }
        return new Destination(writer, target, format, null);
      } catch (Throwable e) {
        writer.close();
        throw e;
      }
    }
    Draft draft = new Draft(target, Unwrapping.spoolDirectory(), Draft.MOST_IN_MEMORY);
    try {
      return new Destination(format.create(request.into(draft)), target, format, draft);
    } catch (Throwable e) {
      draft.close();
      throw e;
    }
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
    return new Destination(new DiskWriter(disk, name, isZero), null, null, null);
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
    if (target == null || target.sequential() && draft == null) {
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
    return draft == null && target != null && target.sequential();
  }

  /** Whether bytes of files get there as they are, without passing through this process. */
  boolean takesPages() {
    return sequential()
        && target.storage() instanceof SequentialStorage pipe
        && pipe.takesPages()
        && writer.adopts().isEmpty()
        && !writer.encrypts();
  }

  /** What is to be laid out before it is written; empty where that is of no use, or cannot be. */
  Optional<Draft> toBeLaidOut(ConvertOptions options) {
    return draft != null && edit == null && LayoutWriter.fits(writer, options)
        ? Optional.of(draft)
        : Optional.empty();
  }

  /** Where the bytes of a file of that size go in order. */
  WritableStorage goal(long size) throws IOException {
    target.expect(size);
    return target.storage();
  }

  /** All guest bytes are there: makes an image of them, and lets it appear. */
  List<String> complete() throws IOException {
    writer.finish();
    if (edit != null) {
      WritableStorage made = draft == null ? target.storage() : draft;
      try (ImageEditor image = format.edit(made, EditRequest.strict())) {
        edit.run(image);
      }
    }
    if (draft != null) {
      draft.send();
    }
    return publish();
  }

  /** All of its file is there: lets it appear. */
  List<String> publish() throws IOException {
    List<String> notes = new ArrayList<>(writer.notes());
    if (target instanceof TargetFile file) {
      file.publish(durable);
      notes.addAll(file.notes());
    }
    return List.copyOf(notes);
  }

  @Override
  public void close() throws IOException {
    try (draft) {
      writer.close();
    }
  }
}
