package dev.platter.server.db;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Room on the disk of an embedded database. Before the disk is full, changes are refused, so that
 * the database, which ends when it cannot write, goes on answering. If others fill the disk all the
 * same, a file that was kept for that gives the room in which it is opened again.
 */
final class DiskReserve {
  private static final System.Logger LOG = System.getLogger(DiskReserve.class.getName());

  /** What the database is given back. */
  private static final int KEPT = 16 << 20;

  /** What changes never use. */
  private static final long LEAST_FREE = 8 << 20;

  private final Path file;
  private boolean kept;

  DiskReserve(Path file) {
    this.file = file;
    restore();
  }

  /** Whether anything may be changed. */
  synchronized boolean hasRoom() {
    long usable = file.getParent().toFile().getUsableSpace();
    if (!kept && usable >= 2L * KEPT) {
      restore();
    }
    return usable >= (kept ? LEAST_FREE : 2L * KEPT);
  }

  private void restore() {
    try {
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        ByteBuffer part = ByteBuffer.allocate(1 << 20);
        for (int done = 0; done < KEPT; done += part.capacity()) {
          channel.write(part.clear());
        }
        channel.force(true);
      }
      kept = true;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "no reserve is kept on the disk: " + e.getMessage());
      release();
    }
  }

  /** Gives the room back. */
  synchronized void release() {
    kept = false;
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the reserve stays: " + e.getMessage());
    }
  }
}
