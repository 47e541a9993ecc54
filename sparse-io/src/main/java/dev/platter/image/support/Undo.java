package dev.platter.image.support;

import dev.platter.image.spi.ImageEditor;
import java.io.IOException;
import java.util.Optional;

/** How an {@link ImageEditor} ends when it cannot go on: it takes back what it has begun. */
public final class Undo {
  private Undo() {}

  /** A part of an operation. */
  @FunctionalInterface
  public interface Step {
    void run() throws IOException;
  }

  /**
   * Runs a change; should it fail, runs {@code undo} and throws what the change did. What the undo
   * throws is suppressed: the image is sound then, too, but for lost space.
   */
  public static void ifFails(Step change, Step undo) throws IOException {
    try {
      change.run();
    } catch (IOException | RuntimeException e) {
      try {
        undo.run();
      } catch (IOException | RuntimeException f) {
        e.addSuppressed(f);
      }
      throw e;
    }
  }

  /**
   * Runs the end of an operation that counts already, and without which the image is sound but for
   * lost space.
   *
   * @return what kept it from its end; empty: nothing did
   */
  public static Optional<IOException> orLeak(Step end) {
    try {
      end.run();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e);
    }
  }
}
