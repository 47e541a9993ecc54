package dev.platter.cli.image;

import dev.platter.image.ImageInfo;
import dev.platter.image.Measurement;
import dev.platter.image.Sizes;
import dev.platter.storage.FileNames;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What the source's persistent bitmaps would take in a new image. Told only where both sides can
 * have some; a caller that finds no figure knows that none can be carried over.
 */
public final class BitmapSize {
  private static final int DIRECTORY_ENTRY_BYTES = 24;

  private BitmapSize() {}

  /** The measurement with the bitmaps of the source, where both ends are qcow2 of version 3. */
  public static Measurement addTo(
      Measurement measurement, CreationOptions target, ImageInfo source) {
    boolean targetHas = target.format().keepsBitmaps(target.options());
    boolean sourceHas =
        source.format().equals("parallels")
            || source.format().equals("qcow2") && "1.1".equals(source.details().get("compat"));
    if (!targetHas || !sourceHas) {
      return measurement;
    }
    long clusterSize = target.options().size("cluster_size").orElse(65536);
    long bytes = bytes(source, clusterSize);
    return new Measurement(
        measurement.required(), measurement.fullyAllocated(), OptionalLong.of(bytes));
  }

  private static long bytes(ImageInfo source, long clusterSize) {
    if (!(source.details().get("bitmaps") instanceof List<?> bitmaps)) {
      return 0;
    }
    long total = 0;
    long directory = 0;
    for (Object element : bitmaps) {
      if (element instanceof Map<?, ?> bitmap) {
        long granularity = ((Number) bitmap.get("granularity")).longValue();
        long bits = Sizes.ceilDiv(source.virtualSize(), granularity);
        long clusters = Sizes.ceilDiv(Sizes.ceilDiv(bits, Byte.SIZE), clusterSize);
        total += clusters * clusterSize;
        total += Sizes.roundUp(clusters * Long.BYTES, clusterSize);
        String name = bitmap.get("name").toString();
        int nameBytes = FileNames.bytes(name).length;
        directory += Sizes.roundUp(DIRECTORY_ENTRY_BYTES + nameBytes, Long.BYTES);
      }
    }
    return total + Sizes.roundUp(directory, clusterSize);
  }
}
