package dev.platter.image.wrap;

/**
 * How much a wrapped file may unwrap to, looked at while it is unwrapped. Two things are counted:
 * data, which takes space on a disk, and all bytes, which take time. Zeros in pages of 4 KiB cost
 * no space, as they become holes, and an empty disk that packs a thousand times smaller than any
 * data is nothing bad.
 *
 * @param freeData bytes of data that any file may unwrap to
 * @param dataPerByte how many more for each byte that is packed
 * @param freeTotal bytes, zeros included, that any file may unwrap to
 * @param totalPerByte how many more for each byte that is packed
 * @param raisedBy what allows more, for the message
 */
public record UnwrapLimits(
    long freeData, long dataPerByte, long freeTotal, long totalPerByte, String raisedBy) {
  /**
   * 4 GiB of data and 256 bytes more for each packed byte: no real disk packs so well. 16 GiB in
   * all and 32768 bytes more for each packed byte, which is as small as zstd makes zeros.
   */
  public static final UnwrapLimits DEFAULT =
      new UnwrapLimits(4L << 30, 256, 16L << 30, 32768, "UnwrapLimits.atMost");

  public UnwrapLimits {
    if (freeData < 0 || dataPerByte < 0 || freeTotal < 0 || totalPerByte < 0) {
      throw new IllegalArgumentException("negative limit");
    }
  }

  /** So many bytes, zeros included, however small the packed file is. */
  public static UnwrapLimits atMost(long bytes) {
    return new UnwrapLimits(bytes, 0, bytes, 0, "UnwrapLimits.atMost");
  }

  /** The same limits with another word for what raises them. */
  public UnwrapLimits raisedBy(String what) {
    return new UnwrapLimits(freeData, dataPerByte, freeTotal, totalPerByte, what);
  }

  /** The most bytes of data from {@code packed} bytes. */
  long mostData(long packed) {
    return most(freeData, dataPerByte, packed);
  }

  /** The most bytes in all from {@code packed} bytes. */
  long mostTotal(long packed) {
    return most(freeTotal, totalPerByte, packed);
  }

  private static long most(long free, long perByte, long packed) {
    boolean fits = perByte == 0 || packed <= (Long.MAX_VALUE - free) / perByte;
    return fits ? free + perByte * packed : Long.MAX_VALUE;
  }
}
