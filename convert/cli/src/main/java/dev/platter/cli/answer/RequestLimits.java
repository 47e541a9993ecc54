package dev.platter.cli.answer;

import dev.platter.image.ImageInfo;

/**
 * How requests to an image are best made by QEMU, which knows it by the image's format: what {@code
 * info --limits} tells.
 *
 * @param alignment the smallest unit of a request, bytes
 * @param zeroAlignment the unit in which zeros cost no data, bytes; 0: there is none
 * @param discardAlignment the unit in which QEMU gives space back, bytes; 0: it gives none back
 */
record RequestLimits(int alignment, int zeroAlignment, int discardAlignment) {
  private static final String RAW = "raw";
  private static final String QCOW2 = "qcow2";
  private static final String VHDX = "vhdx";
  private static final String VMDK = "vmdk";

  private static final int SECTOR = 512;

  /** How many parts a qcow2 cluster with extended L2 entries has. */
  private static final int SUBCLUSTERS = 32;

  /** Of the file that an image lies in. */
  static RequestLimits ofFile(int alignment) {
    return new RequestLimits(alignment, 0, 0);
  }

  /**
   * @param direct what direct I/O to the image's file asks for, bytes; 1: nothing
   */
  static RequestLimits of(ImageInfo info, int direct) {
    boolean inSectors = info.format().equals(RAW) || info.format().equals(VHDX);
    int cluster = info.clusterSize().orElse(0);
    boolean hasSubclusters = Boolean.TRUE.equals(info.details().get("extended-l2"));
    int zero =
        switch (info.format()) {
          case QCOW2 -> hasSubclusters ? cluster / SUBCLUSTERS : cluster;
          case VMDK -> cluster;
          default -> 0;
        };
    return new RequestLimits(
        inSectors || info.encrypted() ? SECTOR : direct,
        zero,
        info.format().equals(QCOW2) ? cluster : 0);
  }
}
