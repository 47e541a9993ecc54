package dev.platter.vhd;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.Sizes;
import dev.platter.image.spi.CreateRequest;

/**
 * The disk that a new VHD is to hold.
 *
 * @param size what the guest will see, bytes: the size asked for, or that of the next geometry
 * @param geometry what the footer will say
 * @param creator who the footer will say made it: that decides, for QEMU and others, which of the
 *     two sizes counts
 */
record NewDisk(long size, DiskGeometry geometry, String creator) {
  /** The largest disk whose blocks 32 bits of sectors can reach, as everybody counts it. */
  static final long MAX_SIZE = 2040L << 30;

  private static final String BY_GEOMETRY = "qemu";
  private static final String BY_FIELD = "qem2";
  private static final long MIB = 1 << 20;

  static NewDisk of(CreateRequest request, VhdOptions options) throws IllegalOptionException {
    return of(request.size(), request.backing().isPresent(), options);
  }

  static NewDisk of(long wanted, boolean hasParent, VhdOptions options)
      throws IllegalOptionException {
    if (wanted > MAX_SIZE) {
      throw new IllegalOptionException("The image size is too large for file format 'vpc'");
    }
    long size = Sizes.roundUp(wanted, options.azure() ? MIB : VhdFormat.SECTOR_SIZE);
    if (options.exactSize() || hasParent) {
      return new NewDisk(size, DiskGeometry.MAX, BY_FIELD);
    }
    DiskGeometry geometry = DiskGeometry.holding(size / VhdFormat.SECTOR_SIZE);
    return new NewDisk(
        geometry.isMax() ? size : geometry.sectors() * VhdFormat.SECTOR_SIZE,
        geometry,
        BY_GEOMETRY);
  }

  VhdFooter footer(CreateRequest request, int diskType, long dataOffset) {
    return new VhdFooter(
        VhdFooter.FEATURES_RESERVED,
        VhdFooter.VERSION,
        dataOffset,
        VhdFooter.timestamp(request.identity().time()),
        creator,
        0x0005_0003,
        "Wi2k",
        size,
        size,
        geometry,
        diskType,
        request.identity().uuid("vhd disk"),
        (byte) 0);
  }
}
