package dev.platter;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.wrap.Wrappings;

/** What is on the module path or class path, looked for once. */
final class Formats {
  static final ImageFormats PRESENT = ImageFormats.present();

  private Formats() {}

  /** Compressions around files; looked for only when one may be there. */
  static final class Around {
    static final Wrappings WRAPPINGS = Wrappings.present();

    private Around() {}
  }

  static ImageFormat named(String name) throws IllegalOptionException {
    return PRESENT
        .named(name)
        .orElseThrow(() -> new IllegalOptionException("there is no format '" + name + "'"));
  }
}
