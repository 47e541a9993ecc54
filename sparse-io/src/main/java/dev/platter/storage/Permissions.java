package dev.platter.storage;

import java.util.Objects;

/**
 * What a program does with an open file, and what it wants nobody else to do meanwhile: QEMU's
 * permissions, which it keeps as locks on single bytes (QEMU's documentation, "Disk image file
 * locking"). Every combination of the four bits may be taken and refused.
 *
 * @param taken bits of what this program does
 * @param refused bits of what others must not do
 */
public record Permissions(int taken, int refused) {
  /** Reads, and what was read is what was written last. */
  public static final int CONSISTENT_READ = 1;

  /** Changes what is read. */
  public static final int WRITE = 2;

  /** Writes what is there already. */
  public static final int WRITE_UNCHANGED = 4;

  /** Makes the file longer or shorter. */
  public static final int RESIZE = 8;

  /** How many permissions there are. */
  static final int COUNT = 4;

  /** No lock at all. */
  public static final Permissions NONE = new Permissions(0, 0);

  /** Refuses bits that are no permission. */
  public Permissions {
    Objects.checkIndex(taken, 1 << COUNT);
    Objects.checkIndex(refused, 1 << COUNT);
  }

  /** The same, with nothing refused to others. */
  public Permissions sharing() {
    return new Permissions(taken, 0);
  }

  /** QEMU's word for the permission of that bit number. */
  static String nameOf(int number) {
    switch (number) {
      case 0:
        return "consistent read";
      case 1:
        return "write";
      case 2:
        return "write unchanged";
      default:
        return "resize";
    }
  }
}
