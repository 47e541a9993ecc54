package dev.platter.image;

import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;

/**
 * How files are opened for reading, and with which locks: a caller may ask for direct I/O, a test
 * for faults.
 */
@FunctionalInterface
public interface StorageOpener {
  /** Opens the file or device at {@code path}; the caller owns the result. */
  Storage open(Path path) throws IOException;

  /**
   * Tells what an opened file is, now that it is known, and before more of it is read: the moment
   * to lock it. Unless told otherwise, files are locked as for {@link FileUse#READ}.
   *
   * @param storage what {@link #open} answered
   * @throws dev.platter.storage.LockedException if another program's use of it forbids to read it
   */
  default void lock(Storage storage, FileUse.Part part) throws IOException {
    if (storage instanceof FileStorage file) {
      file.lock(FileUse.READ.of(part));
    }
  }
}
