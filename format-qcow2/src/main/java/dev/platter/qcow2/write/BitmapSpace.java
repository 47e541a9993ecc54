package dev.platter.qcow2.write;

import dev.platter.image.FormatOptions;
import dev.platter.image.ImageInfo;
import dev.platter.image.Sizes;
import dev.platter.storage.FileNames;
import java.util.List;
import java.util.Map;

/** What the dirty bitmaps of another image take in a new one. */
public final class BitmapSpace {
  private static final int DIRECTORY_ENTRY_BYTES = 24;

  private BitmapSpace() {}

  /** As many bytes. */
  public static long measure(FormatOptions options, ImageInfo source) {
    return bytes(source, options.size("cluster_size").orElse(65536));
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
