package dev.platter.convert;

import dev.platter.image.spi.FileUse;
import dev.platter.storage.FileNames;
import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import dev.platter.storage.HandedFiles;
import dev.platter.storage.Location;
import dev.platter.storage.WritableStorage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file that is new under its path. It is made without a name and takes the place of what is there
 * in one step, unless no other file could be to everybody what that one is, as of one that some
 * process has open and is named by its descriptor: then the old one is emptied at the first change
 * and written. Whatever is there is locked meanwhile. In a sandbox it is the file that was handed
 * to this process for that path ({@link HandedFiles}).
 */
final class NewFile implements Closeable {
  /** How often somebody else may put another file in the place before it can be locked. */
  private static final int MOST_TRIES = 100;

  private final Path path;
  private final WritableStorage storage;
  private final FileStorage successor;
  private final FileStorage old;
  private final boolean isHanded;

  private NewFile(
      Path path,
      WritableStorage storage,
      FileStorage successor,
      FileStorage old,
      boolean isHanded) {
    this.path = path;
    this.storage = storage;
    this.successor = successor;
    this.old = old;
    this.isHanded = isHanded;
  }

  /**
   * Begins a file where there is a regular one or nothing.
   *
   * @throws dev.platter.storage.LockedException if another program uses what is there
   */
  static NewFile at(Path path, FileOption... options) throws IOException {
    Optional<FileStorage> handed = HandedFiles.target(path, options);
    if (handed.isPresent()) {
      return new NewFile(path, handed.get(), null, null, true);
    }
    FileStorage old = lockedAt(path, options);
    if (old == null) {
      FileStorage storage =
          FileStorage.createUnnamed(Location.directoryOf(path), FileNames.text(path), options);
      return new NewFile(path, storage, storage, null, false);
    }
    try {
      Optional<FileStorage> successor =
          isDescriptor(path)
              ? Optional.empty()
              : old.createSuccessor(Location.directoryOf(path.toRealPath()), options);
      return successor.isPresent()
          ? new NewFile(path, successor.get(), successor.get(), old, false)
          : new NewFile(path, InPlaceStorage.emptied(old), null, old, false);
    } catch (Throwable e) {
      old.close();
      throw e;
    }
  }

  /**
   * Whether the path leads to a file that a process has open ({@code /dev/fd/3}, {@code
   * /proc/self/fd/3}). What that process has is this file and no other of its name, if it has one.
   */
  private static boolean isDescriptor(Path path) throws IOException {
    Path link = path;
    while (Files.isSymbolicLink(link)) { // they end somewhere, as the file has been opened
      Path directory = link.toAbsolutePath().getParent().toRealPath();
      if (directory.startsWith("/proc") && directory.endsWith("fd")) {
        return true;
      }
      link = directory.resolve(Files.readSymbolicLink(link));
    }
    return false;
  }

  /** The file that is there, locked; null if there is none. */
  private static FileStorage lockedAt(Path path, FileOption... options) throws IOException {
    for (int tries = 0; Files.exists(path); tries++) {
      FileStorage file = FileStorage.openForWriting(path, options);
      try {
        file.lock(FileUse.REPLACE.of(FileUse.Part.IMAGE));
        if (file.isAt(path)) {
          return file;
        }
        if (tries == MOST_TRIES) {
          throw new IOException(path + ": other programs keep replacing this file");
        }
      } catch (Throwable e) {
        file.close();
        throw e;
      }
      file.close();
    }
    return null;
  }

  /** The file that another process may fill; empty where the old one is written instead. */
  Optional<FileStorage> unnamed() {
    return Optional.ofNullable(successor);
  }

  /** Where its bytes go. */
  WritableStorage storage() {
    return storage;
  }

  /**
   * Gives it its name. What came there since it was begun is replaced, too, if nobody uses it.
   *
   * @throws dev.platter.storage.LockedException if somebody does
   */
  void publish() throws IOException {
    if (isHanded) {
      HandedFiles.completed(path); // and the process that made it gives it its name
      return;
    }
    if (successor == null) {
      storage.truncate(storage.size()); // where nothing was written, nothing was emptied
      return;
    }
    if (old != null && old.isAt(path)) {
      successor.linkTo(path);
      return;
    }
    try (FileStorage other = lockedAt(path)) {
      successor.linkTo(path);
    }
  }

  @Override
  public void close() throws IOException {
    try (old) {
      storage.close();
    }
  }
}
