package dev.platter.service;

import dev.platter.convert.Progress;
import dev.platter.guest.DistroNames;
import dev.platter.guest.picture.DiskSketch;
import dev.platter.image.DiskImage;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.service.inspect.Inspection;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Map;

/** What an import does with bytes that may be anything. Formats are named as the Image API does. */
interface ImageWork {
  /** What an image is, and what speaks against it. */
  Inspection inspect(Storage image) throws IOException;

  /**
   * Opens an image in this process; the caller closes it.
   *
   * @throws ImportException where that is not done
   */
  DiskImage open(Storage image, String format) throws IOException;

  /**
   * What the guest's disk in an image tells; nothing where it cannot be read.
   *
   * @param name how messages call it
   */
  Map<String, String> guestProperties(Storage image, String format, String name, DistroNames names)
      throws IOException;

  /**
   * What of an image's disk is stored, and what it holds.
   *
   * @param name how messages call it
   */
  DiskSketch sketch(Storage image, String format, String name) throws IOException;

  /** Takes an image out of the compression around it. */
  void unwrap(Storage packed, UnwrapLimits limits, WritableStorage plain) throws IOException;

  /**
   * Makes of an image one of another format.
   *
   * @param storage empty; gets the new one
   * @return the size of the disk, bytes
   */
  long convert(
      Storage image, String format, String target, WritableStorage storage, Progress progress)
      throws IOException;
}
