package dev.platter.image.chain;

import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.Secrets;
import dev.platter.image.spi.ImageFormat;
import java.util.List;

/**
 * What is said of how an image is to be understood before its format is known.
 *
 * @param texts {@code key=value} each: {@link ImageFormat#openOptions()}
 * @param secrets where the secrets are that these name, and that images below need
 */
public record OpenOptions(List<String> texts, Secrets secrets) {
  /** Nothing is said. */
  public static final OpenOptions NONE = new OpenOptions(List.of(), Secrets.NONE);

  /** Secrets alone. */
  public static OpenOptions of(Secrets secrets) {
    return new OpenOptions(List.of(), secrets);
  }

  /** The same with other texts, for another image. */
  OpenOptions with(List<String> others) {
    return new OpenOptions(others, secrets);
  }

  /**
   * The options of a format.
   *
   * @throws IllegalOptionException if it has no such options
   */
  public FormatOptions of(List<OptionSpec> specs) throws IllegalOptionException {
    return FormatOptions.parse(texts, specs).with(secrets);
  }
}
