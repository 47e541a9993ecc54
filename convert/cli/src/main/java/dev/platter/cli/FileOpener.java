package dev.platter.cli;

import dev.platter.image.StorageOpener;
import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Opens files and devices for reading, as the cache mode asks, and says what went wrong as qemu-img
 * does.
 */
final class FileOpener implements StorageOpener {
  private static final int EINVAL = 22;

  private final FileOption[] options;

  FileOpener(CacheMode cache) {
    this.options = cache.isDirect() ? new FileOption[] {FileOption.DIRECT} : new FileOption[0];
  }

  @Override
  public Storage open(Path path) throws IOException {
    try {
      FileStorage storage = FileStorage.openForReading(path, options);
      if (storage.isRegularFile() || storage.isBlockDevice()) {
        return storage;
      }
      storage.close();
    } catch (IOException e) {
      if (!Files.isDirectory(path)) {
        throw new CannotOpenException(path, reason(path, e), e);
      }
    }
    throw new CannotOpenException(
        path, "'file' driver requires '" + path + "' to be a regular file", null);
  }

  private String reason(Path path, IOException e) {
    String file = "Could not open '" + path + "': ";
    return options.length > 0 && e instanceof SystemException system && system.errno() == EINVAL
        ? file + "the file system does not do direct I/O (cache mode 'none' or 'directsync')"
        : file + Reasons.of(e);
  }
}
