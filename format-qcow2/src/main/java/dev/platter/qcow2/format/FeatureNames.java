package dev.platter.qcow2.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What an image calls its features ("Feature name table"), for telling a user which unknown one
 * stands in the way.
 *
 * @param incompatible names by bit number
 */
public record FeatureNames(Map<Integer, String> incompatible) {
  /**
   * Clusters of this size and less have no room for feature names; QEMU leaves them out there too.
   */
  public static final int MAX_CLUSTER_WITHOUT = 4096;

  private static final List<FeatureName> KNOWN =
      List.of(
          new FeatureName(FeatureNames.TYPE_INCOMPATIBLE, 0, "dirty bit"),
          new FeatureName(FeatureNames.TYPE_INCOMPATIBLE, 1, "corrupt bit"),
          new FeatureName(FeatureNames.TYPE_INCOMPATIBLE, 2, "external data file"),
          new FeatureName(FeatureNames.TYPE_INCOMPATIBLE, 3, "compression type"),
          new FeatureName(FeatureNames.TYPE_INCOMPATIBLE, 4, "extended L2 entries"),
          new FeatureName(FeatureNames.TYPE_COMPATIBLE, 0, "lazy refcounts"),
          new FeatureName(FeatureNames.TYPE_AUTOCLEAR, 0, "bitmaps"),
          new FeatureName(FeatureNames.TYPE_AUTOCLEAR, 1, "raw external data"));

  private record FeatureName(int type, int bit, String name) {}

  public static final int TYPE_INCOMPATIBLE = 0;
  public static final int TYPE_COMPATIBLE = 1;
  public static final int TYPE_AUTOCLEAR = 2;

  /** Bytes of one entry of the table: type, bit, name. */
  public static final int ENTRY_LENGTH = 48;

  private static final int NAME_OFFSET = 2;

  static FeatureNames of(ImageHead head) {
    Map<Integer, String> names = new HashMap<>();
    head.extension(HeaderExtension.FEATURE_NAMES)
        .ifPresent(extension -> collect(extension.data(), names));
    return new FeatureNames(names);
  }

  /** The names of the bits set in {@code features}, as qemu-img lists them. */
  String join(long features) {
    List<String> words = new ArrayList<>();
    long unnamed = 0;
    for (long rest = features; rest != 0; rest &= rest - 1) {
      int bit = Long.numberOfTrailingZeros(rest);
      String name = incompatible.get(bit);
      if (name == null) {
        unnamed |= 1L << bit;
      } else {
        words.add(name);
      }
    }
    if (unnamed != 0) {
      words.add("Unknown incompatible feature: " + Long.toHexString(unnamed));
    }
    return String.join(", ", words);
  }

  private static void collect(MemorySegment table, Map<Integer, String> names) {
    for (long at = 0; at + ENTRY_LENGTH <= table.byteSize(); at += ENTRY_LENGTH) {
      int bit = table.get(ValueLayout.JAVA_BYTE, at + 1);
      if (table.get(ValueLayout.JAVA_BYTE, at) == TYPE_INCOMPATIBLE && bit >= 0 && bit < 64) {
        byte[] name =
            table
                .asSlice(at + NAME_OFFSET, ENTRY_LENGTH - NAME_OFFSET)
                .toArray(ValueLayout.JAVA_BYTE);
        String text = new String(name, StandardCharsets.UTF_8);
        int nul = text.indexOf('\0');
        names.putIfAbsent(bit, nul < 0 ? text : text.substring(0, nul));
      }
    }
  }

  /** The table of all features that are known, for a header. */
  public static MemorySegment table() {
    MemorySegment table = MemorySegment.ofArray(new byte[KNOWN.size() * ENTRY_LENGTH]);
    long at = 0;
    for (FeatureName feature : KNOWN) {
      table.set(ValueLayout.JAVA_BYTE, at, (byte) feature.type());
      table.set(ValueLayout.JAVA_BYTE, at + 1, (byte) feature.bit());
      table.setString(at + 2, feature.name());
      at += ENTRY_LENGTH;
    }
    return table;
  }
}
