package dev.platter.image.spi;

import dev.platter.image.DirtyBitmap;
import dev.platter.image.IllegalOptionException;
import java.io.IOException;
import java.util.List;

/**
 * The dirty bitmaps of an image that is changed in place: asked for by {@link ImageEditor#bitmaps}.
 * Every operation counts at once or not at all, as those of the editor do. All of them throw {@link
 * IllegalOptionException} if there is no such bitmap, or it is out of step with the disk.
 */
public interface Bitmaps {
  /** What an image does with a bitmap when its disk is written to. */
  enum Recording {
    /** Marks what is written. */
    ENABLED,
    /** Leaves the bitmap as it is. */
    DISABLED
  }

  /** Stands for the granularity that is usual for an image. */
  long USUAL_GRANULARITY = 0;

  /** Those that can be relied on, as they are now. */
  List<DirtyBitmap> present() throws IOException;

  /**
   * Adds a bitmap in which nothing is marked.
   *
   * @param granularity the bytes of the disk that are marked together, a power of two; or {@link
   *     #USUAL_GRANULARITY}
   * @throws IllegalOptionException if there can be no such bitmap
   */
  void add(String name, long granularity, Recording recording) throws IOException;

  /** Forgets a bitmap, be it out of step or not. */
  void remove(String name) throws IOException;

  /** Takes all marks away. */
  void clear(String name) throws IOException;

  /** Says whether the bitmap is to be kept up from now on. */
  void set(String name, Recording recording) throws IOException;

  /**
   * Marks what another bitmap marks, too.
   *
   * @param source of a disk of this size, of this image or of another that is open
   */
  void merge(String name, DirtyBitmap source) throws IOException;

  /** What is said of a bitmap that is there, and out of step. */
  static IllegalOptionException inconsistent(String name) {
    return new IllegalOptionException(
        IllegalOptionException.Kind.INCONSISTENT,
        "Bitmap '" + name + "' is inconsistent and cannot be used");
  }
}
