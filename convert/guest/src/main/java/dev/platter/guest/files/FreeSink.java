package dev.platter.guest.files;

import java.io.IOException;

/**
 * Takes the parts of a volume that its file system calls free, in any order, none of them twice.
 */
public interface FreeSink {
  /**
   * @param offset in the volume, bytes
   * @param length bytes
   */
  void free(long offset, long length) throws IOException;
}
