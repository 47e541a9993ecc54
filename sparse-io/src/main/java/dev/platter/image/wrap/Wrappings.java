package dev.platter.image.wrap;

import dev.platter.image.Sign;
import dev.platter.storage.Services;
import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The wrappings that are present, found by {@link java.util.ServiceLoader}. */
public final class Wrappings {
  private List<Wrapping> found;

  private Wrappings() {}

  /**
   * The wrappings that the module path or class path holds. They are looked for when one is asked
   * for the first time: most files are an image, and need none.
   */
  public static Wrappings present() {
    return new Wrappings();
  }

  /** All of them, by name. */
  public synchronized List<Wrapping> all() {
    if (found == null) {
      List<Wrapping> wrappings = Services.offered(Wrapping.class);
      wrappings.sort(Comparator.comparing(Wrapping::name));
      found = List.copyOf(wrappings);
    }
    return found;
  }

  /** The wrapping of that name. */
  public Optional<Wrapping> named(String name) {
    return all().stream().filter(wrapping -> wrapping.name().equals(name)).findFirst();
  }

  /** The wrapping that a file of this name says it has: by its ending. */
  public Optional<Wrapping> endingOf(String fileName) {
    String name = fileName.toLowerCase(Locale.ROOT);
    return all().stream().filter(wrapping -> name.endsWith("." + wrapping.name())).findFirst();
  }

  /** The wrapping of a file that begins like this; what bears a {@link Sign} is in none. */
  public Optional<Wrapping> around(MemorySegment head) {
    return Sign.ofHead(head).isPresent()
        ? Optional.empty()
        : all().stream().filter(wrapping -> wrapping.matches(head)).findFirst();
  }
}
