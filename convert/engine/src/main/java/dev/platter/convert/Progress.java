package dev.platter.convert;

import java.io.IOException;

/** Listens to long work. Called by the worker threads, one at a time; must return quickly. */
public interface Progress {
  /** Says nothing. */
  Progress NONE =
      new Progress() {
        @Override
        public void advanced(long done, long total) {}
      };

  /**
   * Some work is done.
   *
   * @param done guest bytes dealt with so far
   * @param total guest bytes in all
   */
  void advanced(long done, long total);

  /**
   * A range could not be read and counts as zeros, because the caller asked to salvage what can be
   * read.
   */
  default void salvaged(long offset, long length, IOException reason) {}
}
