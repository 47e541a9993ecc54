package dev.platter.image;

/**
 * One creation option of a format.
 *
 * @param name the name before the {@code =}
 * @param type what its value looks like
 * @param help one line, as {@code -o help} shows it
 */
public record OptionSpec(String name, Type type, String help) {
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
