package dev.platter.qcow2;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Creation options that go together, drawn at random. */
final class RandomOptions {
  private static final int MAX_PREALLOCATED_CLUSTER_BITS = 17;

  private RandomOptions() {}

  static String of(Random random, boolean compress, boolean backing) {
    List<String> options = new ArrayList<>();
    int clusterBits = 9 + random.nextInt(13);
    options.add("cluster_size=" + (1 << clusterBits));
    if (random.nextInt(6) == 0) {
      options.add("compat=0.10");
      return String.join(",", options);
    }
    boolean extended = clusterBits >= 14 && random.nextBoolean();
    if (extended) {
      options.add("extended_l2=on");
    }
    if (random.nextBoolean()) {
      options.add("refcount_bits=" + (1 << random.nextInt(7)));
    }
    if (random.nextInt(3) == 0) {
      options.add("lazy_refcounts=on");
    }
    if (random.nextBoolean()) {
      options.add("compression_type=zstd");
    }
    if (!compress) {
      if (clusterBits <= MAX_PREALLOCATED_CLUSTER_BITS
          && (!backing || extended)
          && random.nextInt(3) == 0) {
        options.add(
            "preallocation=" + List.of("metadata", "falloc", "full").get(random.nextInt(3)));
      }
      if (random.nextInt(4) == 0) {
        options.add("data_file=d.raw");
        if (!backing && random.nextBoolean()) {
          options.add("data_file_raw=on");
        }
      }
    }
    return String.join(",", options);
  }
}
