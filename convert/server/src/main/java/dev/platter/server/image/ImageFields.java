package dev.platter.server.image;

import java.util.SortedMap;
import java.util.SortedSet;

/**
 * What a user says about an image.
 *
 * @param name may be null
 * @param visibility one of {@link Visibility}'s words
 * @param owner the owning project; may be null
 * @param diskFormat may be null until there are data
 * @param containerFormat may be null until there are data
 * @param minDisk the disk that a machine needs at least, in GiB
 * @param minRam the memory that a machine needs at least, in MiB
 * @param isProtected whether deleting is refused
 * @param hidden whether lists leave it out
 * @param properties anything else that somebody said, by name
 * @param tags single words
 */
public record ImageFields(
    String name,
    String visibility,
    String owner,
    String diskFormat,
    String containerFormat,
    long minDisk,
    long minRam,
    boolean isProtected,
    boolean hidden,
    SortedMap<String, String> properties,
    SortedSet<String> tags) {

  /** The same with other properties. */
  public ImageFields withProperties(SortedMap<String, String> other) {
    return new ImageFields(
        name,
        visibility,
        owner,
        diskFormat,
        containerFormat,
        minDisk,
        minRam,
        isProtected,
        hidden,
        other,
        tags);
  }
}
