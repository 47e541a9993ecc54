package dev.platter.cli.image;

import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Location;
import dev.platter.storage.LockedException;
import dev.platter.storage.StorageProviders;
import dev.platter.storage.WritableStorage;
import java.io.Closeable;
import java.io.IOException;

/** The top image of a source that was opened to be changed, and its editor. */
public final class EditedImage implements Closeable {
  private final ImageEditor editor;

  private EditedImage(ImageEditor editor) {
    this.editor = editor;
  }

  /**
   * Begins to change an image.
   *
   * @param source opened for {@link FileUse#CHANGE}, and so locked; it stays the caller's
   */
  public static EditedImage open(Invocation call, Source source, CacheMode cache)
      throws Failure, IOException {
    checkName(call, source);
    try {
      return new EditedImage(
          source.chain().edit(request(call, source, source.chain().top(), cache)));
    } catch (LockedException e) {
      throw Failure.cannotOpen(source.name().given(), e.reason(), e);
    }
  }

  /** Opens the disk of an image to read it, and to change it in place. */
  public static GuestDisk openDisk(Invocation call, Source source, CacheMode cache)
      throws Failure, IOException {
    return openDisk(call, source, EditRequest.Content.CHANGES, cache);
  }

  /**
   * Opens the disk of an image to read and write it in place.
   *
   * @param source as for {@link #open}
   * @param content what becomes of the disk as it shows
   */
  public static GuestDisk openDisk(
      Invocation call, Source source, EditRequest.Content content, CacheMode cache)
      throws Failure, IOException {
    checkName(call, source);
    try {
      return source
          .chain()
          .openDisk(source.map(), request(call, source, source.chain().top(), cache).with(content));
    } catch (LockedException e) {
      throw Failure.cannotOpen(source.name().given(), e.reason(), e);
    }
  }

  /** Begins to change an image further down, which was opened to be changed, too. */
  public static EditedImage open(
      Invocation call, Source source, ImageChain.Layer below, CacheMode cache)
      throws Failure, IOException {
    try {
      return new EditedImage(
          below.format().edit(storage(below), request(call, source, below, cache)));
    } catch (LockedException e) {
      throw new Failure("Could not open '" + source.name().given() + "': " + e.reason());
    }
  }

  /** Begins to write to the disk of an image further down. */
  public static LiveImage openLive(
      Invocation call, Source source, ImageChain.Layer below, CacheMode cache)
      throws Failure, IOException {
    try {
      return below.format().openLive(storage(below), request(call, source, below, cache));
    } catch (LockedException e) {
      throw new Failure("Could not open '" + source.name().given() + "': " + e.reason());
    }
  }

  /** An image's own file, which is locked and still the one of its name. */
  private static WritableStorage storage(ImageChain.Layer layer) throws Failure, IOException {
    WritableStorage storage = (WritableStorage) layer.storage();
    if (storage instanceof FileStorage file && !file.isAt(layer.location().file())) {
      throw new Failure("'" + layer.location() + "' was just replaced by another program");
    }
    return storage;
  }

  private static void checkName(Invocation call, Source source) throws Failure {
    options(source.chain().top());
    warnOfProbing(call, source);
  }

  /** What names say of how an image is to be understood; little, as it is changed. */
  private static FormatOptions options(ImageChain.Layer layer) throws Failure {
    try {
      return layer.openOptions().of(layer.format().editOptions());
    } catch (IllegalOptionException e) {
      throw new Failure(
          "Block option '"
              + layer.openOptions().texts().getFirst()
              + "' is not supported for an image that is changed");
    }
  }

  private static EditRequest request(
      Invocation call, Source source, ImageChain.Layer layer, CacheMode cache) throws Failure {
    ReferencePolicy policy = call.profile().references();
    Location base = layer.location();
    return new EditRequest(
        Limits.DEFAULT,
        reference -> outside(policy.resolve(reference, base), source, cache),
        Identity.random(),
        options(layer));
  }

  /** A file that the image names, to be changed with it. */
  private static WritableStorage outside(Location location, Source source, CacheMode cache)
      throws IOException {
    if (location.path().isEmpty()) {
      return StorageProviders.of(location.scheme()).openForWriting(location);
    }
    FileStorage file = FileStorage.openForWriting(location.file(), NewImage.options(cache));
    try {
      file.lock(source.access().of(FileUse.Part.OUTSIDE));
      return file;
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  /** What a guest writes into a raw disk may make it look like another format tomorrow. */
  public static void warnOfProbing(Invocation call, Source source) {
    boolean isGuess = call.profile().asQemuImg() && !source.isFormatGiven();
    if (isGuess && source.chain().top().format().isPlain()) {
      String given = source.name().given();
      call.err()
          .println(
              "WARNING: Image format was not specified for '"
                  + given
                  + "' and probing guessed raw.");
      call.err()
          .println(
              "         Automatically detecting the format is dangerous for raw images, write"
                  + " operations on block 0 will be restricted.");
      call.err()
          .println("         Specify the 'raw' format explicitly to remove the restrictions.");
    }
  }

  public ImageEditor editor() {
    return editor;
  }

  @Override
  public void close() throws IOException {
    editor.close();
  }
}
