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
  /** Whether anything was changed. */
  public boolean anyFixed() {
    return leaksFixed > 0 || corruptionsFixed > 0;
  }
}
