package dev.platter.image.spi;

import dev.platter.image.FormatOptions;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Keeps the sectors of a guest's disk as large as they are where it is copied to another image.
 * Partition tables and file systems count in them: with others the guest finds nothing.
 */
public final class SectorSizes {
  /** What guests are shown where an image does not say it, bytes. */
  public static final int USUAL = 512;

  private SectorSizes() {}

  /**
   * The options with which a copy has the sectors of its source, unless they say it already.
   *
   * @param sectorSize of the source, bytes; empty: it does not say it
   */
  public static FormatOptions kept(
      ImageFormat format, FormatOptions options, OptionalInt sectorSize) {
    Optional<String> option = format.sectorSizeOption();
    boolean keeps =
        sectorSize.isPresent() && option.isPresent() && options.string(option.get()).isEmpty();
    return keeps ? options.with(option.get(), Integer.toString(sectorSize.getAsInt())) : options;
  }

  /** What to tell whoever makes a copy that cannot say how large the source's sectors are. */
  public static Optional<String> lost(ImageFormat format, OptionalInt sectorSize) {
    int size = sectorSize.orElse(USUAL);
    return size == USUAL || format.sectorSizeOption().isPresent()
        ? Optional.empty()
        : Optional.of(
            "the guest saw sectors of "
                + size
                + " bytes, which a "
                + format.name()
                + " image cannot say: it will see ones of "
                + USUAL
                + " unless its machine is told otherwise");
  }
}
