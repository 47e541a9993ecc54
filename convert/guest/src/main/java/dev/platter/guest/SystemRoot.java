package dev.platter.guest;

import dev.platter.guest.files.FileTree;
import java.io.IOException;
import java.util.Optional;

/**
 * Where an operating system lies. Belongs to the thread that looks into the disk.
 *
 * @param system what is told of it
 * @param files its root directory, with all that lies below
 */
public record SystemRoot(OperatingSystem system, FileTree files) {
  /**
   * Looks for an operating system in a file system, and in the directories in which it may keep
   * several roots.
   *
   * @param files of the file system
   * @param place what it is called: {@link FileSystem#place}
   */
  public static Optional<SystemRoot> find(FileTree files, String place) throws IOException {
    Optional<OperatingSystem> windows = WindowsSystem.find(files, place);
    return windows.isPresent()
        ? Optional.of(new SystemRoot(windows.get(), files))
        : UnixSystem.find(files, place);
  }
}
