package dev.platter.image.spi;

import dev.platter.image.BlockMap;
import dev.platter.image.Preallocation;
import java.util.Optional;

/**
 * What a disk shall become.
 *
 * @param size the new size of the guest disk, bytes; the format rounds it up to what it can express
 * @param preallocation how the space of what is new is set aside; of no meaning where the disk
 *     shrinks
 * @param parent what shows through where the image holds nothing; empty where there is no image
 *     below. What is new reads as zeros, also where the parent would show through
 */
public record ResizeRequest(long size, Preallocation preallocation, Optional<BlockMap> parent) {
  /** An image without a parent, without space set aside. */
  public ResizeRequest(long size) {
    this(size, Preallocation.OFF, Optional.empty());
  }

  /** How far the parent reaches, bytes; 0 where there is none. */
  public long parentSize() {
    return parent.map(BlockMap::size).orElse(0L);
  }
}
