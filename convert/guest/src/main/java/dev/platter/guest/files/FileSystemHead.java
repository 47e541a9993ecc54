package dev.platter.guest.files;

import java.io.IOException;

/**
 * A file system, or what else fills a volume, as the first look tells it.
 *
 * @param kind its name, as {@code blkid} has it where it knows the kind
 * @param label empty: none
 * @param uuid as {@code blkid} writes it; empty: none
 * @param size bytes that it says it has; 0: it does not say
 * @param opener opens it; null: its files are not read here
 */
public record FileSystemHead(String kind, String label, String uuid, long size, Opener opener) {
  /** Opens the tree of files. */
  public interface Opener {
    FileTree open() throws IOException;
  }

  public static FileSystemHead unread(String kind, String label, String uuid, long size) {
    return new FileSystemHead(kind, label, uuid, size, null);
  }

  /** The tree of its files; only where it {@link #isReadable}. */
  public FileTree open() throws IOException {
    return opener.open();
  }

  /** Whether its files can be read. */
  public boolean isReadable() {
    return opener != null;
  }
}
