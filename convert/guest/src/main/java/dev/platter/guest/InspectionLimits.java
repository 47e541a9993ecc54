package dev.platter.guest;

/**
 * What looking into a disk may cost. Where a bound is reached, the rest is reported as not
 * readable.
 *
 * @param maxBytes bytes to read from the disk; of the inspector's a quarter for one volume
 * @param maxSteps structures, entries and pieces to look at; of the inspector's a quarter for one
 *     volume
 * @param maxPartitions partitions to list and look into
 */
public record InspectionLimits(long maxBytes, long maxSteps, int maxPartitions) {
  public static final InspectionLimits DEFAULT = new InspectionLimits(64L << 20, 4_000_000, 256);
}
