package dev.platter.server.migrate;

import dev.platter.server.swift.ImageOwners;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whose images are that are looked for in stores: Glance knows it, and the database here not yet.
 * Any number of threads may use it.
 */
final class Owners implements ImageOwners {
  private final Map<String, Optional<String>> known = new ConcurrentHashMap<>();

  /**
   * @param owner the identifier of the project; null: the image is nobody's
   */
  void note(String imageId, String owner) {
    known.put(imageId, Optional.ofNullable(owner));
  }

  void forget(String imageId) {
    known.remove(imageId);
  }

  @Override
  public Optional<String> ownerOf(String imageId) throws IOException {
    Optional<String> owner = known.get(imageId);
    if (owner == null) {
      throw new IOException("nobody has said whose image " + imageId + " is");
    }
    return owner;
  }
}
