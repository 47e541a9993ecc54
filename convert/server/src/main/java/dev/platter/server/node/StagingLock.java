package dev.platter.server.node;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Keeps a staging area for one process, which removes there what nobody knows of: two that do not
 * know of each other would remove each other's uploads. The system lets go of it when the process
 * dies.
 */
public final class StagingLock implements AutoCloseable {
  private static final String FILE = ".platter-lock";

  private final FileChannel channel;

  private StagingLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * @throws IOException if another process has the directory
   */
  public static StagingLock take(Path staging) throws IOException {
    FileChannel channel =
        FileChannel.open(
            staging.resolve(FILE),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new StagingLock(channel);
      }
    } catch (OverlappingFileLockException e) {
      // Another one in this process has it.
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    throw new IOException(
        staging
            + " is the staging area of another node already: give each its own, or say [nodes]"
            + " shared_staging = true to all");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
