package dev.platter.storage;

/**
 * A run of a storage that is all hole or all data.
 *
 * @param offset where it begins, bytes
 * @param length how far it reaches, bytes, at least 1
 * @param hole whether it reads as zeros without anything stored
 */
public record Run(long offset, long length, boolean hole) {
  public Run {
    if (offset < 0 || length < 1 || offset + length < 0) {
      throw new IllegalArgumentException("run of " + length + " at " + offset);
    }
  }

  /** The first byte after the run. */
  public long end() {
    return offset + length;
  }
}
