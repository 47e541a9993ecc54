package dev.platter.service.store;

import java.util.Objects;

/**
 * Where an image is.
 *
 * @param location the URI by which its store finds it
 * @param size bytes, as they are downloaded
 */
public record StoredImage(String location, long size) {
  public StoredImage {
    Objects.requireNonNull(location);
  }
}
