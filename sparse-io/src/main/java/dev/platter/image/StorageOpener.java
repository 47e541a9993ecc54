package dev.platter.image;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;

/** How files are opened for reading: a caller may ask for direct I/O, a test for faults. */
@FunctionalInterface
public interface StorageOpener {
  /** Opens the file or device at {@code path}; the caller owns the result. */
  Storage open(Path path) throws IOException;
}
