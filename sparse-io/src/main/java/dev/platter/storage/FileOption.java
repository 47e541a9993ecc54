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
  PRIVATE
}
