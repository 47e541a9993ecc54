package dev.platter.image;

import java.util.OptionalLong;

/**
 * An internal snapshot, as the image lists it.
 *
 * @param id the identifier, usually a small number in decimal
 * @param name the user's name for it; not necessarily unique
 * @param vmStateSize bytes of saved machine state
 * @param dateSeconds when it was taken, seconds since 1970
 * @param dateNanos the fraction of that second
 * @param vmClockNanos how long the guest had run
 * @param icount instructions executed, where recorded
 * @param virtualSize the size of the disk in the snapshot, bytes
 */
public record Snapshot(
    String id,
    String name,
    long vmStateSize,
    long dateSeconds,
    long dateNanos,
    long vmClockNanos,
    OptionalLong icount,
    long virtualSize) {}
