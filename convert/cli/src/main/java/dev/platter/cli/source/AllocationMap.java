package dev.platter.cli.source;

import dev.platter.cli.line.Answers;
import dev.platter.cli.line.Failure;
import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.node.Nodes;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Holes;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * The extents of a chain, in the terms in which qemu-img's {@code map} tells them. For one thread.
 */
public final class AllocationMap {
  private final LayeredMap map;
  private final boolean[] seesFileHoles;
  private final boolean[] opaque;
  private final boolean[] holesAreData;
  private final boolean[] hasPlaces;
  private Holes holes;

  /**
   * @param answers whether this program sees holes, and what it calls them
   */
  public AllocationMap(Source source, Answers answers) throws IOException, Failure {
    this.map = source.map();
    this.seesFileHoles = new boolean[map.layers().size()];
    this.opaque = new boolean[map.layers().size()];
    this.holesAreData = new boolean[map.layers().size()];
    this.hasPlaces = new boolean[map.layers().size()];
    Arrays.fill(hasPlaces, true);
    List<ImageChain.Layer> layers = source.chain().layers();
    for (int i = 0; i < layers.size(); i++) {
      seesFileHoles[i] = isPreallocated(layers.get(i), answers);
      holesAreData[i] = answers.holesAreData(layers.get(i).format());
      hasPlaces[i] = Nodes.hasPlaces(layers.get(i).storage());
      opaque[i] = !answers.mapsBlocksOf(layers.get(i).format());
    }
  }

  /**
   * A run of the disk that is all of one kind.
   *
   * @param depth how many images below the top one it comes from
   * @param present whether that image or one above it says so, and it is not merely unwritten
   * @param zero whether it reads as zeros
   * @param data whether it is read from a file
   * @param hostOffset where in the file it begins; -1 where it has no such place
   * @param file the file's name; null without a place
   */
  public record Entry(
      long start,
      long length,
      int depth,
      boolean present,
      boolean zero,
      boolean data,
      boolean compressed,
      long hostOffset,
      String file) {
    /** The entry that stands for an empty range. */
    public static Entry nothingAt(long start) {
      return new Entry(start, 0, 0, false, false, false, false, -1, null);
    }

    /** Whether the other is stored in the same way, wherever that may be. */
    public boolean hasStatusOf(Entry other) {
      return present == other.present
          && zero == other.zero
          && data == other.data
          && compressed == other.compressed
          && hostOffset < 0 == other.hostOffset < 0;
    }

    public boolean continuesWith(Entry next) {
      boolean placeContinues =
          hostOffset < 0
              ? next.hostOffset < 0
              : next.hostOffset == hostOffset + length && file.equals(next.file);
      return depth == next.depth
          && present == next.present
          && zero == next.zero
          && data == next.data
          && compressed == next.compressed
          && placeContinues;
    }

    public Entry joinedWith(Entry next) {
      return new Entry(
          start, length + next.length, depth, present, zero, data, compressed, hostOffset, file);
    }

    /** Writes it as an object of JSON: ASCII. */
    public void appendTo(StringBuilder text) {
      text.append("{ \"start\": ").append(start);
      text.append(", \"length\": ").append(length);
      text.append(", \"depth\": ").append(depth);
      text.append(", \"present\": ").append(present);
      text.append(", \"zero\": ").append(zero);
      text.append(", \"data\": ").append(data);
      text.append(", \"compressed\": ").append(compressed);
      if (hostOffset >= 0) {
        text.append(", \"offset\": ").append(hostOffset);
      }
      text.append('}');
    }
  }

  public long size() {
    return map.size();
  }

  /** The run that begins at {@code offset} and ends at {@code limit} at the latest. */
  public Entry entryAt(long offset, long limit) throws IOException {
    LayeredMap.Layered layered = map.layeredAt(offset, limit);
    Extent extent = layered.extent();
    int depth = layered.depth();
    long length = extent.length();
    if (depth < opaque.length && opaque[depth]) {
      return new Entry(offset, length, depth, true, false, true, false, -1, null);
    }
    if (extent instanceof Extent.Data data) {
      if (depth >= seesFileHoles.length || !seesFileHoles[depth]) {
        return stored(offset, length, depth, false, data);
      }
      Run run = holesIn(data.storage()).runAt(data.hostOffset(), data.hostOffset() + length);
      return stored(offset, run.length(), depth, run.hole(), data);
    }
    if (extent instanceof Extent.Ciphered) {
      return new Entry(offset, length, depth, true, false, true, false, -1, null);
    }
    if (extent instanceof Extent.Encoded) {
      return new Entry(offset, length, depth, true, false, true, true, -1, null);
    }
    if (extent instanceof Extent.Absent) {
      return new Entry(offset, length, depth, false, true, false, false, -1, null);
    }
    BlockMap layer = map.layers().get(depth);
    if (depth > 0 && offset >= layer.size()) {
      // Past the end of a short parent: the image above it answers, without having anything.
      return new Entry(offset, length, depth - 1, false, true, false, false, -1, null);
    }
    long host = extent instanceof Extent.Zero zero && hasPlaces[depth] ? zero.hostOffset() : -1;
    boolean data = host >= 0 && depth < holesAreData.length && holesAreData[depth];
    return new Entry(offset, length, depth, true, true, data, false, host, host < 0 ? null : "");
  }

  private Holes holesIn(Storage storage) throws IOException {
    if (holes == null || holes.storage() != storage) {
      holes = new Holes(storage);
    }
    return holes;
  }

  private static Entry stored(long offset, long length, int depth, boolean zero, Extent.Data data) {
    boolean hasPlace = Nodes.hasPlaces(data.storage());
    return new Entry(
        offset,
        length,
        depth,
        true,
        zero,
        true,
        false,
        hasPlace ? data.hostOffset() : -1,
        hasPlace ? data.storage().name() : null);
  }

  /**
   * Whether clusters of an image are to be looked up in its file: qemu-img does so for a qcow2 file
   * (we, for every file) that takes clearly less space than it is long, because its clusters were
   * set aside before they were written.
   */
  private static boolean isPreallocated(ImageChain.Layer layer, Answers answers)
      throws IOException {
    int cluster = layer.image().info().clusterSize().orElse(0);
    if (!answers.seesHolesIn(layer.format())
        || cluster == 0
        || !(layer.storage() instanceof FileStorage file)) {
      return false;
    }
    long inUse = file.size() / cluster;
    long real = file.allocatedSize() / cluster;
    return inUse >= Math.max(real + real / 9, real + 2);
  }
}
