package dev.platter.storage;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * Something new that lies elsewhere: to others it is not there, or does not look whole, until it is
 * published.
 */
public interface NewStorage extends Closeable {
  /** Where its bytes go; belongs to this object. */
  WritableStorage storage();

  /** Whether it takes bytes in ascending order only, without going back. */
  default boolean sequential() {
    return false;
  }

  /**
   * How many bytes it will have. Told before the first one, where that is known, to what takes
   * bytes in order.
   *
   * @throws IOException if it cannot have so many
   */
  default void expect(long size) throws IOException {}

  /**
   * Lets it appear under its name. Called once, when all of it is written; nothing is written after
   * that.
   *
   * @throws IOException if it cannot; {@link #close} removes it then
   */
  void publish() throws IOException;

  /** What its maker is to be told once it is published, a line each: by what it is found, say. */
  default List<String> notes() {
    return List.of();
  }

  /** Removes it, unless it was published, and gives up what it needed. */
  @Override
  void close() throws IOException;
}
