package dev.platter.server.image;

import java.nio.charset.StandardCharsets;
import java.util.Map;
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

  /** How many bytes of UTF-8 a user says in words of their own. */
  public long metadataBytes() {
    long bytes = utf8(name);
    for (Map.Entry<String, String> property : properties.entrySet()) {
      bytes += utf8(property.getKey()) + utf8(property.getValue());
    }
    for (String tag : tags) {
      bytes += utf8(tag);
    }
    return bytes;
  }

  private static long utf8(String text) {
    return text == null ? 0 : text.getBytes(StandardCharsets.UTF_8).length;
  }

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
