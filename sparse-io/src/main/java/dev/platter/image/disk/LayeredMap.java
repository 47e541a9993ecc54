package dev.platter.image.disk;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import java.io.IOException;
import java.util.List;

/**
 * A chain of layers seen as one disk: the one place that decides which layer answers for a guest
 * offset. The size is the top layer's; a layer that ends earlier than the ones above reads as zeros
 * from there on, whatever lies below it.
 */
public final class LayeredMap implements BlockMap {
  private final List<BlockMap> layers;

  /**
   * @param layers the layers, top first, at least one
   */
  public LayeredMap(List<? extends BlockMap> layers) {
    this.layers = List.copyOf(layers);
    if (this.layers.isEmpty()) {
      throw new IllegalArgumentException("a chain has at least one layer");
    }
  }

  /**
   * An extent and the layer that it comes from.
   *
   * @param depth 0 for the top layer; for an {@link Extent.Absent} the lowest layer there is
   */
  public record Layered(int depth, Extent extent) {}

  /** The layers, top first. */
  public List<BlockMap> layers() {
    return layers;
  }

  @Override
  public long size() {
    return layers.getFirst().size();
  }

  @Override
  public int blockSize() {
    return layers.getFirst().blockSize();
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    return layeredAt(offset, limit).extent();
  }

  /**
   * As {@link #extentAt}, telling the layer too. The extent is absent only where no layer has
   * anything; where a layer is shorter than the disk and nothing above it answers, the rest is zero
   * and counts as that layer's.
   */
  public Layered layeredAt(long offset, long limit) throws IOException {
    long reach = limit;
    for (int depth = 0; ; depth++) {
      BlockMap layer = layers.get(depth);
      if (offset >= layer.size()) {
        return new Layered(depth, new Extent.Zero(offset, reach - offset));
      }
      Extent extent = layer.extentAt(offset, Math.min(reach, layer.size()));
      if (!(extent instanceof Extent.Absent) || depth == layers.size() - 1) {
        return new Layered(depth, extent);
      }
      reach = extent.end();
    }
  }
}
