/**
 * What a guest's disk holds: partition tables, file systems, and the operating system in them.
 * Begin at {@link dev.platter.guest.GuestInspector}.
 *
 * <p>Partition tables are read as the UEFI specification has them (2.10, chapter 5: GPT and MBR);
 * where the file systems are specified, their classes in {@code dev.platter.guest.files} say.
 * Journals and logs are not replayed, so a disk that was not shut down cleanly is seen as it was
 * saved.
 */
package dev.platter.guest;
