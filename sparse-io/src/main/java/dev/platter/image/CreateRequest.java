package dev.platter.image;

import java.util.Optional;

/**
 * What a new image shall be.
 *
 * @param size the size of the guest disk, bytes
 * @param options the format's own options
 * @param compress whether blocks are to be compressed where they shrink
 * @param backing the parent that the image will name; the caller has made sure that it may
 * @param target where it goes
 * @param identity where its identifiers and timestamps come from
 */
public record CreateRequest(
    long size,
    FormatOptions options,
    boolean compress,
    Optional<ParentReference> backing,
    Target target,
    Identity identity) {
  /** A new image with identifiers of its own. */
  public CreateRequest(
      long size,
      FormatOptions options,
      boolean compress,
      Optional<ParentReference> backing,
      Target target) {
    this(size, options, compress, backing, target, Identity.random());
  }
}
