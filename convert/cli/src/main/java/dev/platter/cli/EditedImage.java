package dev.platter.cli;

import dev.platter.image.EditRequest;
import dev.platter.image.Identity;
import dev.platter.image.ImageChain;
import dev.platter.image.ImageEditor;
import dev.platter.image.ImageFormat;
import dev.platter.image.Limits;
import dev.platter.image.ReferencePolicy;
import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/** The top image of a source, opened once more to be changed in place. */
final class EditedImage implements Closeable {
  private final FileStorage storage;
  private final ImageEditor editor;

  private EditedImage(FileStorage storage, ImageEditor editor) {
    this.storage = storage;
    this.editor = editor;
  }

  /**
   * Opens an image for writing.
   *
   * @param source the same image, open for reading; it stays the caller's
   */
  static EditedImage open(Invocation call, Source source, CacheMode cache)
      throws Failure, IOException {
    ImageFormat format = source.chain().top().format();
    if (!source.name().openOptions().isEmpty()) {
      throw new Failure(
          "Block option '"
              + source.name().openOptions().getFirst()
              + "' is not supported for an image that is changed");
    }
    if (call.profile().asQemuImg() && !source.isFormatGiven()) {
      warnOfProbing(call, source.name().given(), format);
    }
    Path path = source.chain().top().path();
    FileOption[] options = NewImage.options(cache);
    FileStorage storage;
    try {
      storage = FileStorage.openForWriting(path, options);
    } catch (IOException e) {
      String reason = "Could not open '" + path + "': " + Reasons.of(e);
      throw new Failure("Could not open '" + source.name().given() + "': " + reason);
    }
    try {
      ReferencePolicy policy = call.profile().references();
      Path directory = ImageChain.directoryOf(path);
      EditRequest request =
          new EditRequest(
              Limits.DEFAULT,
              reference ->
                  FileStorage.openForWriting(policy.resolve(reference, directory), options),
              Identity.random());
      return new EditedImage(storage, format.edit(storage, request));
    } catch (Throwable e) {
      storage.close();
      throw e;
    }
  }

  /** What a guest writes into a raw disk may make it look like another format tomorrow. */
  private static void warnOfProbing(Invocation call, String given, ImageFormat format) {
    if (format.name().equals("raw")) {
      call.err()
          .println(
              "WARNING: Image format was not specified for '"
                  + given
                  + "' and probing guessed raw.\n"
                  + "         Automatically detecting the format is dangerous for raw images, write"
                  + " operations on block 0 will be restricted.\n"
                  + "         Specify the 'raw' format explicitly to remove the restrictions.");
    }
  }

  ImageEditor editor() {
    return editor;
  }

  @Override
  public void close() throws IOException {
    try (storage) {
      editor.close();
    }
  }
}
