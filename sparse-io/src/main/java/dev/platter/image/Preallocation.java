package dev.platter.image;

import java.util.Locale;

/** How space is set aside for guest bytes before they come. */
public enum Preallocation {
  /** Not at all: a sparse file. */
  OFF,
  /** Places are given, and the tables say so; the file has holes there. */
  METADATA,
  /** Reserved by the file system, reading as zeros. */
  FALLOC,
  /** Written with zeros. */
  FULL;

  /** The mode of that name, as qemu-img writes it. */
  public static Preallocation named(String word) throws IllegalOptionException {
    for (Preallocation mode : values()) {
      if (mode.word().equals(word)) {
        return mode;
      }
    }
    throw new IllegalOptionException("Invalid preallocation mode '" + word + "'");
  }

  /** Its name as qemu-img writes it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
