package dev.platter.server.image;

import dev.platter.server.http.Json;

/**
 * One place where an image's data lie.
 *
 * @param url names the data within the store
 * @param store the store's identifier, or null where the data lie with nobody that we know
 * @param metadata more about the place, a JSON object as text
 */
public record Location(String url, String store, String metadata) {
  /** As many characters as the database keeps. */
  static final int LONGEST_URL = 2048;

  static final int LONGEST_METADATA = 65_535;

  /** A place within a store. */
  public static Location in(String store, String url) {
    return new Location(url, store, Json.text(Json.object().put("store", store)));
  }
}
