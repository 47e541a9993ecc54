package dev.platter.service.inspect;

import dev.platter.image.Danger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What an image is.
 *
 * @param size bytes
 * @param diskFormat the format found, in the Image API's words (vhd for what qemu-img calls vpc);
 *     raw where no other is
 * @param formats every format found, the best match first; empty: raw. More than one is a danger
 * @param claims the formats that a user may call it without being wrong: the one found, the names
 *     of raw disks if it is one, and raw where only a footer, which a guest may have written, says
 *     otherwise
 * @param containerFormat bare, ova, ovf, docker or compressed
 * @param subformat the kind of image within its format, where there are several: a VMDK's
 *     createType
 * @param virtualSize the size of the guest disk, bytes; empty where it cannot be told
 * @param dangers why the image must not be used; empty: it is safe
 * @param properties what the image says of itself, as image properties: {@code vmware_disktype} and
 *     the like
 */
public record Inspection(
    long size,
    String diskFormat,
    List<String> formats,
    Set<String> claims,
    String containerFormat,
    Optional<String> subformat,
    OptionalLong virtualSize,
    List<Danger> dangers,
    Map<String, String> properties) {
  public Inspection {
    formats = List.copyOf(formats);
    claims = Set.copyOf(claims);
    dangers = List.copyOf(dangers);
    properties = Map.copyOf(properties);
  }

  /** The same image, taken for what the user says it is: as a raw disk all of it is the disk. */
  public Inspection claimed(String format) {
    boolean otherwise = !format.equals(diskFormat) && FormatNames.RAW_KINDS.contains(format);
    return new Inspection(
        size,
        format,
        formats,
        claims,
        containerFormat,
        otherwise ? Optional.empty() : subformat,
        otherwise ? OptionalLong.of(size) : virtualSize,
        dangers,
        otherwise ? Map.of() : properties);
  }

  /**
   * The names of the properties that are about this format, or any but the one that it is converted
   * to, whoever set them.
   *
   * @param target the Image API's name of that format
   */
  public Set<String> untrueAs(String target) {
    return ImageProperties.untrueOf(diskFormat, target);
  }

  /** Whether nothing speaks against the image. */
  public boolean safe() {
    return dangers.isEmpty();
  }
}
