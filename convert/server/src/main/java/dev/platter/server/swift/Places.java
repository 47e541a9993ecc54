package dev.platter.server.swift;

import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import java.io.IOException;

/** In which accounts and containers a store's images lie. For any thread. */
interface Places {
  /** Where an image of this identifier lies, or would lie. */
  String locationOf(String imageId) throws IOException;

  /**
   * The place that a location names.
   *
   * @throws StoreException if it is none of the store's
   */
  Place at(String location) throws IOException;

  /** The account of the store itself. */
  SwiftConnection own();

  /**
   * What is said of a location of something else.
   *
   * @param shown of the location, in which there may be a password
   */
  static StoreException foreign(String store, String shown) {
    return new StoreException(Kind.NOT_FOUND, store, "no location of this store: " + shown);
  }
}
