package dev.platter.cli.source;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.LayeredMap;
import java.io.IOException;
import java.util.List;

/**
 * An image's map cut or extended to another size; nothing is written in what it has more.
 *
 * @param map the map as it is
 * @param size the size it shall have, bytes
 */
public record ResizedMap(BlockMap map, long size) implements BlockMap {
  /** A disk of another size: zeros in what it has more. */
  public static BlockMap of(BlockMap disk, long size) {
    return disk.size() == size ? disk : new LayeredMap(List.of(new ResizedMap(disk, size)));
  }

  @Override
  public int blockSize() {
    return map.blockSize();
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    return offset >= map.size()
        ? new Extent.Absent(offset, limit - offset)
        : map.extentAt(offset, Math.min(limit, map.size()));
  }
}
