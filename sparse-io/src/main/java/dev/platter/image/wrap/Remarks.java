package dev.platter.image.wrap;

import java.util.Optional;

/**
 * What an unwrapped stream ({@link Wrapping#unwrap}) may be, too: one that has something to say of
 * what it read, although all of it is sound.
 */
public interface Remarks {
  /** What whoever reads the stream should know, asked for at its end; one line. */
  Optional<String> remark();
}
