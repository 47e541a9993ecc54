package dev.platter.service;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Files and directories that nobody but their owner can look into, whatever the process's umask:
 * they hold other people's images. Where a file system knows no permissions, they are ordinary
 * ones.
 */
public final class OwnerOnly {
  private static final System.Logger LOG = System.getLogger(OwnerOnly.class.getName());
  private static final Set<PosixFilePermission> DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");

  private OwnerOnly() {}

  /**
   * Makes a directory, and those above it, where they are missing. One that is there already is
   * somebody's decision: it stays as it is, and the log says who else can look into it.
   */
  public static void makeDirectory(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory, permissions(directory, DIRECTORY));
    } else if (knowsPermissions(directory)) {
      Set<PosixFilePermission> found = Files.getPosixFilePermissions(directory);
      if (!DIRECTORY.containsAll(found)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0} is open to others ({1}); chmod 700 keeps them out",
            directory,
            PosixFilePermissions.toString(found));
      }
    }
  }

  /** Makes an empty file where it is missing; one that is there is closed to all others. */
  public static void makeFile(Path file) throws IOException {
    try {
      Files.createFile(file, permissions(file, FILE));
    } catch (FileAlreadyExistsException e) {
      if (knowsPermissions(file) && !FILE.containsAll(Files.getPosixFilePermissions(file))) {
        Files.setPosixFilePermissions(file, FILE);
      }
    }
  }

  private static boolean knowsPermissions(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private static FileAttribute<?>[] permissions(Path path, Set<PosixFilePermission> wanted) {
    return knowsPermissions(path)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(wanted)}
        : new FileAttribute<?>[0];
  }
}
