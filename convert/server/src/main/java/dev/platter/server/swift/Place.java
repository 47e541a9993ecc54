package dev.platter.server.swift;

/**
 * Where an image lies.
 *
 * @param connection to the account
 * @param ownContainer whether the container is the image's alone, and goes with it
 */
record Place(SwiftConnection connection, String container, String imageId, boolean ownContainer) {
  /** The path of the image's object. */
  String path() {
    return SwiftConnection.path(container, imageId);
  }

  /** Takes things out of there. */
  SwiftRemoval removal() {
    return new SwiftRemoval(connection, container, ownContainer);
  }
}
