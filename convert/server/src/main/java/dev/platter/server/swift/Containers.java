package dev.platter.server.swift;

import java.util.Locale;

/**
 * Which container has which image: one has them all, or each has those whose identifiers begin with
 * the same characters.
 *
 * @param name of the only container, or what the names of all begin with
 * @param seed how many characters of identifiers tell containers apart, dashes not counted; 0: one
 *     container
 */
record Containers(String name, int seed) {
  /** The container of a new image. */
  String of(String imageId) {
    if (seed == 0) {
      return name;
    }
    String id = imageId.toLowerCase(Locale.ROOT);
    int dashes = (int) id.chars().limit(seed).filter(c -> c == '-').count();
    return name + "_" + id.substring(0, Math.min(id.length(), seed + dashes));
  }

  /** Whether a container may have the image: the seed may have been another one. */
  boolean mayHave(String container, String imageId) {
    return container.equals(name)
        || container.startsWith(name + "_")
            && container.length() > name.length() + 1
            && imageId.toLowerCase(Locale.ROOT).startsWith(container.substring(name.length() + 1));
  }

  /** Whether a container is one of these. */
  boolean has(String container) {
    return seed == 0
        ? container.equals(name)
        : container.startsWith(name + "_") || container.equals(name);
  }
}
