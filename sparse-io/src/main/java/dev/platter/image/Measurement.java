package dev.platter.image;

import java.util.OptionalLong;

/**
 * How large a file a conversion would make.
 *
 * @param required bytes for what the source holds
 * @param fullyAllocated bytes if the guest were to fill the whole disk
 * @param bitmaps bytes that the source's bitmaps would add; empty where they could not be carried
 *     over
 */
public record Measurement(long required, long fullyAllocated, OptionalLong bitmaps) {
  /** The same with what the source's bitmaps would add. */
  public Measurement withBitmaps(OptionalLong bytes) {
    return new Measurement(required, fullyAllocated, bytes);
  }
}
