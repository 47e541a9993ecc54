package dev.platter.vhdx;

import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.Sizes;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.SectorSizes;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The creation options of VHDX files.
 *
 * @param fixed whether every block has its place from the start
 * @param blockSize bytes
 * @param logLength bytes
 * @param logicalSectorSize bytes
 * @param stateZero whether blocks that need no place are all marked as zero (true), none is
 *     (false), or each as the source says (empty)
 * @param creator who the file says made it
 */
record VhdxOptions(
    boolean fixed,
    int blockSize,
    long logLength,
    int logicalSectorSize,
    Optional<Boolean> stateZero,
    String creator) {
  static final String LOGICAL_SECTOR_SIZE = "logical_sector_size";

  static final List<OptionSpec> SPECS =
      List.of(
          new OptionSpec("size", OptionSpec.Type.SIZE, "Virtual disk size; max of 64TB."),
          new OptionSpec("log_size", OptionSpec.Type.SIZE, "Log size, in whole MiB; min 1MB.")
              .withStandard("1048576"),
          new OptionSpec(
                  "block_size",
                  OptionSpec.Type.SIZE,
                  "Block size, a power of two; min 1MB, max 256MB. 0 means auto-calculate based on"
                      + " image size.")
              .withStandard("0"),
          new OptionSpec(
              "subformat",
              OptionSpec.Type.STRING,
              "VHDX format type, can be either 'dynamic' or 'fixed'. Default is 'dynamic'."),
          new OptionSpec(
              "block_state_zero",
              OptionSpec.Type.BOOL,
              "Mark all (on) or no (off) blocks without data as zero; default: as the source has"
                  + " them"),
          new OptionSpec(
              LOGICAL_SECTOR_SIZE,
              OptionSpec.Type.SIZE,
              "Sector size that the guest sees: 512 (default) or 4096"),
          new OptionSpec("creator", OptionSpec.Type.STRING, "Program that the file names as maker"),
          new OptionSpec(
              "backing_file",
              OptionSpec.Type.STRING,
              "File name of the parent, which makes it a differencing disk"),
          new OptionSpec(
              "backing_fmt", OptionSpec.Type.STRING, "Image format of the parent: vhdx"));

  private static final long MAX_LOG_LENGTH = 4L << 30;
  private static final int MAX_CREATOR_CHARS = VhdxHead.CREATOR_LENGTH / 2 - 1;

  static VhdxOptions of(CreateRequest request) throws IllegalOptionException {
    FormatOptions options = request.options();
    String subformat = options.string("subformat").orElse("dynamic");
    if (!subformat.equals("dynamic") && !subformat.equals("fixed")) {
      throw new IllegalOptionException(
          "Parameter 'subformat' does not accept value '" + subformat + "'");
    }
    long logSize = options.size("log_size").orElse(BatEntry.MIB);
    if (logSize >= MAX_LOG_LENGTH) {
      throw new IllegalOptionException("Log size must be smaller than 4 GB");
    }
    OptionalLong sectorSize = options.size(LOGICAL_SECTOR_SIZE);
    if (sectorSize.isPresent() && sectorSize.getAsLong() != 512 && sectorSize.getAsLong() != 4096) {
      throw new IllegalOptionException(
          "Logical sector size must be 512 or 4096, not " + sectorSize.getAsLong());
    }
    String creator = options.string("creator").orElse("Platter");
    if (creator.length() > MAX_CREATOR_CHARS) {
      throw new IllegalOptionException(
          "The creator must have at most " + MAX_CREATOR_CHARS + " characters");
    }
    return new VhdxOptions(
        subformat.equals("fixed"),
        blockSize(options.size("block_size").orElse(0), request.size()),
        Math.max(BatEntry.MIB, Sizes.roundUp(logSize, BatEntry.MIB)),
        (int) sectorSize.orElse(parentSectorSize(request)),
        options.string("block_state_zero").map(text -> options.bool("block_state_zero", true)),
        creator);
  }

  private static int parentSectorSize(CreateRequest request) {
    return request.parent().orElse(null) instanceof VhdxImage parent
        ? parent.sectorSize().orElseThrow()
        : SectorSizes.USUAL;
  }

  /** The size asked for, or that which qemu-img takes for a disk of this size. */
  private static int blockSize(long asked, long diskSize) throws IllegalOptionException {
    if (asked == 0) {
      int mebibytes =
          diskSize > 32L << 40 ? 64 : diskSize > 100L << 30 ? 32 : diskSize > 1L << 30 ? 16 : 8;
      return mebibytes * BatEntry.MIB;
    }
    if (Long.bitCount(asked) != 1) {
      throw new IllegalOptionException("Block size must be a power of two");
    }
    if (asked < DiskLayout.MIN_BLOCK_SIZE || asked > DiskLayout.MAX_BLOCK_SIZE) {
      throw new IllegalOptionException(
          "Block size must be from 1 MiB to 256 MiB, not " + asked + " bytes");
    }
    return (int) asked;
  }
}
