package dev.platter.storage;

/** How a file is read or written, beyond the ordinary. */
public enum FileOption {
  /**
   * Past the page cache (O_DIRECT), which a file system may refuse with "Invalid argument". {@link
   * Storage#alignment()} says what suits it; unaligned access works too, more slowly. Without
   * native calls this is only a wish.
   */
  DIRECT,

  /** Each write returns only when it is on the medium (O_DSYNC). */
  SYNCHRONOUS,

  /**
   * A file that is made is for its owner alone, whatever the process's umask would let others do.
   */
  PRIVATE;

  /** The flags of open(2). */
  static int flags(FileOption... options) {
    int flags = 0;
    for (FileOption option : options) {
      if (option == DIRECT) {
        flags |= Posix.O_DIRECT;
      } else if (option == SYNCHRONOUS) {
        flags |= Posix.O_DSYNC;
      }
    }
    return flags;
  }

  /** The mode of a new file, before the process's umask. */
  static int mode(FileOption... options) {
    for (FileOption option : options) {
      if (option == PRIVATE) {
        return 0600;
      }
    }
    return 0644;
  }
}
