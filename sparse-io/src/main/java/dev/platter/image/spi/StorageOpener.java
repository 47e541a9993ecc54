package dev.platter.image.spi;

import dev.platter.storage.FileStorage;
import dev.platter.storage.Location;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageProviders;
import java.io.IOException;

/**
 * How images are opened for reading, and files with which locks: a caller may ask for direct I/O, a
 * test for faults.
 */
@FunctionalInterface
public interface StorageOpener {
  /** Opens files and devices, and what the providers that are present know. */
  StorageOpener READING = new StorageOpener() { // no lambda: it would be made anew at each start
        @Override
        public Storage open(Location location) throws IOException {
          return StorageProviders.of(location.scheme()).openForReading(location);
        }
      };

  /** Opens what is at {@code location}; the caller owns the result. */
  Storage open(Location location) throws IOException;

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
