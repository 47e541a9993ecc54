package dev.platter.image.spi;

import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import java.io.IOException;

/**
 * Another choice of what was chosen when an image was made, asked for by {@link
 * ImageEditor#amendment}. The disk stays what it is.
 */
public interface Amendment {
  /**
   * Changes all that is set, of {@link ImageFormat#amendOptions}. Everything is judged first, so
   * that what is refused changes nothing.
   *
   * @throws IllegalOptionException if the image cannot be so
   */
  void amend(FormatOptions options) throws IOException;
}
