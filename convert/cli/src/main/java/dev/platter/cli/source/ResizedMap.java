package dev.platter.cli.source;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import java.io.IOException;

/**
 * An image's map cut or extended to another size; nothing is written in what it has more.
 *
 * @param map the map as it is
 * @param size the size it shall have, bytes
 */
public record ResizedMap(BlockMap map, long size) implements BlockMap {
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
