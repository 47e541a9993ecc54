package dev.platter.server.swift;

import java.io.IOException;
import java.util.Optional;

/** Knows which project owns an image. For any thread. */
@FunctionalInterface
public interface ImageOwners {
  /** The identifier of the project; empty: the image is nobody's, or there is none. */
  Optional<String> ownerOf(String imageId) throws IOException;
}
