package dev.platter.image;

import java.util.Optional;

/**
 * One creation option of a format.
 *
 * @param name the name before the {@code =}
 * @param type what its value looks like
 * @param help one line, as {@code -o help} shows it
 * @param standard the value of an image made without the option, where {@code create} tells it in
 *     its line "Formatting"
 */
public record OptionSpec(String name, Type type, String help, Optional<String> standard) {
  /** An option that {@code create} tells only when it is set. */
  public OptionSpec(String name, Type type, String help) {
    this(name, type, help, Optional.empty());
  }

  /** This option with the value that an image made without it has. */
  public OptionSpec withStandard(String value) {
    return new OptionSpec(name, type, help, Optional.of(value));
  }

  /** What an option's value looks like. */
  public enum Type {
    /** Any text. */
    STRING("str"),
    /** {@code on} or {@code off}. */
    BOOL("bool (on/off)"),
    /** A whole number. */
    NUMBER("num"),
    /** Bytes, with the suffixes of {@link Sizes}. */
    SIZE("size");

    private final String words;

    Type(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }
}
