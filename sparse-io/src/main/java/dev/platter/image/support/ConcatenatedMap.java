package dev.platter.image.support;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import java.io.IOException;
import java.util.List;

/** Several disks one after the other, seen as one. */
public final class ConcatenatedMap implements BlockMap {
  private final List<BlockMap> parts;
  private final long[] starts;

  /**
   * @param parts the disks in order, at least one
   */
  public ConcatenatedMap(List<? extends BlockMap> parts) {
    this.parts = List.copyOf(parts);
    this.starts = new long[this.parts.size() + 1];
    for (int i = 0; i < this.parts.size(); i++) {
      starts[i + 1] = Math.addExact(starts[i], this.parts.get(i).size());
    }
  }

  @Override
  public long size() {
    return starts[parts.size()];
  }

  @Override
  public int blockSize() {
    return parts.getFirst().blockSize();
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    int part = 0;
    while (offset >= starts[part + 1]) {
      part++;
    }
    long start = starts[part];
    return parts
        .get(part)
        .extentAt(offset - start, Math.min(limit, starts[part + 1]) - start)
        .at(offset);
  }
}
