package dev.platter.remote.rbd;

import dev.platter.image.Sizes;
import dev.platter.storage.Location;
import dev.platter.storage.NewStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageOption;
import dev.platter.storage.StorageProvider;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Disks in a Ceph cluster: {@code rbd:POOL/IMAGE[@SNAPSHOT][:KEY=VALUE]...} as QEMU has it, {@code
 * rbd://[FSID]/POOL/IMAGE[/SNAPSHOT]}, and the options that QEMU's driver {@code rbd} has.
 */
public final class RbdProvider implements StorageProvider {
  private static final String CLUSTER_SIZE = "cluster_size";
  private static final String ORDER = "order";
  private static final String FEATURES = "features";
  private static final String DATA_POOL = "data_pool";
  private static final String STRIPE_UNIT = "stripe_unit";
  private static final String STRIPE_COUNT = "stripe_count";
  private static final String SNAPSHOT = "snapshot";

  private static final List<StorageOption> OPTIONS =
      List.of(
          new StorageOption(CLUSTER_SIZE, "size of the objects in the cluster (4k to 32M)"),
          new StorageOption(ORDER, "the same as a power of two (12 to 25)"),
          new StorageOption(FEATURES, "features of the image, as layering+exclusive-lock"),
          new StorageOption(DATA_POOL, "the pool that has the data, where that is another"),
          new StorageOption(STRIPE_UNIT, "bytes in one object before the next one's turn comes"),
          new StorageOption(STRIPE_COUNT, "how many objects data are spread over at a time"),
          new StorageOption(SNAPSHOT, "name of a protected snapshot that the image shall have"));

  private static final int LEAST_ORDER = 12;
  private static final int MOST_ORDER = 25;

  /** Found by {@link java.util.ServiceLoader}. */
  public RbdProvider() {}

  @Override
  public List<String> schemes() {
    return List.of("rbd");
  }

  @Override
  public Storage openForReading(Location location) throws IOException {
    return open(location, RbdStorage.Access.READ);
  }

  @Override
  public WritableStorage openForWriting(Location location) throws IOException {
    return open(location, RbdStorage.Access.WRITE);
  }

  private static RbdStorage open(Location location, RbdStorage.Access access) throws IOException {
    RbdName name = RbdName.of(location);
    if (access == RbdStorage.Access.WRITE) {
      requireNoSnapshot(name);
    }
    RbdPool pool = RbdPool.connect(name.cluster(), name.pool(), name.namespace());
    try {
      return pool.open(RbdName.shown(location), name.image(), name.snapshot(), access).owning(pool);
    } catch (Throwable e) {
      pool.close();
      throw e;
    }
  }

  private static void requireNoSnapshot(RbdName name) throws RbdException {
    if (!name.snapshot().isEmpty()) {
      throw new RbdException(name + ": a snapshot cannot be written");
    }
  }

  @Override
  public List<StorageOption> newOptions() {
    return OPTIONS;
  }

  @Override
  public Optional<NewStorage> create(Location location, Map<String, String> options)
      throws IOException {
    RbdName name = RbdName.of(location);
    requireNoSnapshot(name);
    RbdLayout layout = layout(options);
    String snapshot = options.getOrDefault(SNAPSHOT, "");
    RbdPool pool = RbdPool.connect(name.cluster(), name.pool(), name.namespace());
    try {
      return Optional.of(
          NewImage.begin(pool, name.image(), RbdName.shown(location), layout, snapshot)
              .owningPool());
    } catch (Throwable e) {
      pool.close();
      throw e;
    }
  }

  private static RbdLayout layout(Map<String, String> options) throws RbdException {
    OptionalInt order = OptionalInt.empty();
    if (options.containsKey(CLUSTER_SIZE)) {
      long bytes = bytes(options, CLUSTER_SIZE);
      if (Long.bitCount(bytes) != 1) {
        throw new RbdException(CLUSTER_SIZE + " is a power of two, not " + bytes);
      }
      order = OptionalInt.of(Long.numberOfTrailingZeros(bytes));
    }
    if (options.containsKey(ORDER)) {
      int given = (int) Math.min(Integer.MAX_VALUE, bytes(options, ORDER));
      if (order.isPresent() && order.getAsInt() != given) {
        throw new RbdException(ORDER + " and " + CLUSTER_SIZE + " contradict each other");
      }
      order = OptionalInt.of(given);
    }
    if (order.isPresent() && (order.getAsInt() < LEAST_ORDER || order.getAsInt() > MOST_ORDER)) {
      throw new RbdException(
          "objects have 2^"
              + LEAST_ORDER
              + " to 2^"
              + MOST_ORDER
              + " bytes, not 2^"
              + order.getAsInt());
    }
    boolean hasUnit = options.containsKey(STRIPE_UNIT);
    if (hasUnit != options.containsKey(STRIPE_COUNT)) {
      throw new RbdException(STRIPE_UNIT + " and " + STRIPE_COUNT + " go together");
    }
    Optional<RbdLayout.Stripe> stripe =
        hasUnit
            ? Optional.of(
                new RbdLayout.Stripe(bytes(options, STRIPE_UNIT), bytes(options, STRIPE_COUNT)))
            : Optional.empty();
    String features = options.getOrDefault(FEATURES, "");
    return new RbdLayout(
        order,
        features.isEmpty() ? List.of() : List.of(features.split("[+,]")),
        options.getOrDefault(DATA_POOL, ""),
        stripe);
  }

  private static long bytes(Map<String, String> options, String key) throws RbdException {
    try {
      return Sizes.parse(options.get(key));
    } catch (NumberFormatException e) {
      throw new RbdException("Parameter '" + key + "' expects a number", e);
    }
  }

  @Override
  public Location beside(Location base, String name) throws IOException {
    throw new RbdException("nothing lies beside an image of a Ceph cluster: give all of the name");
  }
}
