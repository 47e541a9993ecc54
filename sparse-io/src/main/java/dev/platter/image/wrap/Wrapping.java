package dev.platter.image.wrap;

import dev.platter.image.Fault;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One compression or archive that a whole image file can be wrapped in: stateless, found by {@link
 * java.util.ServiceLoader}. Whoever wants a file unwrapped uses {@link Unwrapping}, which adds the
 * limits; this is what it asks.
 */
public interface Wrapping {
  /** How many bytes of a file's head {@link #matches} wants to see. */
  int HEAD_BYTES = 4096;

  /** Its name, which is also how the names of such files end: {@code xz}. */
  String name();

  /** Whether a file that begins like this is wrapped in it. Looks at the magic number only. */
  boolean matches(MemorySegment head);

  /**
   * Unwraps a stream to its very end: all members, frames and streams that it consists of.
   *
   * @param packed closed with the result
   * @return a stream that throws where what is packed is damaged, cut off, or followed by what does
   *     not belong there; any exception says so, unchecked ones too. It ends early for no other
   *     reason. Its memory is bounded whatever the stream asks for
   */
  InputStream unwrap(InputStream packed) throws IOException;

  /**
   * The same for a file in which one can go back and forth, which some can unwrap on several cores.
   *
   * @param packed stays the caller's
   */
  default InputStream unwrap(Storage packed) throws IOException {
    return unwrap(StreamSource.of(packed).asInputStream());
  }

  /** How many bytes a file unwraps to, where it says so; seen to later by whoever unwraps. */
  default OptionalLong unwrappedSize(Storage packed) throws IOException {
    return OptionalLong.empty();
  }

  /** The levels of compression for making such files; empty: only reads them. */
  default Optional<Levels> levels() {
    return Optional.empty();
  }

  /** Whether such a file can only be made where the size of what is in it is known before. */
  default boolean needsSize() {
    return false;
  }

  /**
   * Wraps a stream. The bytes depend on the level only, not on the number of threads.
   *
   * @param target closed with the result, which completes the file
   * @param size how many bytes will be written, where that is known
   * @param level one of {@link #levels()}
   * @param threads how many threads may compress
   */
  default OutputStream wrap(OutputStream target, OptionalLong size, int level, int threads)
      throws IOException {
    throw Fault.on(name()).unsupported("such files are only read, not made");
  }

  /** Levels of compression, fastest first. */
  record Levels(int lowest, int usual, int highest) {}
}
