package dev.platter.image.spi;

import dev.platter.image.BlockMap;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import java.io.IOException;
import java.util.Optional;

/**
 * Another choice of what was chosen when an image was made, asked for by {@link
 * ImageEditor#amendment}. The disk stays what it is.
 */
public interface Amendment {
  /**
   * Changes all that is set, of {@link ImageFormat#amendOptions}. Everything is judged first, so
   * that what is refused changes nothing.
   *
   * @param parent what shows through where the image holds nothing; empty where there is no image
   *     below. What a larger disk has more reads as zeros, also where the parent would show through
   * @return what kept the image from giving back all the space that it does not need any more;
   *     empty: nothing did
   * @throws IllegalOptionException if the image cannot be so
   */
  Optional<IOException> amend(FormatOptions options, Optional<BlockMap> parent) throws IOException;

  /** The same, which does even what loses the disk, as to erase its last key slot. */
  default Amendment forced() {
    return this;
  }
}
