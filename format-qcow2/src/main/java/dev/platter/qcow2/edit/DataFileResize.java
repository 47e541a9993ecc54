package dev.platter.qcow2.edit;

import dev.platter.storage.WritableStorage;
import java.io.IOException;

/**
 * The external data file of a disk that gets another size: it becomes as long as the disk. What it
 * has behind the end of the smaller disk is nobody's, and can be changed before the image says how
 * large the disk is.
 */
final class DataFileResize {
  private final WritableStorage file;
  private final long lengthBefore;

  DataFileResize(WritableStorage file) throws IOException {
    this.file = file;
    this.lengthBefore = file.size();
  }

  /** Lets the file read as zeros from the end of one disk to that of a larger one. */
  void grow(long from, long size) throws IOException {
    if (lengthBefore > from) {
      file.zero(from, Math.min(lengthBefore, size) - from);
    }
    if (lengthBefore < size) {
      file.truncate(size);
    }
  }

  /** Takes back what has been added; a longer file would do no harm, so that it is not synced. */
  void undo() throws IOException {
    if (file.size() > lengthBefore) {
      file.truncate(lengthBefore);
    }
  }

  /** Gives back what a smaller disk does not need. */
  void cut(long size) throws IOException {
    if (file.size() > size) {
      file.truncate(size);
      file.sync();
    }
  }
}
