package dev.platter.vhd;

import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import java.util.List;

/**
 * The creation options of VHDs.
 *
 * @param fixed whether all of the disk is stored, without a table
 * @param exactSize whether the disk has the size asked for, not that of the next geometry
 * @param blockSize of a dynamic disk, bytes
 * @param azure whether the image is to be what Azure takes: fixed, in whole MiB
 */
record VhdOptions(boolean fixed, boolean exactSize, int blockSize, boolean azure) {
  static final List<OptionSpec> SPECS =
      List.of(
          new OptionSpec("size", OptionSpec.Type.SIZE, "Virtual disk size"),
          new OptionSpec(
              "subformat",
              OptionSpec.Type.STRING,
              "Type of virtual hard disk format. Supported formats are {dynamic (default) | fixed}"),
          new OptionSpec(
              "force_size",
              OptionSpec.Type.BOOL,
              "Force disk size calculation to use the actual size specified, rather than using the"
                  + " nearest CHS-based calculation"),
          new OptionSpec(
              "block_size",
              OptionSpec.Type.SIZE,
              "Block size of a dynamic disk, a power of two from 4k to 256M (default: 2M)"),
          new OptionSpec(
              "profile",
              OptionSpec.Type.STRING,
              "Platform that the image is for: azure (fixed, size rounded up to whole MiB)"),
          new OptionSpec(
              "backing_file",
              OptionSpec.Type.STRING,
              "File name of the parent, which makes it a differencing disk"),
          new OptionSpec("backing_fmt", OptionSpec.Type.STRING, "Image format of the parent: vpc"));

  private static final int DEFAULT_BLOCK_SIZE = 2 << 20;
  private static final int MIN_BLOCK_SIZE = 4 << 10;
  private static final int MAX_BLOCK_SIZE = 256 << 20;

  static VhdOptions of(FormatOptions options) throws IllegalOptionException {
    String profile = options.string("profile").orElse("");
    boolean azure = profile.equals("azure");
    if (!azure && !profile.isEmpty()) {
      throw notAccepted("profile", profile);
    }
    String subformat = options.string("subformat").orElse(azure ? "fixed" : "dynamic");
    boolean fixed = subformat.equals("fixed");
    if (!fixed && !subformat.equals("dynamic")) {
      throw notAccepted("subformat", subformat);
    }
    if (azure && !fixed) {
      throw new IllegalOptionException("Azure takes fixed disks only, not subformat=" + subformat);
    }
    boolean exact = options.bool("force_size", azure);
    if (azure && !exact) {
      throw new IllegalOptionException("Azure takes exact sizes only, not force_size=off");
    }
    long blockSize = options.size("block_size").orElse(DEFAULT_BLOCK_SIZE);
    if (blockSize < MIN_BLOCK_SIZE || blockSize > MAX_BLOCK_SIZE || Long.bitCount(blockSize) != 1) {
      throw new IllegalOptionException(
          "Block size must be a power of two from 4 KiB to 256 MiB, not " + blockSize);
    }
    if (fixed && options.size("block_size").isPresent()) {
      throw new IllegalOptionException("A fixed disk has no blocks: block_size cannot be given");
    }
    return new VhdOptions(fixed, exact, (int) blockSize, azure);
  }

  private static IllegalOptionException notAccepted(String option, String value) {
    return new IllegalOptionException(
        "Parameter '" + option + "' does not accept value '" + value + "'");
  }
}
