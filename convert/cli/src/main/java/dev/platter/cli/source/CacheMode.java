package dev.platter.cli.source;

import dev.platter.cli.line.Failure;

/** How qemu-img's cache modes (-t, -T) ask for files to be read and written. */
public enum CacheMode {
  NONE("none"),
  WRITEBACK("writeback"),
  WRITETHROUGH("writethrough"),
  DIRECTSYNC("directsync"),
  UNSAFE("unsafe");

  private final String word;

  CacheMode(String word) {
    this.word = word;
  }

  /**
   * @param what how the message calls the option
   */
  public static CacheMode of(String word, String what) throws Failure {
    for (CacheMode mode : values()) {
      if (mode.word.equals(word)) {
        return mode;
      }
    }
    if (word.equals("off")) {
      return NONE;
    }
    throw new Failure("Invalid " + what + " option: " + word);
  }

  /** Whether the page cache is passed by. */
  public boolean isDirect() {
    return this == NONE || this == DIRECTSYNC;
  }

  /** Whether what was written must be on the medium in the end. */
  public boolean syncs() {
    return this != UNSAFE;
  }
}
