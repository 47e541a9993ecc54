/**
 * From extents to the bytes that a guest sees: {@link dev.platter.image.disk.LayeredMap} lays the
 * images of a chain over one another, {@link dev.platter.image.disk.GuestReader} reads what the
 * result says, and {@link dev.platter.image.disk.GuestDisk} reads and writes a disk that is in use.
 */
package dev.platter.image.disk;
