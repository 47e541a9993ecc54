package dev.platter.service;

import java.util.List;
import java.util.Map;

/**
 * What an import came to.
 *
 * @param copies the image in each store that has it, in the order in which they got it; at least
 *     one. The image's record takes its formats, sizes and digests from the first
 * @param failed why the other stores do not have it, by their identifiers; empty where all must
 *     succeed
 * @param properties all properties of the image now
 */
public record ImportResult(
    List<StoredCopy> copies, Map<String, String> failed, Map<String, String> properties) {
  public ImportResult {
    copies = List.copyOf(copies);
    failed = Map.copyOf(failed);
    properties = Map.copyOf(properties);
    if (copies.isEmpty()) {
      throw new IllegalArgumentException("an import without a copy has failed");
    }
  }

  /** The copy that the image's record describes. */
  public StoredCopy first() {
    return copies.getFirst();
  }
}
