package dev.platter.image;

/**
 * What a repair found and did.
 *
 * @param found the faults found, put right or not
 * @param leaksFixed of the leaks, how many were given back
 * @param corruptionsFixed of the corruptions, how many were put right
 * @param after what a check finds now
 */
public record RepairReport(
    CheckReport found, long leaksFixed, long corruptionsFixed, CheckReport after) {
  /** Of a repair after which there may be fewer faults of each kind, or others. */
  public static RepairReport between(CheckReport found, CheckReport after) {
    return new RepairReport(
        found,
        Math.max(0, found.leaks() - after.leaks()),
        Math.max(0, found.corruptions() - after.corruptions()),
        after);
  }

  /** Whether anything was changed. */
  public boolean anyFixed() {
    return leaksFixed > 0 || corruptionsFixed > 0;
  }
}
