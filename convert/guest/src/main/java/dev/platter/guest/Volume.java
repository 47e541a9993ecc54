package dev.platter.guest;

import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.Optional;

/**
 * What fills a disk, a partition or a logical volume. Belongs to the thread that looks into the
 * disk.
 *
 * @param fileSystem what is told of it
 * @param bytes of the volume; empty: they are not all to be found here
 * @param head opens its files; empty: it could not be looked at
 */
public record Volume(FileSystem fileSystem, Optional<Source> bytes, Optional<FileSystemHead> head) {
  /** Whether there is a way to read its files, though it may turn out to be damaged. */
  public boolean hasFiles() {
    return head.isPresent() && head.get().isReadable() && fileSystem.unreadable().isEmpty();
  }

  /** Why its files cannot be read, where it does not {@link #hasFiles}. */
  public String whyNoFiles() {
    String kind = fileSystem.kind();
    boolean isEncrypted = kind.startsWith("crypto_") || kind.equals("BitLocker");
    return fileSystem
        .unreadable()
        .orElse(
            isEncrypted
                ? kind + " is encrypted, and is not opened here"
                : "files of " + kind + " are not read");
  }

  /** The tree of its files, where it {@link #hasFiles}. */
  public FileTree open() throws IOException {
    return head.orElseThrow().open();
  }
}
