package dev.platter.remote.rbd;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a new image is laid out in its pool; what is empty is as the cluster has it.
 *
 * @param order the objects' size, as a power of two
 * @param features by their names, as {@code layering}
 * @param dataPool the pool that has the data, where that is another
 * @param stripe how data are spread over several objects at a time
 */
public record RbdLayout(
    OptionalInt order, List<String> features, String dataPool, Optional<Stripe> stripe) {
  /** As the cluster has it. */
  public static final RbdLayout USUAL =
      new RbdLayout(OptionalInt.empty(), List.of(), "", Optional.empty());

  /** How many bytes go into one object before the next one's turn comes, and into how many. */
  public record Stripe(long unit, long count) {}

  public RbdLayout {
    features = List.copyOf(features);
  }

  /** The same with objects of {@code bytes}, a power of two. */
  public RbdLayout withObjects(long bytes) {
    return new RbdLayout(
        OptionalInt.of(Long.numberOfTrailingZeros(bytes)), features, dataPool, stripe);
  }
}
