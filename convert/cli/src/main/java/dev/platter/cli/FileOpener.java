package dev.platter.cli;

import dev.platter.image.FileUse;
import dev.platter.image.StorageOpener;
import dev.platter.storage.FileNames;
import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import dev.platter.storage.LockedException;
import dev.platter.storage.Storage;
import dev.platter.storage.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Opens files and devices as the cache mode asks, locks them for what the command does, and says
 * what went wrong as qemu-img does.
 */
final class FileOpener implements StorageOpener {
  private static final int EINVAL = 22;

  private final FileOption[] options;
  private final Access access;
  private final ImageName name;
  private final Path path;

  /**
   * @param access for the image and all that belongs to it
   * @param name what the user says of the image's own file
   * @param path where that file is
   */
  FileOpener(Access access, ImageName name, Path path) {
    this.options =
        access.cache().isDirect() ? new FileOption[] {FileOption.DIRECT} : new FileOption[0];
    this.access = access;
    this.name = name;
    this.path = path;
  }

  @Override
  public Storage open(Path file) throws IOException {
    try {
      FileStorage storage =
          changes(file)
              ? FileStorage.openForWriting(file, options)
              : FileStorage.openForReading(file, options);
      if (storage.isRegularFile() || storage.isBlockDevice()) {
        return storage;
      }
      storage.close();
    } catch (IOException e) {
      if (!Files.isDirectory(file)) {
        throw new CannotOpenException(file, reason(file, e), e);
      }
    }
    throw new CannotOpenException(
        file, "'file' driver requires '" + FileNames.text(file) + "' to be a regular file", null);
  }

  /** Opens and locks the image's own file. */
  Storage openLocked(FileUse.Part part) throws IOException {
    Storage storage = open(path);
    try {
      lock(storage, part);
      return storage;
    } catch (Throwable e) {
      storage.close();
      throw e;
    }
  }

  /** Only the image itself is changed; those below it, and what it names, are read. */
  private boolean changes(Path file) {
    return access.use() == FileUse.CHANGE && file.equals(path);
  }

  @Override
  public void lock(Storage storage, FileUse.Part part) throws IOException {
    if (!(storage instanceof FileStorage file)) {
      return;
    }
    Path opened = FileNames.path(file.name());
    try {
      if (opened.equals(path)) {
        file.lock(access.under(name.fileLocking()).of(part));
      } else if (access.use() != FileUse.CHANGE || part != FileUse.Part.OUTSIDE) {
        // Whoever changes an image opens what it names once more, for writing, and locks that.
        file.lock(access.below().of(part));
      }
    } catch (LockedException e) {
      throw part == FileUse.Part.OUTSIDE ? e : new CannotOpenException(opened, e.reason(), e);
    }
  }

  private String reason(Path file, IOException e) {
    String text = "Could not open '" + FileNames.text(file) + "': ";
    return options.length > 0 && e instanceof SystemException system && system.errno() == EINVAL
        ? text + "the file system does not do direct I/O (cache mode 'none' or 'directsync')"
        : text + Reasons.of(e);
  }
}
