package dev.platter.vdi;

import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The creation options of VDIs.
 *
 * @param isStatic whether all of the disk has its place in the file from the start
 * @param blockSize bytes
 * @param id the image's UUID; empty: a new one
 */
record VdiOptions(boolean isStatic, int blockSize, Optional<UUID> id) {
  static final List<OptionSpec> SPECS =
      List.of(
          new OptionSpec("size", OptionSpec.Type.SIZE, "Virtual disk size"),
          new OptionSpec("static", OptionSpec.Type.BOOL, "VDI static (pre-allocated) image")
              .withStandard("off"),
          new OptionSpec(
              "block_size",
              OptionSpec.Type.SIZE,
              "Block size, a power of two from 4k to 256M (default: 1M, all that QEMU reads)"),
          new OptionSpec(
              "uuid",
              OptionSpec.Type.STRING,
              "UUID of the image, which no other disk of a VirtualBox may have (default: a new"
                  + " one)"),
          new OptionSpec(
              "backing_file",
              OptionSpec.Type.STRING,
              "File name of the parent, which makes it a differencing image"),
          new OptionSpec("backing_fmt", OptionSpec.Type.STRING, "Image format of the parent: vdi"));

  private static final int DEFAULT_BLOCK_SIZE = 1 << 20;
  private static final int MIN_BLOCK_SIZE = 4 << 10;
  private static final int MAX_BLOCK_SIZE = 256 << 20;

  static VdiOptions of(FormatOptions options) throws IllegalOptionException {
    long blockSize = options.size("block_size").orElse(DEFAULT_BLOCK_SIZE);
    if (blockSize < MIN_BLOCK_SIZE || blockSize > MAX_BLOCK_SIZE || Long.bitCount(blockSize) != 1) {
      throw new IllegalOptionException(
          "Block size must be a power of two from 4 KiB to 256 MiB, not " + blockSize);
    }
    return new VdiOptions(options.bool("static", false), (int) blockSize, id(options));
  }

  private static Optional<UUID> id(FormatOptions options) throws IllegalOptionException {
    Optional<String> text = options.string("uuid");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    String digits = text.get();
    if (!digits.matches("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}")
        || UUID.fromString(digits).equals(VdiHeader.Ids.NONE)) {
      throw new IllegalOptionException("Parameter 'uuid' expects a UUID, not '" + digits + "'");
    }
    return Optional.of(UUID.fromString(digits));
  }
}
