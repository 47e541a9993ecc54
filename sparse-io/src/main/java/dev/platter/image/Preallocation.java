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

  /** Refuses all modes but {@link #OFF}, for disks whose space is never set aside. */
  public void requireOff() throws IllegalOptionException {
    if (this != OFF) {
      throw new IllegalOptionException("Unsupported preallocation mode: " + word());
    }
  }

  /** Refuses {@link #METADATA}, for disks that lie in their file as they are. */
  public void requireNotMetadata() throws IllegalOptionException {
    if (this == METADATA) {
      requireOff();
    }
  }

  /** Its name as qemu-img writes it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
