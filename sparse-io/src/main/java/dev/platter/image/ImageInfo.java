package dev.platter.image;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What an image says of itself.
 *
 * @param format the format's name
 * @param virtualSize the size of the guest disk, bytes; {@link #UNKNOWN_SIZE}: not told
 * @param clusterSize the unit of allocation, bytes, where the format has one
 * @param encrypted whether guest bytes are encrypted
 * @param dirty whether the image says that it was not closed cleanly
 * @param compressed whether the image as a whole is of a compressed kind
 * @param snapshots internal snapshots, in the order of the image
 * @param details what only this format has, in the order to show it: keys as qemu-img's JSON names
 *     them; values are String, Long, Boolean, List or Map of such
 * @param more what else the image says and qemu-img does not tell, in the same form; not shown
 *     where the answer must be qemu-img's
 */
public record ImageInfo(
    String format,
    long virtualSize,
    OptionalInt clusterSize,
    boolean encrypted,
    boolean dirty,
    boolean compressed,
    List<Snapshot> snapshots,
    Map<String, Object> details,
    Map<String, Object> more) {
  /** The size of the guest disk where what is known of a file does not tell it. */
  public static final long UNKNOWN_SIZE = -1;

  public ImageInfo {
    snapshots = List.copyOf(snapshots);
    details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
  }

  /** An image that says no more than qemu-img tells. */
  public ImageInfo(
      String format,
      long virtualSize,
      OptionalInt clusterSize,
      boolean encrypted,
      boolean dirty,
      boolean compressed,
      List<Snapshot> snapshots,
      Map<String, Object> details) {
    this(
        format,
        virtualSize,
        clusterSize,
        encrypted,
        dirty,
        compressed,
        snapshots,
        details,
        Map.of());
  }

  /** An image of which only format and size can be said. */
  public static ImageInfo of(String format, long virtualSize) {
    return new ImageInfo(
        format, virtualSize, OptionalInt.empty(), false, false, false, List.of(), Map.of());
  }
}
