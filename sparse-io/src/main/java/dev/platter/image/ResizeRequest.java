package dev.platter.image;

/**
 * The size that an image's disk shall have.
 *
 * @param size the new size of the guest disk, bytes; the format rounds it up to what it can express
 * @param preallocation how the space of what is new is set aside; of no meaning where the disk
 *     shrinks
 * @param parentSize how far the image below this one reaches, bytes, 0 where there is none: what is
 *     new reads as zeros, also where the parent would show through
 */
public record ResizeRequest(long size, Preallocation preallocation, long parentSize) {
  /** An image without a parent, without space set aside. */
  public ResizeRequest(long size) {
    this(size, Preallocation.OFF, 0);
  }
}
