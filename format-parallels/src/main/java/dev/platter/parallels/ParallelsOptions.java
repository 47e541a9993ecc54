package dev.platter.parallels;

import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import java.util.Arrays;
import java.util.List;

/**
 * The creation options of Parallels images.
 *
 * @param clusterSize bytes, whole sectors
 */
record ParallelsOptions(int clusterSize, ParallelsHeader.Magic magic) {
  private static final int DEFAULT_CLUSTER_SIZE = 1 << 20;

  static final List<OptionSpec> SPECS =
      List.of(
          new OptionSpec("size", OptionSpec.Type.SIZE, "Virtual disk size"),
          new OptionSpec(
                  "cluster_size",
                  OptionSpec.Type.SIZE,
                  "Parallels image cluster size, rounded up to whole sectors")
              .withStandard(Integer.toString(DEFAULT_CLUSTER_SIZE)),
          new OptionSpec(
              "magic",
              OptionSpec.Type.STRING,
              "The image's first bytes: WithouFreSpacExt (default), or WithoutFreeSpace, which older"
                  + " software reads and which ends at 2 TiB"));

  static ParallelsOptions of(FormatOptions options) throws IllegalOptionException {
    long size = options.size("cluster_size").orElse(DEFAULT_CLUSTER_SIZE);
    long sectors = Math.ceilDiv(size, ParallelsHeader.SECTOR_SIZE);
    if (sectors < 1) {
      throw new IllegalOptionException("Cluster size is too small");
    }
    if (sectors > ParallelsHead.MAX_CLUSTER_SECTORS) {
      throw new IllegalOptionException("Cluster size is too large");
    }
    return new ParallelsOptions((int) sectors * ParallelsHeader.SECTOR_SIZE, magic(options));
  }

  private static ParallelsHeader.Magic magic(FormatOptions options) throws IllegalOptionException {
    String wanted = options.string("magic").orElse(ParallelsHeader.Magic.EXTENDED.toString());
    for (ParallelsHeader.Magic magic : ParallelsHeader.Magic.values()) {
      if (magic.toString().equals(wanted)) {
        return magic;
      }
    }
    throw new IllegalOptionException(
        "Parameter 'magic' expects one of "
            + Arrays.toString(ParallelsHeader.Magic.values())
            + ", not '"
            + wanted
            + "'");
  }
}
